/** The `batch~` row: what was accepted together, packed, never changed. */
import type { AdjustmentLine } from '../adjustments/adjustmentLine.ts';
import { CANONICAL_FORM_VERSION } from '../adjustments/adjustmentLine.ts';
import type { Row, TableOperation } from '../tables/tableStore.ts';
import { decodeBatch } from './batchCodec.ts';
import { numberOf, packedBytesOf, packedProperties, textOf } from './packedRow.ts';
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

export function batchInsert(
  seq: number,
  batchId: string,
  createdAt: number,
  lineCount: number,
  packed: Uint8Array,
): TableOperation {
  return {
    kind: 'insert',
    rowKey: seqKey('batch', seq),
    properties: packedProperties(packed, {
      batchId,
      kind: 'adjustments',
      createdAt,
      lineCount,
      canonicalForm: CANONICAL_FORM_VERSION,
    }),
  };
}

/** @throws UnknownRowVersionError; Error when the row is damaged. */
export function batchOf(row: Row): Batch {
  const packed = packedBytesOf(row);
  const kind = textOf(row, 'kind');
  if (kind !== 'adjustments')
    throw new Error(`Row ${row.rowKey} of ${row.partitionKey} has the unknown kind ${kind}.`);
  const lines = decodeBatch(packed);
  const lineCount = numberOf(row, 'lineCount');
  if (lines.length !== lineCount)
    throw new Error(
      `Row ${row.rowKey} of ${row.partitionKey} holds ${lines.length} lines and names ${lineCount}.`,
    );
  return {
    seq: seqOf(row.rowKey),
    batchId: textOf(row, 'batchId'),
    kind,
    createdAt: numberOf(row, 'createdAt'),
    canonicalForm: numberOf(row, 'canonicalForm'),
    lines,
  };
}
