/** What every single transaction must keep to: which rows may be written how, and which way statuses may go. */
import { Violation } from '../engine/violation.ts';
import type { Change } from '../memoryTableStore.ts';
import type { Row } from '../../../shared/tables/tableStore.ts';
import { LOG_TABLE, type Package, type RawTables, type State, STATES } from './logView.ts';
import { type Decision, documentOf, isRedrive, numberIn, outcomeLines, parkedLinesOf } from './rawRows.ts';
import { checkRemoval, isOfRetention } from './retentionChecks.ts';

const UPDATED = new Set(['head', 'sync', 'run', 'package', 'outcome', 'parked', 'retention', 'audit']);
const INSERTED = new Set([...UPDATED, ...STATES, 'batch', 'ids', 'open', 'journal', 'checkpoint']);

/** From a status to those that one write may show next: single edges, and edges that one look at SCM covers at once. */
const NEXT: Readonly<Record<string, readonly string[]>> = {
  Created: ['DoNotSync', 'FnOSyncEnqueued', 'FnOTransCreated', 'FnOTransCreateError', 'FnOTransPosted'],
  FnOSyncEnqueued: ['FnOTransCreated', 'FnOTransCreateError', 'FnOTransPosted', 'FnOTransPostError'],
  FnOTransCreated: ['FnOTransPosted', 'FnOTransPostError', 'FnOTransCreateError'],
  FnOTransPostError: ['FnOTransPosted', 'FnOTransCreateError', 'DoNotSync'],
  FnOTransCreateError: ['FnOSyncEnqueued', 'FnOTransCreated', 'FnOTransPosted', 'DoNotSync'],
  DoNotSync: ['FnOTransCreated', 'FnOTransPosted'],
  FnOTransPosted: [],
};

const RUN_NEXT: Readonly<Record<string, readonly string[]>> = {
  Sealing: ['Sealing', 'Sealed'],
  // Written once more as it is, before it is committed.
  Sealed: ['Sealed', 'Committed'],
  // That retention began with it; nothing else of it changes.
  Committed: ['Committed'],
};

/** Called back with each status that a line takes. */
export type StatusObserver = (from: string, to: string, rowKey: string) => void;

/** @param tables as they are after the transaction */
export function checkWrite(
  tables: RawTables,
  table: string,
  partitionKey: string,
  changes: readonly Change[],
  onStatus: StatusObserver,
): void {
  for (const { operation } of changes)
    if (operation.kind === 'update' && !operation.etag.startsWith('W/'))
      throw new Violation(`${table} ${operation.rowKey} was updated without a concrete ETag`);
  if (table !== LOG_TABLE) {
    if (changes.some(({ operation }) => operation.kind === 'delete'))
      throw new Violation(`a row of ${table} was deleted`);
    return;
  }
  const removes = isOfRetention(changes);
  for (const change of changes)
    if (removes && change.operation.kind === 'delete') checkRemoval(tables, partitionKey, change, changes);
    else checkChange(partitionKey, change, changes, onStatus);
}

function checkChange(
  partitionKey: string,
  { operation, before, after }: Change,
  changes: readonly Change[],
  onStatus: StatusObserver,
): void {
  const { kind, rowKey } = operation;
  const [prefix = '', rest = ''] = split(rowKey);
  const where = `${partitionKey} ${rowKey}`;
  if (kind === 'insert') {
    if (!INSERTED.has(prefix)) throw new Violation(`${where}: no such kind of row`);
    if (before !== undefined) throw new Violation(`${where}: an insert replaced a row`);
    if (isState(prefix) && prefix !== 'created') checkArrival(where, prefix, rest, changes);
    if (prefix === 'batch') checkAppend(where, rest, changes);
    return;
  }
  if (kind === 'delete') {
    // Checkpoints are derived: the ids~ rows hold what they say.
    if (prefix === 'open' || prefix === 'checkpoint') return;
    const next = isState(prefix) ? STATES[STATES.indexOf(prefix) + 1] : undefined;
    const moved =
      next !== undefined && changes.some(({ operation: other }) => other.rowKey === `${next}~${rest}`);
    if (!moved)
      throw new Violation(`${where}: a row was deleted that is no state row on its way to the next state`);
    return;
  }
  if (!UPDATED.has(prefix)) throw new Violation(`${where}: a row of this kind was updated`);
  if (before === undefined || after === undefined) return;
  if (prefix === 'outcome') {
    const [old, now] = [outcomeLines(before), outcomeLines(after)];
    if (old.length !== now.length) throw new Violation(`${where}: the number of lines changed`);
    now.forEach(({ status }, position) => {
      const from = old[position]?.status ?? '';
      if (from === status) return;
      if (!NEXT[from]?.includes(status))
        throw new Violation(`${where}: line ${position} went from ${from} to ${status}`);
      onStatus(from, status, rowKey);
    });
    const pack = changes.find(({ operation: other }) => other.rowKey === `package~${rest}`);
    if (pack === undefined) throw new Violation(`${where}: an outcome was written without its package`);
    now.forEach((line, position) => {
      const [was = [], is = []] = [old[position]?.decisions, line.decisions];
      if (JSON.stringify(is.slice(0, was.length)) !== JSON.stringify(was))
        throw new Violation(`${where}: what was decided about line ${position} changed`);
      // A reversal says nothing of the package; any other decision has to know what its submissions came to.
      const decided = is.slice(was.length).filter(({ kind: what }) => what !== 'reverse');
      if (decided.length > 0 && pack.before && documentOf(pack.before)['status'] === 'Sending')
        throw new Violation(`${where}: line ${position} was decided about while a submission was on its way`);
    });
  }
  if (prefix === 'package') {
    const [old, now] = [submissionsIn(before), submissionsIn(after)];
    const last = old.at(-1)?.result;
    const outcome = changes.find(({ operation: other }) => other.rowKey === `outcome~${rest}`);
    if (now.length > old.length && outcome?.after === undefined)
      throw new Violation(`${where}: a submission was marked without its outcome`);
    const next = now[old.length];
    if (next !== undefined && outcome?.after !== undefined)
      checkSubmission(
        where,
        old,
        next,
        outcomeLines(outcome.after).map(({ decisions = [] }) => decisions),
      );
    if (documentOf(before)['status'] === 'Settled' && documentOf(after)['status'] !== 'Settled') {
      const decided =
        outcome?.before && outcome.after && decisionsIn(outcome.after) > decisionsIn(outcome.before);
      if (!decided || !changes.some(({ operation: other }) => other.rowKey.startsWith('open~')))
        throw new Violation(`${where}: a settled package was taken up again`);
    }
    // One that was given up as lost can turn out to have had no effect; that it had none is checked against SCM itself.
    if (now.length < old.length && last === 'enqueued')
      throw new Violation(`${where}: a submission that is ${last} was taken back`);
  }
  if (prefix === 'run') {
    const [old, now] = [String(documentOf(before)['status']), String(documentOf(after)['status'])];
    if (!RUN_NEXT[old]?.includes(now)) throw new Violation(`${where}: a run went from ${old} to ${now}`);
    if (
      now === 'Sealed' &&
      old === 'Sealed' &&
      JSON.stringify(documentOf(after)) !== JSON.stringify(documentOf(before))
    )
      throw new Violation(`${where}: a sealed run was changed`);
    const { retiredAt, ...committed } = documentOf(after);
    const isRetired =
      retiredAt !== undefined && JSON.stringify(committed) === JSON.stringify(documentOf(before));
    if (old === 'Committed' && !isRetired) throw new Violation(`${where}: a committed run was changed`);
  }
  if (prefix === 'parked') {
    const [old, now] = [parkedLinesOf(before), parkedLinesOf(after)];
    if (JSON.stringify(old.lines) !== JSON.stringify(now.lines))
      throw new Violation(`${where}: what is excluded changed`);
    if (JSON.stringify(now.redrives.slice(0, -1)) !== JSON.stringify(old.redrives))
      throw new Violation(`${where}: what was driven again changed`);
    const batch = `batch~${String(now.redrives.at(-1)?.batch).padStart(12, '0')}`;
    if (!changes.some(({ operation: other }) => other.kind === 'insert' && other.rowKey === batch))
      throw new Violation(`${where}: lines were driven again into no new batch`);
  }
  if (prefix === 'head' && numberIn(after, 'tail') < numberIn(before, 'tail'))
    throw new Violation(`${where}: the head went back`);
}

/** A line goes out again only where its last submission is lost, or somebody has asked for it since. */
function checkSubmission(
  where: string,
  earlier: Package['submissions'],
  next: Package['submissions'][number],
  decisions: readonly (readonly Decision[])[],
): void {
  decisions.forEach((decided, position) => {
    const carries = ({ lines }: { lines: 'all' | readonly number[] }): boolean =>
      lines === 'all' || lines.includes(position);
    const last = earlier.findLast(carries);
    if (!carries(next) || last === undefined || last.result === 'lost') return;
    const asked = decided.findLast(({ kind }) => kind === 'resend');
    if (asked?.after === undefined || last.number > asked.after)
      throw new Violation(
        `${where}: line ${position} is sent again, its last submission is ${last.result}, and nobody asked for it`,
      );
  });
}

function decisionsIn(outcome: Row): number {
  return outcomeLines(outcome).reduce((sum, { decisions = [] }) => sum + decisions.length, 0);
}

function submissionsIn(row: Row): Package['submissions'] {
  return (documentOf(row) as unknown as Package).submissions;
}

function checkArrival(where: string, state: State, rest: string, changes: readonly Change[]): void {
  const previous = STATES[STATES.indexOf(state) - 1] ?? 'created';
  const moved = changes.some(
    ({ operation }) => operation.kind === 'delete' && operation.rowKey === `${previous}~${rest}`,
  );
  const isInline =
    state === 'syncing' && changes.some(({ operation }) => operation.rowKey === `batch~${rest}`);
  const batch = changes.find(({ operation }) => operation.rowKey === `batch~${rest}`)?.after;
  const isDriven = state === 'posted' && batch !== undefined && isRedrive(batch);
  if (!moved && !isInline && !isDriven) throw new Violation(`${where}: a state row came from nowhere`);
}

function checkAppend(where: string, rest: string, changes: readonly Change[]): void {
  const has = (rowKey: string): boolean => changes.some(({ operation }) => operation.rowKey === rowKey);
  if (
    !has('head') ||
    !has(`ids~${rest}`) ||
    !(has(`created~${rest}`) || has(`syncing~${rest}`) || has(`posted~${rest}`))
  )
    throw new Violation(`${where}: a batch was written without its head, ids and state row`);
}

function split(rowKey: string): [string, string] {
  const at = rowKey.indexOf('~');
  return at < 0 ? [rowKey, ''] : [rowKey.slice(0, at), rowKey.slice(at + 1)];
}

function isState(prefix: string): prefix is State {
  return (STATES as readonly string[]).includes(prefix);
}
