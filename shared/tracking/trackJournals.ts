/**
 * The hop back from SCM, for one legal entity: looks at every run that has anything left to do, reminds the queue of
 * packages that should be on their way, polls SCM for those that are there, and closes runs that are done.
 */
import { ADJUSTMENT_LOG } from '../log/rowKeys.ts';
import { type PackageState, packageUpdate, type StoredPackage } from '../log/packageRow.ts';
import { closeRun, type CommittedRun, isCommitted, openRunMarkers, readRun } from '../log/runRow.ts';
import { readCommittedPackages } from '../packaging/committedPackages.ts';
import { enqueuePackages } from '../packaging/enqueuePackages.ts';
import { loadContent } from '../posting/loadPackage.ts';
import type { PostingDependencies } from '../posting/postJournalPackage.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import { TableError } from '../tables/tableStore.ts';
import { trackPackage } from './trackPackage.ts';

/** Packages polled at once. */
const AT_ONCE = 4;

export interface TrackingDependencies extends PostingDependencies {
  readonly environmentId: string;
  readonly organizationKey: string;
}

/** Trouble with one run or package keeps no other from being tracked. @throws TableError when storage fails. */
export async function trackJournals(dependencies: TrackingDependencies, deadline: number): Promise<void> {
  const { tables, partitionKey, runtime } = dependencies;
  for (const [number, markers] of await openRunMarkers(tables, partitionKey)) {
    if (runtime.clock.now() >= deadline) return;
    const run = await readRun(tables, partitionKey, number);
    if (run === undefined || !isCommitted(run)) continue;
    try {
      await trackRun(dependencies, run, markers, deadline);
    } catch (error) {
      if (error instanceof TableError) throw error;
      runtime.logger.error('A run could not be tracked; its rows must be looked at.', {
        log: partitionKey,
        run: number,
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }
}

async function trackRun(
  dependencies: TrackingDependencies,
  run: CommittedRun,
  markers: readonly string[],
  deadline: number,
): Promise<void> {
  const { runtime, settings } = dependencies;
  const packages = await readCommittedPackages(dependencies, run);
  if (settings.enableFeature && settings.enableSyncJob) await enqueuePackages(dependencies, packages);
  if (packages.every(({ state }) => state.status === 'Settled')) {
    await closeQuietly(dependencies, markers);
    return;
  }
  const due = packages.filter(({ state }) => isTracked(state) && state.nextPollAt <= runtime.clock.now());
  for (let start = 0; start < due.length && runtime.clock.now() < deadline; start += AT_ONCE)
    await Promise.all(due.slice(start, start + AT_ONCE).map((stored) => track(dependencies, run, stored)));
}

/** A package whose lines wait to be sent again goes on being watched for the others. */
function isTracked({ status, submissions }: PackageState): boolean {
  const waits = status === 'Queued' && (submissions.at(-1)?.result ?? 'lost') !== 'lost';
  return waits || status === 'Sending' || status === 'Enqueued' || status === 'Unknown';
}

async function track(
  dependencies: TrackingDependencies,
  run: CommittedRun,
  stored: StoredPackage,
): Promise<void> {
  const { tables, partitionKey, runtime } = dependencies;
  try {
    const loaded = await loadContent(tables, partitionKey, run, stored);
    if (loaded !== undefined) await trackPackage(dependencies, loaded);
  } catch (error) {
    if (error instanceof TableError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const fields = { log: partitionKey, run: run.number, package: stored.number, reason };
    if (error instanceof DependencyError)
      runtime.logger.warn('A package could not be tracked and is tried again.', fields);
    else runtime.logger.error('A package could not be tracked; its rows must be looked at.', fields);
    const waitMs = error instanceof DependencyError ? (error.retryAfterMs ?? 0) : 0;
    await notePollFailure(dependencies, stored, reason, waitMs);
  }
}

async function notePollFailure(
  { tables, partitionKey, runtime }: TrackingDependencies,
  stored: StoredPackage,
  lastError: string,
  waitMs: number,
): Promise<void> {
  const polls = stored.state.polls + 1;
  const nextPollAt = runtime.clock.now() + Math.max(pauseBeforePoll(polls), waitMs);
  try {
    await tables.transact(ADJUSTMENT_LOG, partitionKey, [
      packageUpdate(stored, { ...stored.state, polls, nextPollAt, lastError }),
    ]);
  } catch (error) {
    if (!(error instanceof TableError && ['changed', 'missing'].includes(error.failure))) throw error;
  }
}

async function closeQuietly(
  { tables, partitionKey }: TrackingDependencies,
  markers: readonly string[],
): Promise<void> {
  try {
    await closeRun(tables, partitionKey, markers);
  } catch (error) {
    if (!(error instanceof TableError && error.failure === 'missing')) throw error;
  }
}

/** Every tick at first, then ever more slowly, up to ten minutes. Milliseconds. */
export function pauseBeforePoll(polls: number): number {
  return polls < 8 ? 0 : Math.min(600_000, 15_000 * 2 ** (polls - 8));
}
