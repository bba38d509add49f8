/**
 * The hop from the log to the on-hand cache, as the timer carries it out for one legal entity: first what was left
 * unfinished, then, when the periodic synchronization is due, everything created since.
 */
import { batchesInState } from '../log/stateRows.ts';
import { INLINE_BUDGET_MS, readSync } from '../log/syncRow.ts';
import { claimSync } from './claimSync.ts';
import { driveSync, type SyncDependencies } from './driveSync.ts';

/** Batches looked at for unfinished synchronizations in one tick. */
const UNFINISHED_AT_ONCE = 5_000;
/** A tick waits out short pauses; what needs a longer one must not keep the other legal entities waiting. */
const LONGEST_PAUSE_MS = 5_000;

/**
 * Resolves with whether everything that was due is done; if not, the next tick must go on.
 * @throws TableError, DependencyError
 */
export async function syncCache(
  dependencies: SyncDependencies,
  { due, deadline }: { readonly due: boolean; readonly deadline: number },
): Promise<boolean> {
  const { tables, runtime, partitionKey } = dependencies;
  const patience = { deadline, longestPauseMs: LONGEST_PAUSE_MS };
  const unfinished = await batchesInState(tables, partitionKey, 'syncing', UNFINISHED_AT_ONCE);
  for (const firstSeq of new Set(unfinished.map((batch) => batch.sync ?? batch.seq))) {
    if (runtime.clock.now() >= deadline) return false;
    const sync = await readSync(tables, partitionKey, firstSeq);
    if (sync === undefined) continue;
    const now = runtime.clock.now();
    if (sync.state.workingUntil > now) continue;
    if (sync.state.inline && now < sync.state.createdAt + INLINE_BUDGET_MS) continue;
    await driveSync(dependencies, sync, patience);
  }
  if (!due) return true;
  while (runtime.clock.now() < deadline) {
    const sync = await claimSync(tables, partitionKey, runtime.clock.now());
    if (sync === 'nothingCreated') return true;
    // A synchronization that does not come to its end is a sign of trouble: no further one is begun in this tick.
    if (sync !== 'overtaken' && !(await driveSync(dependencies, sync, patience))) return false;
  }
  return false;
}
