/** Looks at runs: committed in time, complete, found by the timers, and their packages on their way. */
import { PACKAGE_HASH_BYTES } from '../log/journalRows.ts';
import { readOutcome } from '../log/outcomeRow.ts';
import { type PackageState, readPackages, type StoredPackage } from '../log/packageRow.ts';
import { ADJUSTMENT_LOG, attemptRange, openMarkersOf } from '../log/rowKeys.ts';
import {
  type CommittedRun,
  isCommitted,
  openRunInsert,
  readRun,
  runUpdate,
  type StoredRun,
} from '../log/runRow.ts';
import { enqueuePackages } from '../packaging/enqueuePackages.ts';
import { TableError } from '../tables/tableStore.ts';
import type { AuditDependencies } from './auditLog.ts';
import type { Findings } from './findings.ts';

const HOUR_MS = 3_600_000;
/** SCM imports a package within this time, unless something is wrong there. */
const IMPORT_MS = 24 * HOUR_MS;
/** A message that was sent so long ago is taken to be lost: the tracking timer sends another one twice a minute. */
const MESSAGE_LOST_MS = 10 * 60_000;

/** Resolves with whether there is such a run. @throws TableError, UnknownRowVersionError, DamagedRowError */
export async function auditRun(
  dependencies: AuditDependencies,
  number: number,
  findings: Findings,
  { held }: { readonly held: boolean },
): Promise<boolean> {
  const { tables, partitionKey, runtime, settings } = dependencies;
  const markers = { ...openMarkersOf(number), limit: 1 };
  const [marker] = await tables.query(ADJUSTMENT_LOG, partitionKey, markers);
  const run = await readRun(tables, partitionKey, number);
  if (run === undefined) return false;
  if (run.state.retiredAt !== undefined) return true;
  if (!isCommitted(run)) {
    if (runtime.clock.now() - run.state.openedAt > HOUR_MS) findings.add('RunStuck', `run ${number}`);
    if (marker === undefined) await repairMarker(dependencies, run, findings);
    return true;
  }
  const packages = await readPackages(tables, partitionKey, number, run.state.commit.attempt);
  if (!(await isComplete(dependencies, run, packages))) {
    // Unless retention has begun with it since.
    const again = await readRun(tables, partitionKey, number);
    if (again?.state.retiredAt === undefined) findings.add('PackagesMissing', `run ${number}`);
    return true;
  }
  const unsettled = packages.filter(({ state }) => state.status !== 'Settled');
  if (unsettled.length > 0 && marker === undefined) await repairMarker(dependencies, run, findings);
  for (const stored of packages)
    await findings.check(() => auditPackage(dependencies, run, stored, findings));
  if (settings.enableFeature && settings.enableSyncJob)
    await remind(dependencies, run, unsettled, findings, held);
  return true;
}

/**
 * The marker is put back: the timers go on with the run, and take it away again when nothing is left to do. The condition
 * on the run keeps an instance that slept from marking one that was retired.
 */
async function repairMarker(
  { tables, partitionKey }: AuditDependencies,
  run: StoredRun,
  findings: Findings,
): Promise<void> {
  try {
    await tables.transact(ADJUSTMENT_LOG, partitionKey, [
      openRunInsert(run.number),
      runUpdate(run, run.state),
    ]);
    findings.add('RunUnmarked', `run ${run.number}`, true);
  } catch (error) {
    if (!(error instanceof TableError && ['changed', 'exists'].includes(error.failure))) throw error;
  }
}

async function isComplete(
  { tables, partitionKey }: AuditDependencies,
  { number, state: { commit } }: CommittedRun,
  packages: readonly StoredPackage[],
): Promise<boolean> {
  if (packages.length !== Buffer.from(commit.packageHashes, 'base64').length / PACKAGE_HASH_BYTES)
    return false;
  const count = async (prefix: 'journal' | 'outcome'): Promise<number> => {
    const range = attemptRange(prefix, number, commit.attempt);
    const rows = await tables.query(ADJUSTMENT_LOG, partitionKey, { ...range, select: ['v'] });
    return new Set(rows.map(({ rowKey }) => rowKey.slice(range.from.length).split('~', 1)[0])).size;
  };
  return (await count('journal')) === commit.journals && (await count('outcome')) === packages.length;
}

async function auditPackage(
  { tables, partitionKey, runtime, settings }: AuditDependencies,
  run: CommittedRun,
  stored: StoredPackage,
  findings: Findings,
): Promise<void> {
  const { state } = stored;
  const subject = `run ${run.number}, package ${stored.number}`;
  const now = runtime.clock.now();
  const sentAt = state.submissions.at(-1)?.at ?? now;
  const waited = settings.supplyChain.unknownOutcomeSeconds * 1_000;
  if (state.status === 'Unknown') findings.add('PackageUnknown', subject);
  if (state.status === 'Sending' && now - sentAt > waited + HOUR_MS) findings.add('SendingForLong', subject);
  const outcome = await readOutcome(tables, partitionKey, stored);
  if (outcome === undefined) return;
  const overdue = Math.max(waited, IMPORT_MS);
  const lines = outcome.outcome.lines();
  if (
    state.status === 'Enqueued' &&
    lines.some(({ status, at }) => status === 'FnOSyncEnqueued' && now - at > overdue)
  )
    findings.add('ImportForLong', subject);
  if (outcome.outcome.positionsWith('FnOTransCreateError', 'FnOTransPostError').length > 0)
    findings.add('LinesInError', subject);
}

/** Packages that wait for too long are reported, and get another message where theirs must be lost. */
async function remind(
  dependencies: AuditDependencies,
  run: CommittedRun,
  packages: readonly StoredPackage[],
  findings: Findings,
  held: boolean,
): Promise<void> {
  const now = dependencies.runtime.clock.now();
  const readyAt = ({ notBefore }: PackageState): number => Math.max(run.state.commit.at, notBefore ?? 0);
  const waiting = packages.filter(
    ({ state }) => state.status === 'Created' || (state.status === 'Queued' && now > readyAt(state)),
  );
  const lost = waiting.filter(
    ({ state }) => now - Math.max(readyAt(state), state.queuedAt ?? 0) > MESSAGE_LOST_MS,
  );
  for (const stored of waiting) {
    const isLost = lost.includes(stored);
    if (isLost || now - readyAt(stored.state) > HOUR_MS)
      findings.add('PackageWaiting', `run ${run.number}, package ${stored.number}`, isLost && !held);
  }
  if (lost.length > 0 && !held) await enqueuePackages(dependencies, lost);
}
