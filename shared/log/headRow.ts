/**
 * The `head` row: the tail of the log, written with If-Match by every append. Its epoch is random and renewed whenever
 * the log was seen to have gone back in time; until an operator has released that epoch, nothing goes out.
 */
import type { Row, RowProperties, TableStore } from '../tables/tableStore.ts';
import { assertKnownVersion, numberOf, ROW_VERSION, textOf } from './packedRow.ts';
import { ADJUSTMENT_LOG, HEAD_KEY } from './rowKeys.ts';

export interface Head {
  /** Sequence number of the last batch; 0 when there is none. */
  readonly tail: number;
  /** Id of the last batch; empty when there is none. */
  readonly batchId: string;
  readonly epoch: string;
  /** The epoch that outward hops may work in. */
  readonly releasedEpoch: string;
}

export interface StoredHead extends Head {
  readonly etag: string;
}

export function headProperties(head: Head): RowProperties {
  return {
    v: ROW_VERSION,
    tail: head.tail,
    batchId: head.batchId,
    epoch: head.epoch,
    releasedEpoch: head.releasedEpoch,
  };
}

/** @throws UnknownRowVersionError */
export function headOf(row: Row): StoredHead {
  assertKnownVersion(row);
  return {
    tail: numberOf(row, 'tail'),
    batchId: textOf(row, 'batchId'),
    epoch: textOf(row, 'epoch'),
    releasedEpoch: textOf(row, 'releasedEpoch'),
    etag: row.etag,
  };
}

/** The head as it is stored; undefined while the log has no batch. @throws TableError, UnknownRowVersionError */
export async function readHead(tables: TableStore, partitionKey: string): Promise<StoredHead | undefined> {
  const row = await tables.get(ADJUSTMENT_LOG, partitionKey, HEAD_KEY);
  return row && headOf(row);
}

/** Whether the outward hops wait for an operator, because the log went back in time. */
export function isHeld(head: Head): boolean {
  return head.epoch !== head.releasedEpoch;
}
