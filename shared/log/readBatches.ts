/** Reads the batches of a list of sequence numbers, in the list's order, a few rows at a time. */
import type { TableStore } from '../tables/tableStore.ts';
import { type Batch, batchOf } from './batchRow.ts';
import { ADJUSTMENT_LOG, seqKey } from './rowKeys.ts';

/** Rows of one read: up to 900 KB each. */
const ROWS_PER_READ = 16;

/** @throws TableError; Error when a batch is missing, which only happens to a log that went back in time. */
export async function* readBatches(
  tables: TableStore,
  partitionKey: string,
  seqs: readonly number[],
): AsyncGenerator<Batch> {
  for (let start = 0; start < seqs.length; start += ROWS_PER_READ) {
    const wanted = seqs.slice(start, start + ROWS_PER_READ);
    const rows = await Promise.all(
      wanted.map((seq) => tables.get(ADJUSTMENT_LOG, partitionKey, seqKey('batch', seq))),
    );
    for (const [index, row] of rows.entries()) {
      if (row === undefined)
        throw new Error(`Batch ${wanted[index] ?? 0} of the log ${partitionKey} is missing.`);
      yield batchOf(row);
    }
  }
}
