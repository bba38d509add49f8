/**
 * The line record id: the GUID of an accepted line. It is a digest of what identifies the line, so it needs no
 * storage, the id index is looked up with its first 64 bits, and a line that is posted again after a loss carries the
 * same event id to Inventory Visibility.
 */

import { sha256Start } from './sha256.ts';

export const LINE_RECORD_ID_BYTES = 16;

/**
 * The 16 bytes of a line's record id: SHA-256 of environment key, organization key and id, marked as a UUID of
 * version 8 (RFC 9562, section 5.8).
 *
 * @param environmentKey see keys.ts
 * @param organizationKey see keys.ts
 * @param id the line's id, NFC, compared exactly
 */
export function lineRecordId(environmentKey: string, organizationKey: string, id: string): Uint8Array {
  // Keys hold no `~` and the id comes last, so no two triples give the same text.
  const bytes = sha256Start(`${environmentKey}~${organizationKey}~${id}`, LINE_RECORD_ID_BYTES);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes;
}

const HYPHEN = 0x2d;
/** Codes of the hexadecimal digits. */
const DIGITS = Buffer.from('0123456789abcdef', 'latin1');

/**
 * The GUID text of 16 bytes, lower case, in the order of the bytes. Made in one piece, because every answer holds one
 * for each of its lines, and to cut and join pieces takes four times as long.
 */
export function lineRecordIdText(bytes: Uint8Array): string {
  const high = (index: number): number => DIGITS[(bytes[index] ?? 0) >> 4] ?? 0;
  const low = (index: number): number => DIGITS[(bytes[index] ?? 0) & 0x0f] ?? 0;
  // prettier-ignore
  return String.fromCharCode(
    high(0), low(0), high(1), low(1), high(2), low(2), high(3), low(3), HYPHEN,
    high(4), low(4), high(5), low(5), HYPHEN,
    high(6), low(6), high(7), low(7), HYPHEN,
    high(8), low(8), high(9), low(9), HYPHEN,
    high(10), low(10), high(11), low(11), high(12), low(12), high(13), low(13), high(14), low(14), high(15), low(15),
  );
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The 16 bytes of a GUID text in any case, or undefined when the text is no GUID. */
export function lineRecordIdFromText(text: string): Uint8Array | undefined {
  return GUID.test(text) ? new Uint8Array(Buffer.from(text.replaceAll('-', ''), 'hex')) : undefined;
}
