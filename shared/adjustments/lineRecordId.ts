/**
 * The line record id: the GUID of an accepted line. It is a digest of what identifies the line, so it needs no
 * storage, the id index is looked up with its first 64 bits, and a line that is posted again after a loss carries the
 * same event id to Inventory Visibility.
 */

import { hash } from 'node:crypto';

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
  // Of all forms that the digest comes in, text is by far the cheapest to make.
  const digest = hash('sha256', `${environmentKey}~${organizationKey}~${id}`, 'binary');
  const bytes = Buffer.from(digest.slice(0, LINE_RECORD_ID_BYTES), 'latin1');
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes;
}

/** The GUID text of 16 bytes, lower case, in the order of the bytes. */
export function lineRecordIdText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, LINE_RECORD_ID_BYTES).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The 16 bytes of a GUID text in any case, or undefined when the text is no GUID. */
export function lineRecordIdFromText(text: string): Uint8Array | undefined {
  return GUID.test(text) ? new Uint8Array(Buffer.from(text.replaceAll('-', ''), 'hex')) : undefined;
}
