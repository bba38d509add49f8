/**
 * The `ids~` row of a batch: per line the 16-byte digest of its id (the line record id) and the 8-byte fingerprint of
 * its content. Never removed, so that an id is refused for ever; chained to the batch before by that batch's random id,
 * so that a log that went back in time is noticed.
 */
import { CANONICAL_FORM_VERSION } from '../adjustments/adjustmentLine.ts';
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
}

export interface IdsRow {
  readonly seq: number;
  readonly batchId: string;
  readonly previousBatchId: string;
  readonly lineCount: number;
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

/** The form of the fingerprints is named here too: the row outlives its batch. */
export function idsInsert({ seq, batchId, previousBatchId, lineCount, entries }: IdsRow): TableOperation {
  const canonicalForm = CANONICAL_FORM_VERSION;
  return {
    kind: 'insert',
    rowKey: seqKey('ids', seq),
    properties: packedProperties(entries, { batchId, previousBatchId, lineCount, canonicalForm }),
  };
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
  };
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
    return { position, sameContent: sameBytes(entries, start + DIGEST_BYTES, entry.fingerprint) };
  }
  return undefined;
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
