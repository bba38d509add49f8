/** Loads a package of a committed run and holds its journals against the hash that the commit recorded. */
import type { Journal } from '../aggregation/aggregatedLine.ts';
import { decodeJournal, PACKAGE_HASH_BYTES, packageHash, readPackedJournal } from '../log/journalRows.ts';
import { readOutcome, type StoredOutcome } from '../log/outcomeRow.ts';
import { readPackage, type StoredPackage } from '../log/packageRow.ts';
import { type CommittedRun, isCommitted, readRun } from '../log/runRow.ts';
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
 * @throws TableError; Error when the rows are not those that the commit recorded.
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

/** The journals and outcome of a package whose rows are at hand. @throws as {@link loadPackage} */
export async function loadContent(
  tables: TableStore,
  partitionKey: string,
  run: CommittedRun,
  stored: StoredPackage,
): Promise<LoadedPackage> {
  const { attempt, packageHashes } = run.state.commit;
  const packed = await mapInParallel(stored.state.journals, READS_AT_ONCE, async (number) => {
    const rows = await readPackedJournal(tables, partitionKey, run.number, attempt, number);
    if (rows === undefined)
      throw new Error(`Journal ${number} of run ${run.number} of ${partitionKey} is missing.`);
    return rows;
  });
  const start = (stored.number - 1) * PACKAGE_HASH_BYTES;
  const recorded = Buffer.from(packageHashes, 'base64').subarray(start, start + PACKAGE_HASH_BYTES);
  if (!packageHash(packed).equals(recorded))
    throw new Error(
      `Package ${stored.number} of run ${run.number} of ${partitionKey} is not what was committed: its hash differs. ` +
        'It is not sent; restore its rows.',
    );
  const outcome = await readOutcome(tables, partitionKey, {
    run: run.number,
    attempt,
    number: stored.number,
  });
  if (outcome === undefined)
    throw new Error(
      `The outcome row of package ${stored.number} of run ${run.number} of ${partitionKey} is missing.`,
    );
  return { run, stored, outcome, journals: packed.map(decodeJournal) };
}
