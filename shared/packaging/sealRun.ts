/** Takes cached batches into a run: each transaction moves some from *posted* to *aggregated* and notes them in the run. */
import { ADJUSTMENT_LOG } from '../log/rowKeys.ts';
import { type RunState, runUpdate, type StoredRun } from '../log/runRow.ts';
import { batchesInState, moveState } from '../log/stateRows.ts';
import { TableError } from '../tables/tableStore.ts';
import type { PackagingDependencies } from './packageJournals.ts';

/** Two operations a batch and the run's row, at most 100. */
const BATCHES_PER_SEAL = 49;
/** Bounds of one run: a backlog takes several. */
const MAX_RUN_LINES = 200_000;
const MAX_RUN_BATCHES = 5_000;

/** The sealed run; undefined when another instance goes on with it. @throws TableError */
export async function sealRun(
  { tables, partitionKey, runtime }: PackagingDependencies,
  run: StoredRun,
): Promise<StoredRun | undefined> {
  let current = run;
  for (;;) {
    const { state } = current;
    let lines = state.batches.reduce((sum, [, count]) => sum + count, 0);
    const room = Math.min(BATCHES_PER_SEAL, MAX_RUN_BATCHES - state.batches.length);
    const posted = room > 0 ? await batchesInState(tables, partitionKey, 'posted', room) : [];
    const taken = posted.filter(({ lineCount }, index) => {
      lines += lineCount;
      return lines <= MAX_RUN_LINES || (index === 0 && state.batches.length === 0);
    });
    const next: RunState =
      taken.length === 0
        ? { ...state, status: 'Sealed' }
        : {
            ...state,
            batches: [
              ...state.batches,
              ...taken.map(({ seq, lineCount, createdAt }) => [seq, lineCount, createdAt] as const),
            ],
          };
    const aggregatedAt = runtime.clock.now();
    const moves = taken.flatMap((batch) =>
      moveState(batch, { ...batch, state: 'aggregated', run: current.number, aggregatedAt }),
    );
    try {
      const etags = await tables.transact(ADJUSTMENT_LOG, partitionKey, [...moves, runUpdate(current, next)]);
      const etag = etags.at(-1);
      if (etag === undefined) return undefined;
      current = { number: current.number, state: next, etag };
    } catch (error) {
      if (error instanceof TableError && ['changed', 'missing', 'exists'].includes(error.failure))
        return undefined;
      throw error;
    }
    if (next.status === 'Sealed') return current;
  }
}
