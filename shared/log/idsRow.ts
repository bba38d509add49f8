/**
 * The `ids~` row of a batch: per line the 16-byte digest of its id (the line record id) and the 8-byte fingerprint of
 * its content. Never removed, so that an id is refused for ever; chained to the batch before by that batch's random id,
 * so that a log that went back in time is noticed.
 *
 * A batch of lines that were parked and are driven again has no ids of its own: they were accepted before, and an id
 * stands in one row only. Its row says for each line where it was parked instead.
 */
import { CANONICAL_FORM_VERSION, type SubmittedLine } from '../adjustments/adjustmentLine.ts';
import { FINGERPRINT_BYTES, flatFingerprint } from '../adjustments/canonicalForm.ts';
import type { Row, TableOperation } from '../tables/tableStore.ts';
import {
  assertKnownVersion,
  DamagedRowError,
  numberOf,
  packedBytesOf,
  packedProperties,
  textOf,
  UnknownRowVersionError,
} from './packedRow.ts';
import { seqKey, seqOf } from './rowKeys.ts';

export const DIGEST_BYTES = 16;
const ENTRY_BYTES = DIGEST_BYTES + FINGERPRINT_BYTES;

/** In place of a fingerprint, where only the digest is looked for. */
export const NO_FINGERPRINT = '\0'.repeat(FINGERPRINT_BYTES);

/** The `previousBatchId` of the first batch. */
export const NO_BATCH = '';

export interface IdEntry {
  readonly digest: Uint8Array;
  /** A character for each byte, see canonicalForm.ts. */
  readonly fingerprint: string;
  /** What the fingerprint is of, where it is known: a row may hold one of an earlier spelling. */
  readonly content?: SubmittedLine;
}

/** Where a line stands in a log. */
export interface LinePlace {
  readonly seq: number;
  /** From 0, within the batch. */
  readonly position: number;
}

export interface IdsRow {
  readonly seq: number;
  readonly batchId: string;
  readonly previousBatchId: string;
  /** Number of its ids: none in the row of a batch of kind `redrive`. */
  readonly lineCount: number;
  /** Of a batch of kind `redrive`: where each of its lines was parked, in order. */
  readonly origins?: readonly LinePlace[];
  /** Digest and fingerprint per line, in order; read with {@link findDigest} and {@link eachHash}. */
  readonly entries: Uint8Array;
}

/** The row of a batch to be. */
export function newIdsRow(
  seq: number,
  batchId: string,
  previousBatchId: string,
  lines: readonly IdEntry[],
): IdsRow {
  const entries = new Uint8Array(lines.length * ENTRY_BYTES);
  lines.forEach((line, index) => {
    copyBytes(line.digest, entries, index * ENTRY_BYTES);
    copyText(line.fingerprint, entries, index * ENTRY_BYTES + DIGEST_BYTES);
  });
  return { seq, batchId, previousBatchId, lineCount: lines.length, entries };
}

/** For a few bytes, quicker than the engine's own. */
function copyBytes(from: Uint8Array, to: Uint8Array, start: number): void {
  for (let index = 0; index < from.length; index++) to[start + index] = from[index] ?? 0;
}

function copyText(from: string, to: Uint8Array, start: number): void {
  for (let index = 0; index < from.length; index++) to[start + index] = from.charCodeAt(index);
}

/** The row of a batch to be that carries parked lines once more. */
export function newRedriveIdsRow(
  seq: number,
  batchId: string,
  previousBatchId: string,
  origins: readonly LinePlace[],
): IdsRow {
  return { seq, batchId, previousBatchId, lineCount: 0, entries: new Uint8Array(), origins };
}

/** The form of the fingerprints is named here too: the row outlives its batch. */
export function idsInsert(row: IdsRow): TableOperation {
  const { seq, batchId, previousBatchId, lineCount, entries, origins } = row;
  const named = {
    batchId,
    previousBatchId,
    lineCount,
    canonicalForm: CANONICAL_FORM_VERSION,
    ...(origins === undefined ? {} : { origins: originsText(origins) }),
  };
  return { kind: 'insert', rowKey: seqKey('ids', seq), properties: packedProperties(entries, named) };
}

/** @throws UnknownRowVersionError, DamagedRowError */
export function idsRowOf(row: Row): IdsRow {
  assertKnownVersion(row);
  if (numberOf(row, 'canonicalForm') !== CANONICAL_FORM_VERSION)
    throw new UnknownRowVersionError(row, 'canonicalForm', CANONICAL_FORM_VERSION);
  const entries = packedBytesOf(row);
  const lineCount = numberOf(row, 'lineCount');
  if (entries.length !== lineCount * ENTRY_BYTES)
    throw new DamagedRowError(row, `it holds ${entries.length} bytes and names ${lineCount} ids`);
  return {
    seq: seqOf(row.rowKey),
    batchId: textOf(row, 'batchId'),
    previousBatchId: textOf(row, 'previousBatchId'),
    lineCount,
    entries,
    ...(row.properties['origins'] === undefined ? {} : { origins: originsIn(row) }),
  };
}

function originsText(origins: readonly LinePlace[]): string {
  return origins.map(({ seq, position }) => `${seq}.${position}`).join(' ');
}

function originsIn(row: Row): LinePlace[] {
  return textOf(row, 'origins')
    .split(' ')
    .map((text) => {
      const [seq = Number.NaN, position = Number.NaN] = text.split('.').map(Number);
      if (!Number.isSafeInteger(seq) || !Number.isSafeInteger(position))
        throw new DamagedRowError(row, `"${text}" names no place of a line`);
      return { seq, position };
    });
}

/** Position of the line with this digest, and whether its content is the same; undefined when it is not in the row. */
export function findDigest(
  row: IdsRow,
  entry: IdEntry,
): { readonly position: number; readonly sameContent: boolean } | undefined {
  const { entries } = row;
  for (let position = 0; position < row.lineCount; position++) {
    const start = position * ENTRY_BYTES;
    if (!holdsBytes(entries, start, entry.digest)) continue;
    return { position, sameContent: holdsFingerprint(entries, start + DIGEST_BYTES, entry) };
  }
  return undefined;
}

function holdsFingerprint(bytes: Uint8Array, start: number, { fingerprint, content }: IdEntry): boolean {
  if (holdsText(bytes, start, fingerprint)) return true;
  return content !== undefined && holdsText(bytes, start, flatFingerprint(content));
}

function holdsText(bytes: Uint8Array, start: number, wanted: string): boolean {
  for (let index = 0; index < wanted.length; index++)
    if (bytes[start + index] !== wanted.charCodeAt(index)) return false;
  return true;
}

/** Calls back with the first 64 bits of each line's digest, in order, as two words. Two ids may share them. */
export function eachHash(row: IdsRow, visit: (high: number, low: number) => void): void {
  for (let start = 0; start < row.entries.length; start += ENTRY_BYTES)
    visit(highWord(row.entries, start), lowWord(row.entries, start));
}

/** The first 32 bits of the digest that begins at `start`. */
export function highWord(bytes: Uint8Array, start = 0): number {
  return wordAt(bytes, start);
}

/** The 32 bits after {@link highWord}. */
export function lowWord(bytes: Uint8Array, start = 0): number {
  return wordAt(bytes, start + 4);
}

/** Read byte by byte: a view of each digest would take longer to make than to read. */
function wordAt(bytes: Uint8Array, at: number): number {
  const [a, b, c, d] = [bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0, bytes[at + 3] ?? 0];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

/** The digest of the line at a position. */
export function digestAt(row: IdsRow, position: number): Uint8Array {
  return row.entries.subarray(position * ENTRY_BYTES, position * ENTRY_BYTES + DIGEST_BYTES);
}

/** Whether the wanted bytes stand in others at `start`. */
export function holdsBytes(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index++)
    if (bytes[start + index] !== wanted[index]) return false;
  return true;
}
