/** Reads the raw rows of a log and checks its chain by itself: what a reader of the stored data can rely on. */
import { digestAt, idsRowOf } from '../../shared/log/idsRow.ts';
import { ADJUSTMENT_LOG, HEAD_KEY, seqRange } from '../../shared/log/rowKeys.ts';
import { lineRecordIdText } from '../../shared/adjustments/lineRecordId.ts';
import { systemClock } from '../../shared/runtime/systemRuntime.ts';
import type { TableStore } from '../../shared/tables/tableStore.ts';
import { tableStoreFromSettings } from '../../shared/tables/tableConnection.ts';

export interface LogChain {
  readonly tail: number;
  /** Record ids of all lines, in the order of the log. */
  readonly lineRecordIds: readonly string[];
  /** What is wrong with the chain: gaps, broken links, a head that points elsewhere, an id that stands twice. */
  readonly faults: readonly string[];
}

/** @param partitionKey of the legal entity's log. @throws TableError */
export async function readLogChain(tablesConnection: string, partitionKey: string): Promise<LogChain> {
  return logChain(tableStoreFromSettings({ TABLES_CONNECTION: tablesConnection }, systemClock), partitionKey);
}

/** The same through a store. @throws TableError */
export async function logChain(tables: TableStore, partitionKey: string): Promise<LogChain> {
  const head = await tables.get(ADJUSTMENT_LOG, partitionKey, HEAD_KEY);
  const rows = await tables.query(ADJUSTMENT_LOG, partitionKey, seqRange('ids'));
  const faults: string[] = [];
  const lineRecordIds: string[] = [];
  let last = { seq: 0, batchId: '' };
  for (const row of rows) {
    const ids = idsRowOf(row);
    if (ids.seq !== last.seq + 1) faults.push(`batch ${ids.seq} follows batch ${last.seq}`);
    if (ids.previousBatchId !== last.batchId)
      faults.push(`batch ${ids.seq} is not chained to the one before`);
    for (let position = 0; position < ids.lineCount; position++)
      lineRecordIds.push(lineRecordIdText(digestAt(ids, position)));
    last = ids;
  }
  const { tail = 0, batchId = '' } = head?.properties ?? {};
  if (tail !== last.seq || batchId !== last.batchId)
    faults.push(`the head says ${tail.toString()}, the last batch is ${last.seq}`);
  if (new Set(lineRecordIds).size !== lineRecordIds.length) faults.push('an id stands twice');
  return { tail: last.seq, lineRecordIds, faults };
}
