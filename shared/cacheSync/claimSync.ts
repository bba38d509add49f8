/** Takes the oldest created batches into one cache synchronization. */
import { ADJUSTMENT_LOG } from '../log/rowKeys.ts';
import { batchesInState, moveState } from '../log/stateRows.ts';
import { newSync, type StoredSync, syncInsert } from '../log/syncRow.ts';
import { TableError, type TableStore } from '../tables/tableStore.ts';
import { WORKING_MS } from './driveSync.ts';

/** Two operations a batch and the sync row, at most 100. */
const MAX_BATCHES = 49;
/** Lines of one synchronization, unless a single batch has more: keeps its row small. */
const MAX_LINES = 10_000;

/**
 * One transaction moves the batches to *syncing* and inserts the `sync~` row that lists them. `overtaken`: another
 * instance took some of them first. @throws TableError
 */
export async function claimSync(
  tables: TableStore,
  partitionKey: string,
  now: number,
): Promise<StoredSync | 'nothingCreated' | 'overtaken'> {
  const created = await batchesInState(tables, partitionKey, 'created', MAX_BATCHES);
  const first = created[0];
  if (first === undefined) return 'nothingCreated';
  let lines = 0;
  const taken = created.filter((batch, index) => {
    lines += batch.lineCount;
    return index === 0 || lines <= MAX_LINES;
  });
  const state = newSync(
    taken.map(({ seq, lineCount, createdAt }) => [seq, lineCount, createdAt] as const),
    now,
    false,
    now + WORKING_MS,
  );
  const moves = taken.flatMap((batch) => moveState(batch, { ...batch, state: 'syncing', sync: first.seq }));
  try {
    const etags = await tables.transact(ADJUSTMENT_LOG, partitionKey, [
      ...moves,
      syncInsert(first.seq, state),
    ]);
    const etag = etags.at(-1);
    return etag === undefined ? 'overtaken' : { firstSeq: first.seq, state, etag };
  } catch (error) {
    if (error instanceof TableError && (error.failure === 'missing' || error.failure === 'exists'))
      return 'overtaken';
    throw error;
  }
}
