/**
 * The `sync~` row: one cache synchronization, its batches, its calls, and every attempt of each call. The events of a
 * synchronization are its batches' lines one after the other, numbered from 0; a call covers a range of them.
 */
import type { Row, TableOperation, TableStore } from '../tables/tableStore.ts';
import { MAX_EVENTS_PER_CALL } from '../inventoryVisibility/inventoryVisibility.ts';
import type { ParkReason } from './parkedRow.ts';
import { jsonOf, jsonProperties } from './packedRow.ts';
import { ADJUSTMENT_LOG, seqKey } from './rowKeys.ts';
import { stateInsert } from './stateRows.ts';

/** How one try of a call ended. `pending`: recorded before it went out, and nothing recorded since. */
export type AttemptOutcome = 'pending' | 'answered' | 'refused' | 'noEffect' | 'unknown';

export interface SyncAttempt {
  /** When it was recorded, just before it went out. Milliseconds since the Unix epoch. */
  readonly at: number;
  /** No effect of it can begin later than this, plus the service's own processing time. */
  readonly tokenExpiresAt: number;
  readonly outcome: AttemptOutcome;
  readonly message?: string;
}

/** A call that is not answered yet. */
export interface SyncCall {
  /** First event, and the one after the last. */
  readonly from: number;
  readonly to: number;
  /** Every attempt of it, and those of the calls it was split from. */
  readonly attempts: readonly SyncAttempt[];
  /** Not to be repeated earlier. Milliseconds since the Unix epoch. */
  readonly notBefore?: number;
}

/** An event that no call applied. */
export interface ExcludedEvent {
  readonly event: number;
  readonly reason: ParkReason;
  readonly message: string;
  readonly statusCode?: number;
  /** Of an event that is unknown: when the token of its last attempt expires. Milliseconds since the Unix epoch. */
  readonly tokenExpiresAt?: number;
}

export interface SyncState {
  /** Carried out by the request that accepted the lines; by a timer only after that request's time. */
  readonly inline: boolean;
  readonly createdAt: number;
  /** Sequence number, number of lines, and time of acceptance of each batch. */
  readonly batches: readonly (readonly [seq: number, lines: number, createdAt: number])[];
  /** What is still to be answered. */
  readonly calls: readonly SyncCall[];
  readonly excluded: readonly ExcludedEvent[];
  /** How many of the batches have been moved to *posted*. */
  readonly moved: number;
  /** A hint: somebody is at work until then. Milliseconds since the Unix epoch. */
  readonly workingUntil: number;
}

export interface StoredSync {
  readonly firstSeq: number;
  readonly state: SyncState;
  readonly etag: string;
}

/** How long a request may work on the synchronization it began before a timer may go on with it. */
export const INLINE_BUDGET_MS = 20_000;

/** A synchronization of these batches, cut into calls; none of them sent yet. */
export function newSync(
  batches: SyncState['batches'],
  createdAt: number,
  inline: boolean,
  workingUntil: number,
): SyncState {
  const events = batches.reduce((sum, [, lines]) => sum + lines, 0);
  const calls: SyncCall[] = [];
  for (let from = 0; from < events; from += MAX_EVENTS_PER_CALL)
    calls.push({ from, to: Math.min(events, from + MAX_EVENTS_PER_CALL), attempts: [] });
  return { inline, createdAt, batches, calls, excluded: [], moved: 0, workingUntil };
}

export function syncInsert(firstSeq: number, state: SyncState): TableOperation {
  return { kind: 'insert', rowKey: seqKey('sync', firstSeq), properties: jsonProperties(state) };
}

export function syncUpdate(sync: StoredSync, state: SyncState): TableOperation {
  return {
    kind: 'update',
    rowKey: seqKey('sync', sync.firstSeq),
    properties: jsonProperties(state),
    etag: sync.etag,
  };
}

/** The rows by which an append begins the synchronization of its own batch. */
export function inlineSyncInserts(seq: number, lineCount: number, now: number): TableOperation[] {
  return [
    stateInsert({ seq, state: 'syncing', lineCount, createdAt: now, sync: seq }),
    syncInsert(seq, newSync([[seq, lineCount, now]], now, true, now + INLINE_BUDGET_MS)),
  ];
}

/** @throws UnknownRowVersionError */
export function syncOf(row: Row, firstSeq: number): StoredSync {
  return { firstSeq, state: jsonOf(row) as SyncState, etag: row.etag };
}

/** @throws TableError */
export async function readSync(
  tables: TableStore,
  partitionKey: string,
  firstSeq: number,
): Promise<StoredSync | undefined> {
  const row = await tables.get(ADJUSTMENT_LOG, partitionKey, seqKey('sync', firstSeq));
  return row === undefined ? undefined : syncOf(row, firstSeq);
}
