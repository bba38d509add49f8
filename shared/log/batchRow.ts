/** The `batch~` row: what was accepted together, packed, never changed. */
import type { AdjustmentLine } from '../adjustments/adjustmentLine.ts';
import { CANONICAL_FORM_VERSION } from '../adjustments/adjustmentLine.ts';
import type { Row, TableOperation } from '../tables/tableStore.ts';
import { decodeBatch, encodeBatch } from './batchCodec.ts';
import {
  DamagedRowError,
  decoded,
  MAX_PACKED_BYTES,
  numberOf,
  packedBytesOf,
  packedProperties,
  textOf,
  UnknownRowVersionError,
} from './packedRow.ts';
import { seqKey, seqOf } from './rowKeys.ts';

/**
 * Where a batch came from: `adjustments` were accepted with it; `redrive` carries lines of earlier batches that were
 * parked, once more. Kinds to come (history import) are for readers of a later version.
 */
export const BATCH_KINDS = ['adjustments', 'redrive'] as const;
export type BatchKind = (typeof BATCH_KINDS)[number];

export interface Batch {
  readonly seq: number;
  readonly batchId: string;
  readonly kind: BatchKind;
  /** When it was appended, milliseconds since the Unix epoch. */
  readonly createdAt: number;
  readonly canonicalForm: number;
  readonly lines: readonly AdjustmentLine[];
}

/** The lines of one batch do not fit a row of storage. */
export class BatchTooLargeError extends Error {
  constructor(bytes: number) {
    super(
      `The request's lines take ${bytes} bytes packed; a batch holds ${MAX_PACKED_BYTES}. Send fewer lines at once.`,
    );
    this.name = 'BatchTooLargeError';
  }
}

/** @throws BatchTooLargeError */
export function batchInsert(
  seq: number,
  batchId: string,
  createdAt: number,
  lines: readonly AdjustmentLine[],
  kind: BatchKind = 'adjustments',
): TableOperation {
  const packed = encodeBatch(lines);
  if (packed.length > MAX_PACKED_BYTES) throw new BatchTooLargeError(packed.length);
  return {
    kind: 'insert',
    rowKey: seqKey('batch', seq),
    properties: packedProperties(packed, {
      batchId,
      kind,
      createdAt,
      lineCount: lines.length,
      canonicalForm: CANONICAL_FORM_VERSION,
    }),
  };
}

/** @throws UnknownRowVersionError, DamagedRowError */
export function batchOf(row: Row): Batch {
  const packed = packedBytesOf(row);
  const kind = textOf(row, 'kind');
  if (!isBatchKind(kind)) throw new UnknownRowVersionError(row, 'kind', BATCH_KINDS.join(' and '));
  const lines = decoded(row, () => decodeBatch(packed));
  const lineCount = numberOf(row, 'lineCount');
  if (lines.length !== lineCount)
    throw new DamagedRowError(row, `it holds ${lines.length} lines and names ${lineCount}`);
  return {
    seq: seqOf(row.rowKey),
    batchId: textOf(row, 'batchId'),
    kind,
    createdAt: numberOf(row, 'createdAt'),
    canonicalForm: numberOf(row, 'canonicalForm'),
    lines,
  };
}

function isBatchKind(kind: string): kind is BatchKind {
  return BATCH_KINDS.some((known) => known === kind);
}
