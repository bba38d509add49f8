/**
 * What a text that people and systems identify things by may hold. Two ids that look alike must be alike: text is
 * NFC, and outer spaces and characters that nobody sees are refused, not trimmed, because the other system keeps them.
 */

const PLAIN = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
const ASCII = /^[\x00-\x7f]*$/; // eslint-disable-line no-control-regex -- control characters are ASCII, too
const OUTER_SPACE = /^[\p{Z}\s]|[\p{Z}\s]$/u;
/** Control and format characters (zero-width, bidi), line separators, and whatever else has no glyph. */
const INVISIBLE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/u;

/** The text in Unicode's composed form (NFC). */
export function composed(text: string): string {
  return ASCII.test(text) ? text : text.normalize('NFC');
}

/** What is wrong with a text as an identifier, as the end of a sentence that begins with it; undefined: nothing. */
export function identifierFault(text: string): string | undefined {
  if (PLAIN.test(text)) return undefined;
  if (OUTER_SPACE.test(text)) return 'begins or ends with a space; remove it';
  const invisible = INVISIBLE.exec(text);
  if (invisible === null) return undefined;
  const code = (invisible[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `holds the invisible character U+${code}; remove it`;
}
