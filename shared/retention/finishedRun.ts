/** Whether nothing is left to happen to what a run put into packages. */
import { PACKAGE_HASH_BYTES, readJournal } from '../log/journalRows.ts';
import { readOutcome, type StoredOutcome } from '../log/outcomeRow.ts';
import { readPackages, type StoredPackage } from '../log/packageRow.ts';
import { ADJUSTMENT_LOG, openMarkersOf } from '../log/rowKeys.ts';
import type { CommittedRun } from '../log/runRow.ts';
import type { TableStore } from '../tables/tableStore.ts';

/** A package of which every line came to its end. */
export interface FinishedPackage {
  readonly stored: StoredPackage;
  readonly outcome: StoredOutcome;
}

export interface FinishedRun {
  /** The packages that are stored; of a run that is being removed, those that are left. */
  readonly packages: readonly FinishedPackage[];
  /** When anything about it changed last, milliseconds since the Unix epoch. */
  readonly lastChange: number;
}

/**
 * Undefined when anything may still happen: the run is open, a package is missing or not settled, or a line of one is in
 * error and waits for somebody to correct, resend, or close it. @throws TableError, UnknownRowVersionError, DamagedRowError
 */
export async function finishedRun(
  tables: TableStore,
  partitionKey: string,
  run: CommittedRun,
): Promise<FinishedRun | undefined> {
  const markers = await tables.query(ADJUSTMENT_LOG, partitionKey, {
    ...openMarkersOf(run.number),
    limit: 1,
  });
  if (markers.length > 0) return undefined;
  const { attempt, at, packageHashes } = run.state.commit;
  const all = await readPackages(tables, partitionKey, run.number, attempt);
  const committed = Buffer.from(packageHashes, 'base64').length / PACKAGE_HASH_BYTES;
  if (run.state.retiredAt === undefined && all.length !== committed) return undefined;
  const packages: FinishedPackage[] = [];
  let lastChange = at;
  for (const stored of all) {
    if (stored.state.status !== 'Settled') return undefined;
    const outcome = await readOutcome(tables, partitionKey, stored);
    if (outcome === undefined || !(await isFinished(tables, partitionKey, stored, outcome))) return undefined;
    for (const change of [...outcome.outcome.lines(), ...stored.state.submissions])
      lastChange = Math.max(lastChange, change.at);
    packages.push({ stored, outcome });
  }
  return { packages, lastChange };
}

async function isFinished(
  tables: TableStore,
  partitionKey: string,
  stored: StoredPackage,
  { outcome }: StoredOutcome,
): Promise<boolean> {
  const created = outcome.positionsWith('FnOTransCreated');
  const ended = outcome.positionsWith('FnOTransPosted', 'DoNotSync');
  if (created.length + ended.length < outcome.lineCount) return false;
  if (created.length === 0) return true;
  const targets: unknown[] = [];
  for (const number of stored.state.journals) {
    const { journal } = (await readJournal(tables, partitionKey, stored.run, stored.attempt, number)) ?? {};
    if (journal === undefined) return false;
    const { lines, targetStatus } = journal;
    targets.push(...lines.map(() => targetStatus));
  }
  return created.every((position) => targets[position] === 'Created');
}
