/** What one append writes: a batch with its ids, its state row and the head, in one transaction. */
import type { AdjustmentLine } from '../adjustments/adjustmentLine.ts';
import type { TableOperation } from '../tables/tableStore.ts';
import type { Composition } from './appendGroup.ts';
import { batchInsert } from './batchRow.ts';
import { type Head, headProperties, type StoredHead } from './headRow.ts';
import { idsInsert, type IdsRow, type LinePlace, newIdsRow, newRedriveIdsRow } from './idsRow.ts';
import { HEAD_KEY } from './rowKeys.ts';
import { createdInsert, stateInsert } from './stateRows.ts';
import { inlineSyncInserts } from './syncRow.ts';

/** A batch to be, at the end of the log as it was looked at. */
export interface BatchToBe {
  readonly seq: number;
  readonly batchId: string;
  readonly previousBatchId: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** Parked lines that are to be appended once more. */
export interface Redrive {
  readonly lines: readonly AdjustmentLine[];
  /** Where each of them was parked, in order. */
  readonly origins: readonly LinePlace[];
  /** The cache has applied them already: the batch begins as *posted*. */
  readonly cached: boolean;
  /** The updates that note in the rows of the parked lines where each has gone. */
  readonly notes: (batch: BatchToBe) => readonly TableOperation[];
}

/** A batch and the rows that are written with it. */
export interface AppendedBatch {
  readonly ids: IdsRow;
  readonly operations: readonly TableOperation[];
}

/** Makes the rows of a batch, once it is known where it will stand. */
export type ComposeBatch = (batch: BatchToBe) => AppendedBatch;

/** @throws BatchTooLargeError */
export function acceptedBatch(batch: BatchToBe, { fresh }: Composition, inlineSync: boolean): AppendedBatch {
  const { seq, batchId, previousBatchId, at } = batch;
  const ids = newIdsRow(seq, batchId, previousBatchId, fresh);
  const lines = fresh.map(({ line }) => line);
  const state = inlineSync
    ? inlineSyncInserts(seq, lines.length, at)
    : [createdInsert(seq, lines.length, at)];
  return { ids, operations: [batchInsert(seq, batchId, at, lines), idsInsert(ids), ...state] };
}

/** @throws BatchTooLargeError */
export function redrivenBatch(batch: BatchToBe, { lines, origins, cached, notes }: Redrive): AppendedBatch {
  const { seq, batchId, previousBatchId, at } = batch;
  const ids = newRedriveIdsRow(seq, batchId, previousBatchId, origins);
  const lineCount = lines.length;
  const state = cached
    ? stateInsert({ seq, state: 'posted', lineCount, createdAt: at, postedAt: at })
    : createdInsert(seq, lineCount, at);
  return {
    ids,
    operations: [batchInsert(seq, batchId, at, lines, 'redrive'), idsInsert(ids), state, ...notes(batch)],
  };
}

/** The write of the head that goes with every append: an insert, or an update If-Match the head that was looked at. */
export function headWrite(head: Head, stored: StoredHead | undefined): TableOperation {
  const properties = headProperties(head);
  return stored === undefined
    ? { kind: 'insert', rowKey: HEAD_KEY, properties }
    : { kind: 'update', rowKey: HEAD_KEY, properties, etag: stored.etag };
}
