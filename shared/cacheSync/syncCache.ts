/**
 * The hop from the log to the on-hand cache, as the timer carries it out for one legal entity: first what was left
 * unfinished, then, when the periodic synchronization is due, everything created since.
 */
import { batchesInState } from '../log/stateRows.ts';
import { INLINE_BUDGET_MS, readSync } from '../log/syncRow.ts';
import { claimSync } from './claimSync.ts';
import { driveSync, type SyncDependencies } from './driveSync.ts';

/** Batches looked at for unfinished synchronizations in one tick. */
const UNFINISHED_AT_ONCE = 500;

/** @throws TableError, DependencyError */
export async function syncCache(
  dependencies: SyncDependencies,
  { due, deadline }: { readonly due: boolean; readonly deadline: number },
): Promise<void> {
  const { tables, runtime, partitionKey } = dependencies;
  const unfinished = await batchesInState(tables, partitionKey, 'syncing', UNFINISHED_AT_ONCE);
  for (const firstSeq of new Set(unfinished.map((batch) => batch.sync ?? batch.seq))) {
    if (runtime.clock.now() >= deadline) return;
    const sync = await readSync(tables, partitionKey, firstSeq);
    if (sync === undefined) continue;
    const now = runtime.clock.now();
    if (sync.state.workingUntil > now) continue;
    if (sync.state.inline && now < sync.state.createdAt + INLINE_BUDGET_MS) continue;
    await driveSync(dependencies, sync, deadline);
  }
  if (!due) return;
  while (runtime.clock.now() < deadline) {
    const sync = await claimSync(tables, partitionKey, runtime.clock.now());
    if (sync === undefined) return;
    await driveSync(dependencies, sync, deadline);
  }
}
