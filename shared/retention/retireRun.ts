/**
 * Removes what a finished run holds: its packages, outcomes and journals, and the batches it took. The `run~` row and
 * all `ids~` rows stay for ever: they go on refusing ids and run numbers of the past, so that an instance which slept
 * meanwhile can do no harm. What is not finished stays too: batches with a parked line, and journals that are held.
 *
 * Every step may be repeated, and taken over by another instance. The run is marked first, so that readers know why a
 * row is missing; a package is removed only as it was when it was found finished.
 */
import { kindOfJournalRow } from '../log/journalRows.ts';
import { outcomeWrite } from '../log/outcomeRow.ts';
import { openLinesBetween, readParkedRow, redriveOf } from '../log/parkedEntries.ts';
import { ADJUSTMENT_LOG, attemptKey, runRange, seqKey, unfoldableKey } from '../log/rowKeys.ts';
import { type CommittedRun, runUpdate } from '../log/runRow.ts';
import { type FinishedPackage, finishedRun } from './finishedRun.ts';
import type { RetentionTurn } from './retentionTurn.ts';

/** Batches removed by one transaction: two rows each, and the turn's own; at most 100. */
const BATCHES_AT_ONCE = 49;
/** Numbers that one look at which batches are left may span. */
const LONGEST_SPAN = 2_000;

/**
 * Retires a run if it is finished and nothing about it changed after `cutoff`. Times in milliseconds since the Unix epoch.
 * Resolves with whether that is done with: a batch with a parked line stays until the line has been driven again. @throws TurnLostError, TableError, UnknownRowVersionError, DamagedRowError
 */
export async function retireRun(
  turn: RetentionTurn,
  run: CommittedRun,
  now: number,
  cutoff: number,
): Promise<boolean> {
  const finished = await finishedRun(turn.tables, turn.partitionKey, run);
  if (finished === undefined || finished.lastChange > cutoff) return false;
  if (run.state.retiredAt === undefined) {
    const highest = run.state.batches.reduce((most, [seq]) => Math.max(most, seq), 0);
    await turn.write([runUpdate(run, { ...run.state, retiredAt: now })], {
      removedThrough: Math.max(turn.state.removedThrough, highest),
    });
  }
  for (const each of finished.packages) await removePackage(turn, each);
  await removeJournals(turn, run);
  return removeBatches(turn, run);
}

/**
 * Package and outcome are always written together, so a condition on the outcome guards both: whoever still holds the
 * package as it was can write it no more, and if something was noted since it was found finished, it stays.
 */
async function removePackage(
  turn: RetentionTurn,
  { stored: { run, attempt, number }, outcome }: FinishedPackage,
): Promise<void> {
  const rowKey = attemptKey('package', run, attempt, number);
  const { tables, partitionKey } = turn;
  const guard = await outcomeWrite(tables, partitionKey, outcome, outcome.outcome, outcome.etag);
  await turn.write([{ kind: 'delete', rowKey }, guard]);
}

async function removeJournals(
  turn: RetentionTurn,
  { number, state: { commit } }: CommittedRun,
): Promise<void> {
  const { tables, partitionKey } = turn;
  const committed = `~${commit.attempt}~`;
  const isHeld = async (rowKey: string): Promise<boolean> => {
    if (!rowKey.includes(committed)) return false;
    const row = await tables.get(ADJUSTMENT_LOG, partitionKey, rowKey);
    return row !== undefined && kindOfJournalRow(row) === 'held';
  };
  const parked = unfoldableKey(number, commit.attempt);
  await turn.removeRange(runRange('outcome', number));
  await turn.removeRange(runRange('journal', number), isHeld);
  // What is left belongs to attempts that were given up, but for the lines that could not be folded.
  await turn.removeRange(runRange('package', number));
  await turn.removeRange(runRange('parked', number), (rowKey) => Promise.resolve(rowKey === parked));
}

/**
 * A batch and its state row go together, so whoever finds neither knows that the batch is past retention. Resolves with
 * whether no line of them is parked still.
 */
async function removeBatches(turn: RetentionTurn, { number, state }: CommittedRun): Promise<boolean> {
  const { tables, partitionKey } = turn;
  const all = state.batches.map(([seq]) => seq).sort((a, b) => a - b);
  const [first, last] = [all[0], all.at(-1)];
  if (first === undefined || last === undefined) return true;
  const own = new Set(all);
  const open = (await openLinesBetween(tables, partitionKey, first, last)).filter((seq) => own.has(seq));
  const row = await readParkedRow(tables, partitionKey, unfoldableKey(number, state.commit.attempt));
  const unfolded = row?.entries ?? [];
  // To where a line that did not fold has gone, only the run leads, and to the run the state row of its batch.
  const kept = new Set([...open, ...unfolded.map(({ seq }) => seq)]);
  for (const group of groupsOf(all.filter((seq) => !kept.has(seq)))) {
    const left = await tables.query(ADJUSTMENT_LOG, partitionKey, {
      from: seqKey('batch', group[0] ?? 0),
      before: seqKey('batch', (group.at(-1) ?? 0) + 1),
      select: ['v'],
    });
    const present = new Set(left.map(({ rowKey }) => rowKey));
    const doomed = group.filter((seq) => present.has(seqKey('batch', seq)));
    if (doomed.length > 0)
      await turn.remove(doomed.flatMap((seq) => [seqKey('batch', seq), seqKey('aggregated', seq)]));
  }
  return open.length === 0 && unfolded.every((entry) => row && redriveOf(row, entry));
}

/** Batches to remove together: few, and near each other. */
function groupsOf(seqs: readonly number[]): number[][] {
  const groups: number[][] = [];
  for (const seq of seqs) {
    const group = groups.at(-1);
    if (group && group.length < BATCHES_AT_ONCE && seq - (group[0] ?? 0) < LONGEST_SPAN) group.push(seq);
    else groups.push([seq]);
  }
  return groups;
}
