/** Loads a package of a committed run and holds its journals against the hash that the commit recorded. */
import type { Journal } from '../aggregation/aggregatedLine.ts';
import { missingJournal, PACKAGE_HASH_BYTES, packageHash, readJournal } from '../log/journalRows.ts';
import { readOutcome, type StoredOutcome } from '../log/outcomeRow.ts';
import { readPackage, type StoredPackage } from '../log/packageRow.ts';
import { DamagedRowError } from '../log/packedRow.ts';
import { attemptKey } from '../log/rowKeys.ts';
import { type CommittedRun, isCommitted, isRetired, readRun } from '../log/runRow.ts';
import { mapInParallel } from '../supplyChain/boundedParallel.ts';
import type { TableStore } from '../tables/tableStore.ts';

/** Journals read at once. */
const READS_AT_ONCE = 8;

export interface LoadedPackage {
  readonly run: CommittedRun;
  readonly stored: StoredPackage;
  readonly outcome: StoredOutcome;
  readonly journals: readonly Journal[];
}

/**
 * Undefined when the run is not committed or has no such package: the message was a stray hint.
 * @throws TableError, UnknownRowVersionError; DamagedRowError, which names the row, when one is missing, cannot be read, or
 * is not what the commit recorded.
 */
export async function loadPackage(
  tables: TableStore,
  partitionKey: string,
  runNumber: number,
  packageNumber: number,
): Promise<LoadedPackage | undefined> {
  const run = await readRun(tables, partitionKey, runNumber);
  if (run === undefined || !isCommitted(run)) return undefined;
  const stored = await readPackage(tables, partitionKey, run.number, run.state.commit.attempt, packageNumber);
  return stored && loadContent(tables, partitionKey, run, stored);
}

/**
 * The journals and outcome of a package whose rows are at hand; undefined when retention has removed it since.
 * @throws as {@link loadPackage}
 */
export async function loadContent(
  tables: TableStore,
  partitionKey: string,
  run: CommittedRun,
  stored: StoredPackage,
): Promise<LoadedPackage | undefined> {
  try {
    return await loadRows(tables, partitionKey, run, stored);
  } catch (error) {
    if (error instanceof DamagedRowError && (await isRetired(tables, partitionKey, run.number)))
      return undefined;
    throw error;
  }
}

async function loadRows(
  tables: TableStore,
  partitionKey: string,
  run: CommittedRun,
  stored: StoredPackage,
): Promise<LoadedPackage> {
  const { attempt, packageHashes } = run.state.commit;
  const { number } = stored;
  const damaged = (prefix: 'package' | 'outcome', what: string): DamagedRowError =>
    new DamagedRowError({ partitionKey, rowKey: attemptKey(prefix, run.number, attempt, number) }, what);
  const read = await mapInParallel(stored.state.journals, READS_AT_ONCE, async (journal) => {
    const found = await readJournal(tables, partitionKey, run.number, attempt, journal);
    if (found === undefined) throw missingJournal(partitionKey, run.number, attempt, journal);
    return found;
  });
  const start = (number - 1) * PACKAGE_HASH_BYTES;
  const recorded = Buffer.from(packageHashes, 'base64').subarray(start, start + PACKAGE_HASH_BYTES);
  if (!packageHash(read.map(({ packed }) => packed)).equals(recorded))
    throw damaged(
      'package',
      `it, or a row of its journals (${keysOfJournals(run, stored)}), is not what run ${run.number} was committed with; the ` +
        'package is not sent',
    );
  const outcome = await readOutcome(tables, partitionKey, {
    run: run.number,
    attempt,
    number,
  });
  if (outcome === undefined) throw damaged('outcome', `it is missing, though package ${number} is not`);
  return { run, stored, outcome, journals: read.map(({ journal }) => journal) };
}

function keysOfJournals(run: CommittedRun, { state: { journals } }: StoredPackage): string {
  const keys = [journals.at(0) ?? 0, journals.at(-1) ?? 0].map((number) =>
    attemptKey('journal', run.number, run.state.commit.attempt, number),
  );
  return [...new Set(keys)].join(' to ');
}
