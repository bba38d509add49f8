/**
 * A data file of source format `CSV-Unicode`: UTF-16LE with byte order mark, CRLF, comma, quoting as in RFC 4180. Data
 * management refuses other encodings ("not Unicode") and misreads files with bare line feeds.
 */

export function csvUnicode(rows: readonly (readonly string[])[]): Uint8Array {
  const text = rows.map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
  return Buffer.from(`\uFEFF${text}`, 'utf16le');
}

/** Whether the value has to stand in quotes. Outer spaces do, because importers trim bare ones. */
export function needsQuotes(value: string): boolean {
  return /[",\r\n]|^\s|\s$/.test(value);
}

function csvField(value: string): string {
  return needsQuotes(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
