/** What retention may remove: what belongs to runs that are over, never ids, and nothing that waits for somebody. */
import { Violation } from '../engine/violation.ts';
import type { Change } from '../memoryTableStore.ts';
import type { Row } from '../../../shared/tables/tableStore.ts';
import { attemptName, LOG_TABLE, type RawTables, type Run, type Sync } from './logView.ts';
import { documentOf, journalPart, numberIn, outcomeLines, parkedLinesOf, type RawRow } from './rawRows.ts';

/** Statuses of lines to which nothing more has to happen. */
export const ENDS: ReadonlySet<string> = new Set(['FnOTransPosted', 'FnOTransCreated', 'DoNotSync']);

/** Whether a transaction is one of retention's: each names its turn. */
export function isOfRetention(changes: readonly Change[]): boolean {
  return changes.some(({ operation }) => operation.rowKey === 'retention');
}

/** Checks one row that such a transaction removes. `tables`: as they are after it. @throws Violation */
export function checkRemoval(
  tables: RawTables,
  partitionKey: string,
  { operation: { rowKey }, before }: Change,
  changes: readonly Change[],
): void {
  if (before === undefined) return;
  const fail = (what: string): never => {
    throw new Violation(`${partitionKey} ${rowKey}: retention removes it, ${what}`);
  };
  const read = (key: string): RawRow | undefined =>
    tables.query(LOG_TABLE, partitionKey, { from: key, before: `${key}!` })[0];
  const runAt = (number: number): Run | undefined => {
    const row = read(`run~${String(number).padStart(8, '0')}`);
    return row && (documentOf(row) as unknown as Run);
  };
  const [prefix = '', rest = '', attempt = ''] = rowKey.split('~');
  const removes = (key: string): Change | undefined =>
    changes.find(({ operation }) => operation.kind === 'delete' && operation.rowKey === key);
  const isOpen = (row: RawRow | undefined, seq: number): boolean => {
    if (row === undefined) return false;
    const { lines, redrives } = parkedLinesOf(row);
    return lines.some(
      (line) =>
        line.seq === seq &&
        !redrives.some((each) => each.lines.some(([from, at]) => from === seq && at === line.position)),
    );
  };
  switch (prefix) {
    case 'aggregated':
      if (!removes(`batch~${rest}`)) fail('without its batch');
      return;
    case 'batch': {
      const state = removes(`aggregated~${rest}`)?.before;
      if (state === undefined) return fail('and its state row stays, or it is not aggregated');
      const number = numberIn(state, 'run');
      const run = runAt(number);
      if (run?.commit === undefined || run.retiredAt === undefined) return fail(`and run ${number} goes on`);
      const name = attemptName(number, run.commit.attempt);
      const left = tables.query(LOG_TABLE, partitionKey, {
        from: `package~${name}~`,
        before: `package~${name}~:`,
      });
      if (left.length > 0) fail('and packages of its run are left');
      if (isOpen(read(`parked~${rest}`), Number(rest)) || isOpen(read(`parked~r${name}`), Number(rest)))
        fail('and a line of it is parked');
      return;
    }
    case 'sync': {
      const { calls, moved, batches } = documentOf(before) as unknown as Sync;
      if (calls.length > 0 || moved !== batches.length) fail('and it is under way');
      return;
    }
    case 'parked':
    case 'package':
    case 'outcome':
    case 'journal': {
      const number = Number(rest.replace('r', ''));
      const run = runAt(number);
      if (run?.commit === undefined || (prefix === 'parked' && !rest.startsWith('r')))
        return fail('and its run is not committed');
      if (run.commit.attempt !== attempt) return;
      if (run.retiredAt === undefined || prefix === 'parked') fail(`and run ${number} goes on`);
      checkOver(before, prefix, fail);
      return;
    }
    default:
      fail('which stays for ever');
  }
}

function checkOver(row: Row, prefix: string, fail: (what: string) => never): void {
  if (prefix === 'package' && documentOf(row)['status'] !== 'Settled') fail('and it is not settled');
  if (prefix === 'journal' && journalPart(row).kind === 'held') fail('and it is held');
  if (prefix === 'outcome' && !outcomeLines(row).every(({ status }) => ENDS.has(status)))
    fail('and a line of it is not at its end');
}
