/**
 * The `ids~` row of a batch: per line the 16-byte digest of its id (the line record id) and the 8-byte fingerprint of
 * its content. Never removed, so that an id is refused for ever; chained to the batch before by that batch's random id,
 * so that a log that went back in time is noticed.
 *
 * A batch of lines that were parked and are driven again has no ids of its own: they were accepted before, and an id
 * stands in one row only. Its row says for each line where it was parked instead.
 */
import { CANONICAL_FORM_VERSION, type SubmittedLine } from '../adjustments/adjustmentLine.ts';
import { flatFingerprint } from '../adjustments/canonicalForm.ts';
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
export const FINGERPRINT_BYTES = 8;
const ENTRY_BYTES = DIGEST_BYTES + FINGERPRINT_BYTES;

/** The `previousBatchId` of the first batch. */
export const NO_BATCH = '';

export interface IdEntry {
  readonly digest: Uint8Array;
  readonly fingerprint: Uint8Array;
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
    entries.set(line.digest, index * ENTRY_BYTES);
    entries.set(line.fingerprint, index * ENTRY_BYTES + DIGEST_BYTES);
  });
  return { seq, batchId, previousBatchId, lineCount: lines.length, entries };
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
    if (!sameBytes(entries, start, entry.digest)) continue;
    return { position, sameContent: holdsFingerprint(entries, start + DIGEST_BYTES, entry) };
  }
  return undefined;
}

function holdsFingerprint(bytes: Uint8Array, start: number, { fingerprint, content }: IdEntry): boolean {
  if (sameBytes(bytes, start, fingerprint)) return true;
  return content !== undefined && sameBytes(bytes, start, flatFingerprint(content));
}

/** Calls back with the first 64 bits of each line's digest, in order, as two words. Two ids may share them. */
export function eachHash(row: IdsRow, visit: (high: number, low: number) => void): void {
  const view = new DataView(row.entries.buffer, row.entries.byteOffset, row.entries.byteLength);
  for (let start = 0; start < row.entries.length; start += ENTRY_BYTES) {
    visit(view.getUint32(start), view.getUint32(start + 4));
  }
}

/** The digest of the line at a position. */
export function digestAt(row: IdsRow, position: number): Uint8Array {
  return row.entries.subarray(position * ENTRY_BYTES, position * ENTRY_BYTES + DIGEST_BYTES);
}

function sameBytes(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index++)
    if (bytes[start + index] !== wanted[index]) return false;
  return true;
}
