/**
 * Sends a message for each package of a run that is not on its way yet, and marks it queued: first send, then mark. A
 * message that is lost or doubled does no harm; the row decides.
 */
import { ADJUSTMENT_LOG } from '../log/rowKeys.ts';
import { packageUpdate, type StoredPackage } from '../log/packageRow.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import { TableError } from '../tables/tableStore.ts';
import type { PackagingDependencies } from './packageJournals.ts';

/** A queued package is given this long before another message is sent for it. */
const REMIND_AFTER_MS = 30_000;

/**
 * A queue that cannot be reached keeps nobody from the rest: the tracking timer calls again. @throws TableError
 */
export async function enqueuePackages(
  dependencies: PackagingDependencies,
  packages: readonly StoredPackage[],
): Promise<void> {
  const { runtime, queue, partitionKey } = dependencies;
  const now = runtime.clock.now();
  const due = packages.filter((stored) => needsMessage(stored, now));
  if (due.length === 0) return;
  try {
    await queue.send(due.map((stored) => messageFor(dependencies, stored)));
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error;
    runtime.logger.warn('Packages could not be put into the queue; the tracking timer tries again.', {
      log: partitionKey,
      packages: due.length,
      reason: error.message,
    });
    return;
  }
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
    if (!(error instanceof TableError && ['changed', 'missing'].includes(error.failure))) throw error;
  }
}
