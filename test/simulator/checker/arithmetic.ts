/** The checker's own arithmetic and its own idea of what identifies a line. */
import { createHash } from 'node:crypto';

const PLACES = 10;

/** A decimal text as an integer of its 10^-10ths. */
export function scaled(text: string): bigint {
  const match = /^(-?)(\d+)(?:\.(\d{1,10}))?$/.exec(text);
  if (match === null) throw new Error(`${text} is no decimal`);
  const magnitude = BigInt((match[2] ?? '') + (match[3] ?? '').padEnd(PLACES, '0'));
  return match[1] === '-' ? -magnitude : magnitude;
}

/** Names that are compared without regard to case. */
export function folded(text: string): string {
  return text.toUpperCase();
}

const keys = new Map<string, string>();

/** A legal entity or environment as the keys of the log spell it. */
export function keyOf(text: string): string {
  let key = keys.get(text);
  if (key === undefined) keys.set(text, (key = spelledKey(text)));
  return key;
}

function spelledKey(text: string): string {
  return folded(text).replace(/[^A-Z0-9._-]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}

const recordIds = new Map<string, string>();

/** The record id of a line, from what identifies it. */
export function recordIdOf(environmentId: string, organizationId: string, id: string): string {
  const text = `${keyOf(environmentId)}~${keyOf(organizationId)}~${id}`;
  let known = recordIds.get(text);
  if (known === undefined) {
    if (recordIds.size > 100_000) recordIds.clear();
    recordIds.set(text, (known = digestOf(text)));
  }
  return known;
}

function digestOf(text: string): string {
  const digest = createHash('sha256').update(text).digest().subarray(0, 16);
  return guidText(Buffer.from(digest));
}

/** 16 bytes as a GUID of version 8. */
export function guidText(bytes: Buffer): string {
  const copy = Buffer.from(bytes);
  copy[6] = ((copy[6] ?? 0) & 0x0f) | 0x80;
  copy[8] = ((copy[8] ?? 0) & 0x3f) | 0x80;
  const hex = copy.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
