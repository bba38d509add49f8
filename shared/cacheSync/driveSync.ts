/**
 * Carries a cache synchronization to its end: token, record of the attempt, call with that token only, record of the
 * answer; and when every call is answered, the move of the batches to *posted*. Any step may be repeated or taken over
 * by another instance: a lost If-Match ends this one's part.
 */
import { lineRecordIdText, lineRecordId } from '../adjustments/lineRecordId.ts';
import type { InventoryVisibility, OnHandEvent } from '../inventoryVisibility/inventoryVisibility.ts';
import { readBatches } from '../log/readBatches.ts';
import { parkedInsert } from '../log/parkedRow.ts';
import { ADJUSTMENT_LOG } from '../log/rowKeys.ts';
import { moveState } from '../log/stateRows.ts';
import { type StoredSync, type SyncCall, type SyncState, syncUpdate } from '../log/syncRow.ts';
import type { Runtime } from '../runtime/ports.ts';
import { TableError, type TableOperation, type TableStore } from '../tables/tableStore.ts';
import { afterAnswer, type CallResult, mayRepeat, parkAsUnknown, withAttempt } from './syncCalls.ts';

/** Calls in flight at once. */
const CALLS_AT_ONCE = 4;
/**
 * How long others leave a synchronization alone after a sign of life. Longer than a call may take: an instance that took
 * over while the call of another is on its way would make that call's answer worthless.
 */
export const WORKING_MS = 45_000;
/** Excluded events that keep their message in full; of further ones it is cut, so that the row stays within its limit. */
const FULL_MESSAGES = 1_000;
const SHORT_MESSAGE_LENGTH = 40;
/** Batches moved by one transaction: three operations each and the sync row, at most 100. */
const BATCHES_PER_MOVE = 33;

export interface SyncDependencies {
  readonly tables: TableStore;
  readonly runtime: Runtime;
  readonly inventoryVisibility: InventoryVisibility;
  readonly partitionKey: string;
  readonly environmentKey: string;
  readonly organizationKey: string;
  readonly window: { readonly eventIdWindowMs: number; readonly processingBoundMs: number };
}

/** How long to stay with a synchronization. */
export interface Patience {
  /** No further attempt is begun from here on. Milliseconds since the Unix epoch. */
  readonly deadline: number;
  /** The longest pause before a repeat that is waited out; a longer one is left to the next tick. Milliseconds. */
  readonly longestPauseMs: number;
}

/**
 * Works on a synchronization until it is finished, another instance takes it over, or the patience is at its end.
 * Resolves with whether it is finished. @throws TableError, DependencyError
 */
export async function driveSync(
  dependencies: SyncDependencies,
  sync: StoredSync,
  { deadline, longestPauseMs }: Patience,
): Promise<boolean> {
  const { runtime, inventoryVisibility } = dependencies;
  let current = sync;
  const events = current.state.calls.length > 0 ? await eventsOf(dependencies, current.state) : [];
  while (current.state.calls.length > 0) {
    const now = runtime.clock.now();
    const ready = current.state.calls
      .filter(({ notBefore }) => (notBefore ?? 0) <= now)
      .slice(0, CALLS_AT_ONCE);
    if (ready.length === 0) {
      const next = Math.min(...current.state.calls.map(({ notBefore }) => notBefore ?? 0));
      if (next >= deadline || next - now > longestPauseMs) return false;
      await runtime.clock.sleep(next - now);
      continue;
    }
    if (now >= deadline) return false;
    const token = await inventoryVisibility.token().catch(async (error: unknown) => {
      await endWork(dependencies, current);
      throw error;
    });
    const results = new Map<SyncCall, CallResult>();
    const outgoing: SyncCall[] = [];
    for (const call of ready) {
      if (mayRepeat(call, token.expiresAt, dependencies.window)) {
        const attempt = withAttempt(call, now, token.expiresAt);
        results.set(call, { calls: [attempt], excluded: [] });
        outgoing.push(attempt);
      } else
        results.set(call, parkAsUnknown(call, 'not repeated: the service may have forgotten the event ids'));
    }
    const recorded = await record(
      dependencies,
      current,
      withResults(current.state, results, now + WORKING_MS),
    );
    if (recorded === undefined) return false;
    const answered = new Map<SyncCall, CallResult>();
    await Promise.all(
      outgoing.map(async (call) => {
        const answer = await inventoryVisibility.postOnHand(token, events.slice(call.from, call.to));
        answered.set(
          call,
          afterAnswer(call, answer, runtime.clock.now(), (event) => events[event]?.id ?? ''),
        );
      }),
    );
    // With every answer recorded nothing is lost when another instance goes on.
    const after = withResults(recorded.state, answered, 0);
    const stored = await record(dependencies, recorded, after);
    if (stored === undefined) return false;
    current = stored;
  }
  return moveToPosted(dependencies, current);
}

/** Lets others go on at once with a synchronization on which nothing is under way. */
async function endWork(dependencies: SyncDependencies, sync: StoredSync): Promise<void> {
  if (sync.state.workingUntil > dependencies.runtime.clock.now())
    await record(dependencies, sync, { ...sync.state, workingUntil: 0 });
}

/** The state with each call replaced by what became of it. */
function withResults(
  state: SyncState,
  results: ReadonlyMap<SyncCall, CallResult>,
  workingUntil: number,
): SyncState {
  const excluded = [...state.excluded, ...[...results.values()].flatMap((result) => result.excluded)].map(
    (event, index) =>
      index < FULL_MESSAGES ? event : { ...event, message: event.message.slice(0, SHORT_MESSAGE_LENGTH) },
  );
  const calls = state.calls.flatMap((call) => results.get(call)?.calls ?? [call]);
  return { ...state, calls, excluded, workingUntil };
}

/** Stores a state If-Match; undefined when another instance was first. */
async function record(
  { tables, partitionKey }: SyncDependencies,
  sync: StoredSync,
  state: SyncState,
  others: readonly TableOperation[] = [],
): Promise<StoredSync | undefined> {
  try {
    const etags = await tables.transact(ADJUSTMENT_LOG, partitionKey, [...others, syncUpdate(sync, state)]);
    const etag = etags.at(-1);
    return etag === undefined ? undefined : { firstSeq: sync.firstSeq, state, etag };
  } catch (error) {
    if (error instanceof TableError && ['changed', 'missing', 'exists'].includes(error.failure))
      return undefined;
    throw error;
  }
}

async function moveToPosted(dependencies: SyncDependencies, sync: StoredSync): Promise<boolean> {
  let current = sync;
  while (current.state.moved < current.state.batches.length) {
    const { state } = current;
    const moving = state.batches.slice(state.moved, state.moved + BATCHES_PER_MOVE);
    const postedAt = dependencies.runtime.clock.now();
    let firstEvent = state.batches.slice(0, state.moved).reduce((sum, [, lines]) => sum + lines, 0);
    const operations: TableOperation[] = [];
    for (const [seq, lineCount, createdAt] of moving) {
      const from = { seq, state: 'syncing', lineCount, createdAt, sync: sync.firstSeq } as const;
      operations.push(...moveState(from, { ...from, state: 'posted', postedAt }));
      const start = firstEvent;
      const excluded = state.excluded.filter(({ event }) => event >= start && event < start + lineCount);
      if (excluded.length > 0)
        operations.push(
          parkedInsert(
            seq,
            excluded.map(({ event, ...why }) => ({ position: event - start, ...why })),
          ),
        );
      firstEvent += lineCount;
    }
    const stored = await record(
      dependencies,
      current,
      { ...state, moved: state.moved + moving.length },
      operations,
    );
    if (stored === undefined) return false;
    current = stored;
  }
  return true;
}

/**
 * The events of a synchronization, in order. @throws Error when a batch is missing or is not the one that was taken over:
 * both only happen to a log that went back in time.
 */
async function eventsOf(dependencies: SyncDependencies, state: SyncState): Promise<OnHandEvent[]> {
  const { tables, partitionKey, environmentKey, organizationKey } = dependencies;
  const lineCounts = new Map(state.batches.map(([seq, lines]) => [seq, lines]));
  const events: OnHandEvent[] = [];
  for await (const batch of readBatches(tables, partitionKey, [...lineCounts.keys()])) {
    if (batch.lines.length !== lineCounts.get(batch.seq))
      throw new Error(
        `Batch ${batch.seq} of ${partitionKey} has ${batch.lines.length} lines, not the ${lineCounts.get(batch.seq) ?? 0} ` +
          `that synchronization ${state.batches[0]?.[0] ?? 0} names: storage went back in time. Nothing of it is sent; put the counts of its row right.`,
      );
    for (const line of batch.lines)
      events.push({
        id: lineRecordIdText(lineRecordId(environmentKey, organizationKey, line.id)),
        organizationId: line.organizationId,
        productId: line.productId,
        dataSource: line.quantityDataSource,
        physicalMeasure: line.physicalMeasure,
        dimensions: line.dimensions.pairs(),
        quantity: line.quantity,
      });
  }
  return events;
}
