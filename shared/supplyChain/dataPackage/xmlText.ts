/** Text inside XML, for documents that are written from fixed templates. */

/** Characters XML 1.0 cannot hold (§2.2), and lone surrogates, which UTF-8 cannot hold. */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** `value` as the content of an element or attribute. @throws RangeError when XML cannot hold it. */
export function xmlText(value: string): string {
  const forbidden = FORBIDDEN.exec(value)?.[0];
  if (forbidden !== undefined) {
    const code = forbidden.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
    throw new RangeError(
      `"${value.slice(0, 60)}" holds the character U+${code}, which XML cannot hold; remove it`,
    );
  }
  return value.replace(/[&<>"\t\n\r]/g, (character) => ESCAPES[character] ?? character);
}
