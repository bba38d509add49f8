/**
 * Bytes → text, refusing what is not UTF-8. A lenient decoder turns every bad byte into the same U+FFFD, so that two
 * different ids become one and the second adjustment would pass for a duplicate of the first.
 */

import { isAscii } from 'node:buffer';

/** The bytes are not UTF-8. */
export class InvalidUtf8Error extends Error {
  /** Position of the first byte that cannot be part of UTF-8, from 0; the length where the text ends too early. */
  readonly offset: number;
  constructor(offset: number, found: string) {
    super(`The text is not UTF-8: ${found} at byte ${offset}. Encode it as UTF-8.`);
    this.name = 'InvalidUtf8Error';
    this.offset = offset;
  }
}

/**
 * The text of UTF-8 bytes. One byte order mark at the start is skipped, as RFC 8259 section 8.1 allows: common
 * serializers write it.
 *
 * @throws InvalidUtf8Error
 */
export function decodeUtf8(bytes: Uint8Array): string {
  // Most texts are ASCII alone; to see that and to copy it costs a tenth of decoding.
  if (isAscii(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const offset = firstInvalidByte(bytes);
    const byte = bytes[offset];
    const found = byte === undefined ? 'an unfinished character' : `0x${byte.toString(16).padStart(2, '0')}`;
    throw new InvalidUtf8Error(offset, found);
  }
}

/** Every prefix up to the first bad byte can still become UTF-8, no longer one can: found by bisection. */
function firstInvalidByte(bytes: Uint8Array): number {
  let low = 0;
  let high = bytes.length + 1;
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if (canBecomeUtf8(bytes.subarray(0, middle))) low = middle;
    else high = middle;
  }
  return low;
}

function canBecomeUtf8(prefix: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(prefix, { stream: true });
    return true;
  } catch {
    return false;
  }
}
