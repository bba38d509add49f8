/** Removes what nothing needs: rows of attempts that were given up, and cache synchronizations that are over. */
import {
  ADJUSTMENT_LOG,
  attemptRange,
  runRange,
  seqKey,
  seqOf,
  seqRange,
  unfoldableKey,
} from '../log/rowKeys.ts';
import type { CommittedRun } from '../log/runRow.ts';
import { syncOf } from '../log/syncRow.ts';
import type { RetentionTurn } from './retentionTurn.ts';

const SYNCS_AT_ONCE = 50;

/**
 * Removes the rows of a committed run's other attempts: only the committed one counts. An instance that goes on with
 * one of them later writes rows that are never read. @throws TurnLostError, TableError
 */
export async function sweepAttempts(
  turn: RetentionTurn,
  { number, state: { commit } }: CommittedRun,
): Promise<void> {
  for (const prefix of ['journal', 'package', 'outcome'] as const) {
    const all = runRange(prefix, number);
    const committed = attemptRange(prefix, number, commit.attempt);
    await turn.removeRange({ from: all.from, before: committed.from });
    await turn.removeRange({ from: committed.before, before: all.before });
  }
  const parked = unfoldableKey(number, commit.attempt);
  await turn.removeRange(runRange('parked', number), (rowKey) => Promise.resolve(rowKey === parked));
}

/**
 * Removes synchronizations from before `cutoff` whose batches have all moved on. Such a row is never written again, and
 * nobody can begin the same one once more: its batches are *created* no longer. Stops at `deadline`, which `now` is asked
 * about; milliseconds since the Unix epoch. @throws TurnLostError, TableError, UnknownRowVersionError
 */
export async function sweepSyncs(
  turn: RetentionTurn,
  cutoff: number,
  now: () => number,
  deadline: number,
): Promise<void> {
  let { from } = seqRange('sync');
  const { before } = seqRange('sync');
  while (now() < deadline) {
    const page = { from, before, limit: SYNCS_AT_ONCE };
    const rows = await turn.tables.query(ADJUSTMENT_LOG, turn.partitionKey, page);
    const syncs = rows.map((row) => syncOf(row, seqOf(row.rowKey)));
    const over = syncs.filter(
      ({ state }) =>
        state.createdAt <= cutoff && state.calls.length === 0 && state.moved === state.batches.length,
    );
    if (over.length > 0) await turn.remove(over.map(({ firstSeq }) => seqKey('sync', firstSeq)));
    const last = syncs.at(-1);
    if (last === undefined || rows.length < SYNCS_AT_ONCE || last.state.createdAt > cutoff) return;
    from = seqKey('sync', last.firstSeq + 1);
  }
}
