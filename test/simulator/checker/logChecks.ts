/** What must hold of one log at any moment: the chain of batches, their ids, states, synchronizations and runs. */
import { Violation } from '../engine/violation.ts';
import type { AppliedEvent } from '../models/inventoryVisibilityModel.ts';
import { guidText, keyOf, recordIdOf } from './arithmetic.ts';
import { attemptName, type LogView, presentPlace } from './logView.ts';
import {
  bytesOf,
  isRedrive,
  linesOfBatch,
  numberIn,
  type RawRow,
  type StoredLine,
  textIn,
} from './rawRows.ts';

/** Where a line stands. */
export interface Place {
  readonly seq: number;
  readonly position: number;
}

const recordIds = new WeakMap<StoredLine, string>();

/** The record id of a stored line, worked out once. */
export function recordIdIn(view: LogView, line: StoredLine): string {
  let id = recordIds.get(line);
  if (id === undefined)
    recordIds.set(line, (id = recordIdOf(view.environmentId, line.organizationId, line.id)));
  return id;
}

const DIGEST_BYTES = 16;
const ENTRY_BYTES = 24;

/** Checks the chain; returns where each line stands, by record id. */
export function checkChain(view: LogView): Map<string, Place> {
  const { partitionKey, head, batches, ids, states } = view;
  const fail = (what: string): never => {
    throw new Violation(`${partitionKey}: ${what}`);
  };
  const tail = head === undefined ? 0 : numberIn(head, 'tail');
  if (batches.size !== tail || ids.size !== tail || states.size !== tail)
    fail(
      `the head says ${tail}, there are ${batches.size} batches, ${ids.size} id rows, ${states.size} states`,
    );
  const places = new Map<string, Place>();
  let driven = 0;
  let previous = '';
  for (let seq = 1; seq <= tail; seq++) {
    const [batch, idRow, state] = [batches.get(seq), ids.get(seq), states.get(seq)];
    if (batch === undefined || idRow === undefined || state === undefined)
      return fail(`batch ${seq} is not whole`);
    if (state.length !== 1) fail(`batch ${seq} has ${state.length} state rows`);
    const batchId = textIn(batch, 'batchId');
    if (textIn(idRow, 'batchId') !== batchId) fail(`the ids of batch ${seq} are those of another`);
    if (textIn(idRow, 'previousBatchId') !== previous) fail(`batch ${seq} does not follow the one before it`);
    previous = batchId;
    const lines = linesOfBatch(batch);
    const digests = digestsIn(idRow);
    const again = isRedrive(batch);
    for (const count of [
      numberIn(batch, 'lineCount'),
      numberIn(idRow, 'lineCount') + (again ? lines.length : 0),
      numberIn(state[0]!.row, 'lineCount'),
    ])
      if (count !== lines.length) fail(`batch ${seq} has ${lines.length} lines and says ${count}`);
    if (again) {
      driven += lines.length;
      checkDriven(view, seq, idRow, lines);
      continue;
    }
    if (digests.length !== lines.length) fail(`batch ${seq} has ${digests.length} ids`);
    lines.forEach((line, position) => {
      const id = recordIdIn(view, line);
      if (digests[position] !== id) fail(`line ${position} of batch ${seq} has the digest of another id`);
      if (keyOf(line.organizationId) !== view.organizationKey)
        fail(`line ${position} of batch ${seq} belongs to ${line.organizationId}`);
      const twin = places.get(id);
      if (twin) fail(`id ${line.id} was accepted twice: in batch ${twin.seq} and in batch ${seq}`);
      places.set(id, { seq, position });
    });
  }
  if (driven !== view.moved.size)
    fail(`${view.moved.size} parked lines were driven again, ${driven} lines stand in batches of such`);
  if (head !== undefined && textIn(head, 'batchId') !== previous) fail('the head names another last batch');
  return places;
}

/** A batch of lines that are driven again: each was parked where the batch says, and went from there to here. */
function checkDriven(view: LogView, seq: number, idRow: RawRow, lines: readonly StoredLine[]): void {
  const origins = textIn(idRow, 'origins').split(' ');
  if (origins.length !== lines.length)
    throw new Violation(`${view.partitionKey}: batch ${seq} has ${origins.length} origins`);
  lines.forEach((line, position) => {
    const [from = 0, at = 0] = (origins[position] ?? '').split('.').map(Number);
    const gone = view.moved.get(`${from}/${at}`);
    const batch = view.batches.get(from);
    const origin = batch && linesOfBatch(batch)[at];
    if (gone?.seq !== seq || gone.position !== position || from >= seq)
      throw new Violation(
        `${view.partitionKey}: line ${position} of batch ${seq} did not come from ${from}.${at}`,
      );
    if (JSON.stringify(origin) !== JSON.stringify(line))
      throw new Violation(`${view.partitionKey}: line ${position} of batch ${seq} was changed on its way`);
  });
}

const digestsOfRows = new WeakMap<RawRow, readonly string[]>();

/** The digests of an `ids~` row as GUIDs. */
function digestsIn(row: RawRow): readonly string[] {
  let known = digestsOfRows.get(row);
  if (known === undefined) {
    const bytes = bytesOf(row);
    known = Array.from({ length: bytes.length / ENTRY_BYTES }, (_, index) =>
      guidText(bytes.subarray(index * ENTRY_BYTES, index * ENTRY_BYTES + DIGEST_BYTES)),
    );
    digestsOfRows.set(row, known);
  }
  return known;
}

/**
 * Every batch on its way is in one synchronization, and the cache knows exactly what the rows say. `mayKnowMore`: storage
 * went back in time, so the cache may have applied a line before the rows say so.
 */
export function checkSyncs(
  view: LogView,
  applied: ReadonlyMap<string, AppliedEvent>,
  mayKnowMore: boolean,
): void {
  const fail = (what: string): never => {
    throw new Violation(`${view.partitionKey}: ${what}`);
  };
  const syncOf = new Map<number, number>();
  for (const [first, { batches }] of view.syncs)
    for (const [seq] of batches) {
      if (syncOf.has(seq)) fail(`batch ${seq} is in two synchronizations`);
      syncOf.set(seq, first);
    }
  for (const [seq, states] of view.states) {
    const { state, row } = states[0]!;
    const first = syncOf.get(seq);
    const batch = view.batches.get(seq);
    // Lines that the cache has applied before go straight to the next run.
    const skipsCache = batch !== undefined && isRedrive(batch) && state !== 'syncing';
    if ((state === 'created') !== (first === undefined) && !(skipsCache && first === undefined))
      fail(`batch ${seq} is ${state} and in sync ${first}`);
    if (first !== undefined && numberIn(row, 'sync') !== first)
      fail(`batch ${seq} names another synchronization`);
    const sync = first === undefined ? undefined : view.syncs.get(first);
    const place = sync?.batches.findIndex(([of]) => of === seq) ?? 0;
    if (sync && (state === 'syncing') !== place >= sync.moved)
      fail(`batch ${seq} is ${state}, synchronization ${first} moved ${sync.moved} of its batches`);
    if (sync && sync.moved > 0 && sync.calls.length > 0)
      fail(`synchronization ${first} ended with open calls`);
    checkCache(view, seq, applied, mayKnowMore);
  }
}

function checkCache(
  view: LogView,
  seq: number,
  applied: ReadonlyMap<string, AppliedEvent>,
  mayKnowMore: boolean,
): void {
  const batch = view.batches.get(seq);
  if (batch === undefined || isRedrive(batch)) return;
  linesOfBatch(batch).forEach((line, accepted) => {
    const present = presentPlace(view, { seq, position: accepted });
    const state = view.states.get(present.seq)?.[0]?.state ?? 'nowhere';
    if (state === 'syncing') return;
    const id = recordIdIn(view, line);
    const times = applied.get(id)?.times.length ?? 0;
    const reason = view.parked.get(present.seq)?.get(present.position);
    const wanted = state === 'created' || reason === 'refused' ? 0 : 1;
    const isRight = reason === 'unknown' || (mayKnowMore && wanted === 0) ? times <= 1 : times === wanted;
    if (!isRight)
      throw new Violation(
        `${view.partitionKey}: line ${accepted} of batch ${seq} (id ${line.id}) is ${reason ?? state} ` +
          `and was applied ${times} times by Inventory Visibility`,
      );
  });
}

/**
 * Runs are numbered without gaps, one is open at a time, a batch is in one of them. `rewound`: storage went back in time,
 * and an instance that was about to open a run may have opened it past those that it knew.
 */
export function checkRuns(view: LogView, rewound: boolean): void {
  const fail = (what: string): never => {
    throw new Violation(`${view.partitionKey}: ${what}`);
  };
  const runOf = new Map<number, number>();
  const newest = Math.max(0, ...view.runs.keys());
  for (let number = 1; number <= newest; number++) {
    const run = view.runs.get(number);
    if (run === undefined && rewound) continue;
    if (run === undefined) return fail(`run ${number} is missing`);
    if (run.status !== 'Committed' && number !== newest && !rewound)
      fail(`run ${number} was left uncommitted`);
    if (run.status !== 'Committed' && !view.openRuns.has(number)) fail(`nobody will look at run ${number}`);
    for (const [seq, lines] of run.batches) {
      if (runOf.has(seq)) fail(`batch ${seq} is in run ${runOf.get(seq)} and in run ${number}`);
      runOf.set(seq, number);
      const states = view.states.get(seq);
      if (states?.[0]?.state !== 'aggregated' || numberIn(states[0].row, 'run') !== number)
        fail(`run ${number} sealed batch ${seq}, whose state row does not say so`);
      const batch = view.batches.get(seq);
      if (batch === undefined || linesOfBatch(batch).length !== lines)
        fail(`run ${number} miscounts batch ${seq}`);
    }
  }
  for (const [seq, states] of view.states)
    if (states[0]?.state === 'aggregated' && !runOf.has(seq))
      fail(`batch ${seq} is aggregated and in no run`);
}

/** Packages that are not done stand in a run that the timers look at. */
export function checkUnfinished(view: LogView): void {
  for (const [number, run] of view.runs) {
    if (run.commit === undefined) continue;
    const name = attemptName(number, run.commit.attempt);
    for (const [key, { status }] of view.packages)
      if (key.startsWith(`${name}~`) && status !== 'Settled' && !view.openRuns.has(number))
        throw new Violation(`${view.partitionKey}: nobody will look at package ${key}, which is ${status}`);
  }
}
