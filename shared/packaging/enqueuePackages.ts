/**
 * Sends a message for each package of a run that is not on its way yet, and marks it queued: first send, then mark. A
 * message that is lost or doubled does no harm; the row decides.
 */
import { ADJUSTMENT_LOG } from '../log/rowKeys.ts';
import { packageUpdate, readPackages, type StoredPackage } from '../log/packageRow.ts';
import type { CommittedRun } from '../log/runRow.ts';
import { TableError } from '../tables/tableStore.ts';
import type { PackagingDependencies } from './packageJournals.ts';

/** A queued package is given this long before another message is sent for it. */
const REMIND_AFTER_MS = 30_000;

/** @throws TableError, DependencyError */
export async function enqueuePackages(dependencies: PackagingDependencies, run: CommittedRun): Promise<void> {
  const { tables, partitionKey, runtime, queue } = dependencies;
  const packages = await readPackages(tables, partitionKey, run.number, run.state.commit.attempt);
  const now = runtime.clock.now();
  const due = packages.filter((stored) => needsMessage(stored, now));
  if (due.length === 0) return;
  await queue.send(due.map((stored) => messageFor(dependencies, stored)));
  for (const stored of due) await markQueued(dependencies, stored, now);
}

function needsMessage({ state }: StoredPackage, now: number): boolean {
  if (state.status === 'Created') return true;
  if (state.status !== 'Queued') return false;
  return now >= Math.max((state.queuedAt ?? 0) + REMIND_AFTER_MS, (state.notBefore ?? 0) + REMIND_AFTER_MS);
}

function messageFor(
  { environmentId, organizationKey }: PackagingDependencies,
  { run, number }: StoredPackage,
): { environmentId: string; organizationKey: string; run: number; package: number } {
  return { environmentId, organizationKey, run, package: number };
}

async function markQueued(
  { tables, partitionKey }: PackagingDependencies,
  stored: StoredPackage,
  queuedAt: number,
): Promise<void> {
  try {
    await tables.transact(ADJUSTMENT_LOG, partitionKey, [
      packageUpdate(stored, { ...stored.state, status: 'Queued', queuedAt }),
    ]);
  } catch (error) {
    // Its message was quicker, or another instance was: the row knows better.
    if (!(error instanceof TableError && error.failure === 'changed')) throw error;
  }
}
