/**
 * Files that name rows in error. Their real columns are not documented; here they are the key's value and the error,
 * in the form of every file of data management: UTF-16LE with byte order mark, CRLF.
 */
import type { FailedRow } from './importRecords.ts';

export function errorFile(rows: readonly FailedRow[]): Uint8Array {
  const lines = [['KEY', 'ERROR'], ...rows.map((row) => [row.key, row.message])];
  const text = lines.map((fields) => `${fields.map(quoted).join(',')}\r\n`).join('');
  return Buffer.from(`\ufeff${text}`, 'utf16le');
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
