/**
 * Computes a sealed run under a random attempt and commits it: its batches are folded into journals and packages, which
 * are written beside those of any other attempt, and one conditional update makes this attempt the one that counts.
 */
import { hash } from 'node:crypto';
import type { Folding, Journal } from '../aggregation/aggregatedLine.ts';
import { startRunFold } from '../aggregation/foldRun.ts';
import { withClosedBacklog } from '../aggregation/withClosedBacklog.ts';
import { isClosedBacklog } from '../settings/closedBacklog.ts';
import type { ClosedBacklog } from '../settings/environmentSettings.ts';
import { dayAt } from '../settings/zonedTime.ts';
import { MAX_JOURNALS_PER_RUN } from '../log/aggregatedLineId.ts';
import { encodeJournal, journalInserts, packageHash } from '../log/journalRows.ts';
import { outcomeWrite } from '../log/outcomeRow.ts';
import { PackageOutcome } from '../log/packageOutcome.ts';
import { packageInsert } from '../log/packageRow.ts';
import { parkedLinesBetween, unfoldedInsert } from '../log/parkedRow.ts';
import { readBatches } from '../log/readBatches.ts';
import { ADJUSTMENT_LOG, attemptRange } from '../log/rowKeys.ts';
import {
  type CommittedRun,
  type RunCommit,
  type RunState,
  runUpdate,
  type StoredRun,
} from '../log/runRow.ts';
import { foldCase } from '../settings/foldCase.ts';
import { TableError, type TableOperation, type TableStore } from '../tables/tableStore.ts';
import type { PackagingDependencies } from './packageJournals.ts';

/**
 * The committed run; undefined when another instance committed it first. What belongs to a closed backlog goes into journals
 * that are not synchronized. @throws TableError
 */
export async function computeRun(
  dependencies: PackagingDependencies,
  run: StoredRun,
  closedBacklogs: readonly ClosedBacklog[],
): Promise<CommittedRun | undefined> {
  const { tables, partitionKey, runtime } = dependencies;
  const folding = await foldBatches(dependencies, run, closedBacklogs);
  if (folding.journals.length > MAX_JOURNALS_PER_RUN)
    throw new Error(
      `Run ${run.number} of ${partitionKey} folds into ${folding.journals.length} journals; ` +
        `${MAX_JOURNALS_PER_RUN} is the most. Raise "Fno sync max line count in adjustment journal".`,
    );
  const attempt = runtime.entropy.uuid();
  const packed = new Map<number, Uint8Array[]>();
  for (const journal of folding.journals) {
    const rows = encodeJournal(journal);
    packed.set(journal.number, rows);
    // A row may take almost 1 MiB and a transaction 4, so each row goes by itself.
    for (const operation of journalInserts(run.number, attempt, journal.number, rows))
      await tables.transact(ADJUSTMENT_LOG, partitionKey, [operation]);
  }
  const now = runtime.clock.now();
  for (const [index, numbers] of folding.packages.entries())
    await insertPackage(
      dependencies,
      run.number,
      attempt,
      index + 1,
      numbers.map((number) => journalOf(folding, number)),
      now,
    );
  if (folding.unfoldable.length > 0)
    await tables.transact(ADJUSTMENT_LOG, partitionKey, [
      unfoldedInsert(run.number, attempt, folding.unfoldable),
    ]);
  const written = {
    journal: [...packed.values()].reduce((sum, rows) => sum + rows.length, 0),
    package: folding.packages.length,
  };
  const current = await assuredRun(dependencies, run, attempt, written);
  if (current === undefined) return undefined;
  const hashes = folding.packages.map((numbers) =>
    packageHash(numbers.map((number) => packed.get(number) ?? [])),
  );
  return commitRun(dependencies, current, {
    attempt,
    at: now,
    journals: folding.journals.length,
    aggregatedLines: folding.journals.reduce((sum, journal) => sum + journal.lines.length, 0),
    unfoldable: folding.unfoldable.length,
    packageHashes: Buffer.concat(hashes).toString('base64'),
  });
}

/** Folds every line of the run's batches but those that the cache refused or left unknown. */
async function foldBatches(
  { tables, partitionKey }: PackagingDependencies,
  run: StoredRun,
  closedBacklogs: readonly ClosedBacklog[],
): Promise<Folding> {
  const { settings, batches } = run.state;
  const seqs = batches.map(([seq]) => seq);
  const lineCounts = new Map(batches.map(([seq, lines]) => [seq, lines]));
  const parked = await parkedLinesBetween(tables, partitionKey, Math.min(...seqs), Math.max(...seqs));
  const zones = new Map(
    settings.legalEntities.map((entity) => [foldCase(entity.organizationId), entity.timeZone]),
  );
  const openFold = startRunFold(settings);
  // Apart from the rest, so that no aggregated line is closed in part.
  const closedFold = startRunFold(settings);
  for await (const batch of readBatches(tables, partitionKey, seqs)) {
    if (batch.lines.length !== lineCounts.get(batch.seq))
      throw new Error(
        `Batch ${batch.seq} of ${partitionKey} has ${batch.lines.length} lines, not the ${lineCounts.get(batch.seq) ?? 0} that ` +
          `run ${run.number} sealed: storage went back in time. Nothing of it is sent; put the counts of its row right.`,
      );
    const excluded = new Set(parked.get(batch.seq)?.map(({ position }) => position));
    // A log holds one legal entity, so its lines share a zone.
    const organization = foldCase(batch.lines[0]?.organizationId ?? '');
    const acceptedDay = dayAt(
      batch.createdAt,
      zones.get(organization) ?? settings.defaultLegalEntity.timeZone,
    );
    batch.lines.forEach((line, position) => {
      const date = line.resolvedDate ?? acceptedDay;
      const isClosed = isClosedBacklog(closedBacklogs, batch.createdAt, date);
      const fold = isClosed ? closedFold : openFold;
      if (!excluded.has(position)) fold.add({ seq: batch.seq, position, line, acceptedDay });
    });
  }
  return withClosedBacklog(openFold.finish(), closedFold.finish());
}

function journalOf(folding: Folding, number: number): Journal {
  const journal = folding.journals[number - 1];
  if (journal?.number !== number) throw new Error(`The folding has no journal ${number}.`);
  return journal;
}

async function insertPackage(
  { tables, partitionKey }: PackagingDependencies,
  run: number,
  attempt: string,
  number: number,
  journals: readonly Journal[],
  now: number,
): Promise<void> {
  const lineCounts = journals.map((journal) => journal.lines.length);
  const lines = lineCounts.reduce((sum, count) => sum + count, 0);
  const outcome = await outcomeWrite(
    tables,
    partitionKey,
    { run, attempt, number },
    PackageOutcome.fresh(lines, now),
    undefined,
  );
  const operations: TableOperation[] = [
    packageInsert(run, attempt, number, {
      status: 'Created',
      journals: journals.map((journal) => journal.number),
      lineCounts,
      submissions: [],
      failures: 0,
      nextPollAt: 0,
      polls: 0,
    }),
    outcome,
  ];
  await tables.transact(ADJUSTMENT_LOG, partitionKey, operations);
}

/**
 * The run, when all rows of the attempt are there for good; undefined when the attempt does not count. Storage may go back
 * in time while an attempt is written, to where the run is as it was and some of the rows are not. So the run is written
 * once more, as it is, and then it is looked whether they are there: if storage goes back behind that write, a commit that
 * is conditional on it fails, and if it does not, they stay.
 */
async function assuredRun(
  { tables, partitionKey, runtime }: PackagingDependencies,
  run: StoredRun,
  attempt: string,
  written: { readonly journal: number; readonly package: number },
): Promise<StoredRun | undefined> {
  const etag = await updateRun(tables, partitionKey, run, run.state);
  if (etag === undefined) return undefined;
  for (const prefix of ['journal', 'package'] as const) {
    const range = { ...attemptRange(prefix, run.number, attempt), select: ['v'] };
    const rows = await tables.query(ADJUSTMENT_LOG, partitionKey, range);
    if (rows.length === written[prefix]) continue;
    runtime.logger.warn(
      'Rows of a run are gone that were just written; it is computed anew at the next tick.',
      {
        log: partitionKey,
        run: run.number,
      },
    );
    return undefined;
  }
  return { ...run, etag };
}

async function commitRun(
  { tables, partitionKey }: PackagingDependencies,
  run: StoredRun,
  commit: RunCommit,
): Promise<CommittedRun | undefined> {
  // The ERP's keys come from what is committed, too: after storage went back to the run while it was open, other batches
  // may be sealed into it, and they must not meet the lines that its lost commit has sent; the same ones should.
  const state: RunState & { commit: RunCommit } = {
    ...run.state,
    status: 'Committed',
    nonce: hash('sha256', `${run.state.nonce}~${commit.packageHashes}`, 'hex').slice(0, 32),
    commit,
  };
  const etag = await updateRun(tables, partitionKey, run, state);
  return etag === undefined ? undefined : { number: run.number, state, etag };
}

/** The new ETag; undefined when another instance was first. */
async function updateRun(
  tables: TableStore,
  partitionKey: string,
  run: StoredRun,
  state: RunState,
): Promise<string | undefined> {
  try {
    const [etag] = await tables.transact(ADJUSTMENT_LOG, partitionKey, [runUpdate(run, state)]);
    return etag;
  } catch (error) {
    if (error instanceof TableError && error.failure === 'changed') return undefined;
    throw error;
  }
}
