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

/** Where a batch came from. Kinds to come (lines driven again, history import) are for readers of a later version. */
export type BatchKind = 'adjustments';

export interface Batch {
  readonly seq: number;
  readonly batchId: string;
  readonly kind: BatchKind;
  /** When it was accepted, milliseconds since the Unix epoch. */
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
): TableOperation {
  const packed = encodeBatch(lines);
  if (packed.length > MAX_PACKED_BYTES) throw new BatchTooLargeError(packed.length);
  return {
    kind: 'insert',
    rowKey: seqKey('batch', seq),
    properties: packedProperties(packed, {
      batchId,
      kind: 'adjustments',
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
  if (kind !== 'adjustments') throw new UnknownRowVersionError(row, 'kind', 'adjustments');
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
