/** Parts without a manifest: of checkpoints that are being written, that were not finished, or that were given up. */
import { TableError, type TableStore } from '../../tables/tableStore.ts';
import { MAX_OPERATIONS_PER_TRANSACTION } from '../../tables/tableLimits.ts';
import { ADJUSTMENT_LOG } from '../rowKeys.ts';
import { checkpointOfPart, PARTS } from './parts.ts';

export interface Leftover {
  /** The checkpoint they would have belonged to. */
  readonly id: string;
  /** What it would have been made of; empty where nobody can go on with it. */
  readonly work: string;
  /** When its last part was written, by the storage server's clock. */
  readonly writtenAt: number;
}

/** @param existing ids of checkpoints that have a manifest @throws TableError */
export async function findLeftovers(
  tables: TableStore,
  partitionKey: string,
  existing: ReadonlySet<string>,
): Promise<Leftover[]> {
  const leftovers: Leftover[] = [];
  for (let id: string | undefined; ;) {
    // One row of each checkpoint, not all: there are as many as it has pages.
    const range = { ...PARTS.after(id), limit: 1, select: ['v'] };
    const [first] = await tables.query(ADJUSTMENT_LOG, partitionKey, range);
    if (first === undefined) return leftovers;
    id = checkpointOfPart(first);
    if (existing.has(id)) continue;
    const rows = await tables.query(ADJUSTMENT_LOG, partitionKey, { ...PARTS.of(id), select: ['work'] });
    const work = rows.find(({ properties }) => 'work' in properties)?.properties['work'];
    leftovers.push({
      id,
      work: typeof work === 'string' ? work : '',
      writtenAt: Math.max(...rows.map(({ timestamp }) => timestamp)),
    });
  }
}

/**
 * Deletes the parts of a checkpoint, those of the filter first: without them nobody takes the pages for whole.
 * Stops where another instance is at it too. @throws TableError
 */
export async function deleteParts(tables: TableStore, partitionKey: string, id: string): Promise<void> {
  const range = { ...PARTS.of(id), limit: MAX_OPERATIONS_PER_TRANSACTION, select: ['v'] };
  for (;;) {
    const rows = await tables.query(ADJUSTMENT_LOG, partitionKey, range);
    if (rows.length === 0) return;
    const deletions = rows.map(({ rowKey }) => ({ kind: 'delete', rowKey }) as const);
    try {
      await tables.transact(ADJUSTMENT_LOG, partitionKey, deletions);
    } catch (error) {
      if (error instanceof TableError && error.failure === 'missing') return;
      throw error;
    }
  }
}
