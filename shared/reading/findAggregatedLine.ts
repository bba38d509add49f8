/** Finds aggregated lines and what SCM said of them: by id, by source line, and whole journals by key. */
import type { Journal } from '../aggregation/aggregatedLine.ts';
import {
  aggregatedLineId,
  type AggregatedLinePlace,
  placeOfAggregatedLine,
} from '../log/aggregatedLineId.ts';
import { readJournal } from '../log/journalRows.ts';
import { readOutcome } from '../log/outcomeRow.ts';
import type { AggregatedLineStatus, LineOutcome, PackageOutcome } from '../log/packageOutcome.ts';
import { readPackages, type StoredPackage } from '../log/packageRow.ts';
import { type CommittedRun, isCommitted, readRun } from '../log/runRow.ts';
import type { TableStore } from '../tables/tableStore.ts';

/** A journal, the package it travels in, and what SCM said of that package. */
export interface JournalInPackage {
  readonly run: CommittedRun;
  readonly journal: Journal;
  readonly stored?: StoredPackage;
  readonly outcome?: PackageOutcome;
  /** Position in the package of the journal's first line. */
  readonly firstPosition: number;
}

export interface FoundAggregatedLine extends JournalInPackage {
  readonly id: string;
  readonly place: AggregatedLinePlace;
}

/** Undefined when the run is not committed, or has no such journal. @throws TableError, UnknownRowVersionError, DamagedRowError */
export async function findJournal(
  tables: TableStore,
  partitionKey: string,
  runNumber: number,
  number: number,
): Promise<JournalInPackage | undefined> {
  const run = await readRun(tables, partitionKey, runNumber);
  if (run === undefined || !isCommitted(run) || number < 1 || number > run.state.commit.journals)
    return undefined;
  const { attempt } = run.state.commit;
  const { journal } = (await readJournal(tables, partitionKey, run.number, attempt, number)) ?? {};
  if (journal === undefined) return undefined;
  if (journal.kind !== 'adjustment') return { run, journal, firstPosition: 0 };
  const packages = await readPackages(tables, partitionKey, run.number, attempt);
  const stored = packages.find(({ state }) => state.journals.includes(number));
  // Retention removes the package first: without it nothing true can be said of the lines.
  if (stored === undefined)
    return run.state.retiredAt === undefined ? { run, journal, firstPosition: 0 } : undefined;
  const before = stored.state.lineCounts.slice(0, stored.state.journals.indexOf(number));
  const firstPosition = before.reduce((sum, count) => sum + count, 0);
  const outcome = await readOutcome(tables, partitionKey, {
    run: run.number,
    attempt,
    number: stored.number,
  });
  return { run, journal, stored, firstPosition, ...(outcome ? { outcome: outcome.outcome } : {}) };
}

/** @throws TableError */
export async function findAggregatedLine(
  tables: TableStore,
  partitionKey: string,
  id: string,
): Promise<FoundAggregatedLine | undefined> {
  const place = placeOfAggregatedLine(partitionKey, id);
  if (place === undefined) return undefined;
  const found = await findJournal(tables, partitionKey, place.run, place.journal);
  if (found === undefined || place.position >= found.journal.lines.length) return undefined;
  if (aggregatedLineId(partitionKey, found.run.state.nonce, place) !== id.toLowerCase()) return undefined;
  return { ...found, id: id.toLowerCase(), place };
}

/** The id of the aggregated line that a source line went into; undefined while its run is not committed. @throws TableError */
export async function aggregatedLineOfSource(
  tables: TableStore,
  partitionKey: string,
  runNumber: number,
  seq: number,
  position: number,
): Promise<string | undefined> {
  const run = await readRun(tables, partitionKey, runNumber);
  if (run === undefined || !isCommitted(run)) return undefined;
  for (let number = 1; number <= run.state.commit.journals; number++) {
    const read = await readJournal(tables, partitionKey, run.number, run.state.commit.attempt, number);
    if (read === undefined) continue;
    const at = read.journal.lines.findIndex(({ sources }) =>
      sources.some(([sourceSeq, sourcePosition]) => sourceSeq === seq && sourcePosition === position),
    );
    if (at >= 0)
      return aggregatedLineId(partitionKey, run.state.nonce, {
        run: run.number,
        journal: number,
        position: at,
      });
  }
  return undefined;
}

/** What SCM said of the line at a position of the journal. */
export function lineOutcomeAt(
  { outcome, firstPosition }: JournalInPackage,
  position: number,
): LineOutcome | undefined {
  return outcome?.lines()[firstPosition + position];
}

/** The article's "Aggregated line status" of the line at a position of the journal. */
export function aggregatedLineStatusAt(found: JournalInPackage, position: number): AggregatedLineStatus {
  if (found.journal.kind === 'doNotSync') return 'DoNotSync';
  return lineOutcomeAt(found, position)?.status ?? 'Created';
}
