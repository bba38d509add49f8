/**
 * Accounts for every unit of quantity in a log's raw rows, by arithmetic of its own: accepted = in journals + parked. A
 * line that was driven again is accepted where it was accepted, and from where it was parked it has gone.
 */
import { batchOf } from '../../shared/log/batchRow.ts';
import { readJournal } from '../../shared/log/journalRows.ts';
import { parkedRowsAfter } from '../../shared/log/parkedEntries.ts';
import { parkedLines, unfoldedLines } from '../../shared/log/parkedRow.ts';
import { isCommitted, readRun } from '../../shared/log/runRow.ts';
import { type ScriptedLayer, LOG } from './scriptedLayer.ts';

export interface Account {
  /** Sum of whole quantities of all lines accepted. */
  readonly accepted: bigint;
  readonly inJournals: bigint;
  readonly parked: bigint;
  /** Source lines that stand in several aggregated lines, or in none although they are not parked. */
  readonly misplaced: readonly string[];
}

/** For logs whose batches are all aggregated, and whose quantities are whole. */
export async function accountOf(instance: ScriptedLayer): Promise<Account> {
  const quantities = new Map<string, bigint>();
  const accepted = new Set<string>();
  const parked = new Set<string>();
  const gone = new Set<string>();
  for (const row of await instance.rows('batch~')) {
    const batch = batchOf(row);
    batch.lines.forEach((line, position) => {
      quantities.set(`${batch.seq}/${position}`, BigInt(line.quantity));
      if (batch.kind === 'adjustments') accepted.add(`${batch.seq}/${position}`);
    });
    for (const { position } of await parkedLines(instance.tables, LOG, batch.seq))
      parked.add(`${batch.seq}/${position}`);
  }
  for (const { redrives } of await parkedRowsAfter(instance.tables, LOG, '', 10_000))
    for (const [seq, position] of redrives.flatMap(({ lines }) => lines)) gone.add(`${seq}/${position}`);
  const placed = new Map<string, number>();
  let inJournals = 0n;
  for (let number = 1; ; number++) {
    const run = await readRun(instance.tables, LOG, number);
    if (run === undefined) break;
    if (!isCommitted(run)) throw new Error(`run ${number} is not committed`);
    const { attempt, journals } = run.state.commit;
    for (const { seq, position } of await unfoldedLines(instance.tables, LOG, number, attempt))
      parked.add(`${seq}/${position}`);
    for (let journal = 1; journal <= journals; journal++) {
      const read = await readJournal(instance.tables, LOG, number, attempt, journal);
      if (read === undefined) throw new Error(`journal ${journal} of run ${number} is missing`);
      for (const line of read.journal.lines) {
        inJournals += BigInt(line.quantity);
        for (const [seq, position] of line.sources) {
          const key = `${seq}/${position}`;
          placed.set(key, (placed.get(key) ?? 0) + 1);
        }
      }
    }
  }
  const sum = (keys: Iterable<string>): bigint =>
    [...keys].reduce((total, key) => total + (quantities.get(key) ?? 0n), 0n);
  const misplaced = [...quantities.keys()].filter(
    (key) => (placed.get(key) ?? 0) !== (parked.has(key) ? 0 : 1),
  );
  const open = [...parked].filter((key) => !gone.has(key));
  return { accepted: sum(accepted), inJournals, parked: sum(open), misplaced };
}
