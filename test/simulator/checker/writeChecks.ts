/** What every single transaction must keep to: which rows may be written how, and which way statuses may go. */
import { Violation } from '../engine/violation.ts';
import type { Change } from '../memoryTableStore.ts';
import type { Row } from '../../../shared/tables/tableStore.ts';
import { LOG_TABLE, type Package, type State, STATES } from './logView.ts';
import { documentOf, numberIn, outcomeLines } from './rawRows.ts';

const UPDATED = new Set(['head', 'sync', 'run', 'package', 'outcome', 'parked']);
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
  Sealed: ['Committed'],
  Committed: [],
};

/** Called back with each status that a line takes. */
export type StatusObserver = (from: string, to: string, rowKey: string) => void;

export function checkWrite(
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
  for (const change of changes) checkChange(partitionKey, change, changes, onStatus);
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
    if (!changes.some(({ operation: other }) => other.rowKey === `package~${rest}`))
      throw new Violation(`${where}: an outcome was written without its package`);
  }
  if (prefix === 'package') {
    const [old, now] = [submissionsIn(before), submissionsIn(after)];
    const last = old.at(-1)?.result;
    if (now.length > old.length && last !== undefined && last !== 'lost')
      throw new Violation(`${where}: sent again although its last submission is ${last}`);
    if (
      now.length > old.length &&
      !changes.some(({ operation: other }) => other.rowKey === `outcome~${rest}`)
    )
      throw new Violation(`${where}: a submission was marked without its outcome`);
    if (documentOf(before)['status'] === 'Settled' && documentOf(after)['status'] !== 'Settled')
      throw new Violation(`${where}: a settled package was taken up again`);
    if (now.length < old.length && last !== 'sending')
      throw new Violation(`${where}: a submission that is ${last} was taken back`);
  }
  if (prefix === 'run') {
    const [old, now] = [String(documentOf(before)['status']), String(documentOf(after)['status'])];
    if (!RUN_NEXT[old]?.includes(now)) throw new Violation(`${where}: a run went from ${old} to ${now}`);
  }
  if (
    prefix === 'parked' &&
    JSON.stringify(documentOf(before)['excluded']) !== JSON.stringify(documentOf(after)['excluded'])
  )
    throw new Violation(`${where}: what is excluded changed`);
  if (prefix === 'head' && numberIn(after, 'tail') < numberIn(before, 'tail'))
    throw new Violation(`${where}: the head went back`);
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
  if (!moved && !isInline) throw new Violation(`${where}: a state row came from nowhere`);
}

function checkAppend(where: string, rest: string, changes: readonly Change[]): void {
  const has = (rowKey: string): boolean => changes.some(({ operation }) => operation.rowKey === rowKey);
  if (!has('head') || !has(`ids~${rest}`) || !(has(`created~${rest}`) || has(`syncing~${rest}`)))
    throw new Violation(`${where}: a batch was written without its head, ids and state row`);
}

function split(rowKey: string): [string, string] {
  const at = rowKey.indexOf('~');
  return at < 0 ? [rowKey, ''] : [rowKey.slice(0, at), rowKey.slice(at + 1)];
}

function isState(prefix: string): prefix is State {
  return (STATES as readonly string[]).includes(prefix);
}
