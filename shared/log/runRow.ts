/**
 * The `run~` row: one aggregation run, `Sealing → Sealed → Committed`. It names the batches it sealed, the settings it
 * captured, a random nonce that goes into every key the ERP sees, and the one attempt at computing it that counts.
 */
import type { FoldingSettings } from '../aggregation/foldingRules.ts';
import type { Row, TableOperation, TableStore } from '../tables/tableStore.ts';
import { jsonOf, jsonProperties, ROW_VERSION } from './packedRow.ts';
import { ADJUSTMENT_LOG, OPEN_RUNS, openRunKey, reopenedRunKey, runKey, runOfMarker } from './rowKeys.ts';

/** What the committing update fixed for ever. */
export interface RunCommit {
  /** Random name of the attempt; rows of other attempts are garbage. */
  readonly attempt: string;
  readonly at: number;
  readonly journals: number;
  readonly aggregatedLines: number;
  readonly unfoldable: number;
  /** Per package, from number 1: 8 bytes of hash over its journals' rows; base64 of all of them in a row. */
  readonly packageHashes: string;
}

export interface RunState {
  readonly status: 'Sealing' | 'Sealed' | 'Committed';
  /** Goes into every key the ERP sees. Random, and mixed by the commit with the hash of what it committed. */
  readonly nonce: string;
  readonly openedAt: number;
  readonly settings: FoldingSettings;
  /** Sequence number, number of lines and time of acceptance of each sealed batch. */
  readonly batches: readonly (readonly [seq: number, lines: number, createdAt: number])[];
  readonly commit?: RunCommit;
  /** When retention began to remove what belongs to the run: from then on, what is missing is past retention. */
  readonly retiredAt?: number;
}

export interface StoredRun {
  readonly number: number;
  readonly state: RunState;
  readonly etag: string;
}

export type CommittedRun = StoredRun & { readonly state: RunState & { readonly commit: RunCommit } };

export function isCommitted(run: StoredRun): run is CommittedRun {
  return run.state.status === 'Committed' && run.state.commit !== undefined;
}

/** Opening a run: the row itself, and the marker by which timers find it. */
export function runInserts(number: number, state: RunState): TableOperation[] {
  return [
    { kind: 'insert', rowKey: runKey(number), properties: jsonProperties(state) },
    openRunInsert(number),
  ];
}

/** The marker by which timers find a run. */
export function openRunInsert(number: number): TableOperation {
  return { kind: 'insert', rowKey: openRunKey(number), properties: { v: ROW_VERSION } };
}

/** Whether retention has begun with a run: what is missing of it is past retention, not lost. @throws TableError */
export async function isRetired(tables: TableStore, partitionKey: string, number: number): Promise<boolean> {
  return (await readRun(tables, partitionKey, number))?.state.retiredAt !== undefined;
}

export function runUpdate(run: StoredRun, state: RunState): TableOperation {
  return { kind: 'update', rowKey: runKey(run.number), properties: jsonProperties(state), etag: run.etag };
}

/** @throws UnknownRowVersionError */
function runOf(row: Row, number: number): StoredRun {
  return { number, state: jsonOf(row) as RunState, etag: row.etag };
}

/** @throws TableError */
export async function readRun(
  tables: TableStore,
  partitionKey: string,
  number: number,
): Promise<StoredRun | undefined> {
  const row = await tables.get(ADJUSTMENT_LOG, partitionKey, runKey(number));
  return row === undefined ? undefined : runOf(row, number);
}

/** Numbers of the runs that have anything left to do, oldest first. @throws TableError */
export async function openRuns(tables: TableStore, partitionKey: string): Promise<number[]> {
  return [...(await openRunMarkers(tables, partitionKey)).keys()];
}

/** The same, each with the row keys of its markers. @throws TableError */
export async function openRunMarkers(
  tables: TableStore,
  partitionKey: string,
): Promise<Map<number, string[]>> {
  const rows = await tables.query(ADJUSTMENT_LOG, partitionKey, OPEN_RUNS);
  const markers = new Map<number, string[]>();
  for (const { rowKey } of rows) {
    const number = runOfMarker(rowKey);
    markers.set(number, [...(markers.get(number) ?? []), rowKey]);
  }
  return markers;
}

/**
 * Makes a run that was done be looked at again; belongs into the transaction that gives it something to do. The marker is
 * one of its own, so that nobody who saw the run done takes it away.
 */
export function reopenInsert(number: number, id: string): TableOperation {
  return { kind: 'insert', rowKey: reopenedRunKey(number, id), properties: { v: ROW_VERSION } };
}

/** Number of the newest run, 0 when there is none. Runs are numbered without gaps, so a few point reads find it. */
export async function newestRun(tables: TableStore, partitionKey: string, atLeast: number): Promise<number> {
  const exists = async (number: number): Promise<boolean> =>
    (await tables.get(ADJUSTMENT_LOG, partitionKey, runKey(number))) !== undefined;
  let known = atLeast;
  let step = 1;
  while (await exists(known + step)) {
    known += step;
    step *= 2;
  }
  // The newest lies in [known, known + step).
  let beyond = known + step;
  while (beyond - known > 1) {
    const middle = (known + beyond) >>> 1;
    if (await exists(middle)) known = middle;
    else beyond = middle;
  }
  return known;
}

/**
 * Takes a run's markers away, once nothing is left to do for it: those that stood there before it was looked at.
 * @throws TableError
 */
export async function closeRun(
  tables: TableStore,
  partitionKey: string,
  markers: readonly string[],
): Promise<void> {
  const deletes = markers.slice(0, 100).map((rowKey): TableOperation => ({ kind: 'delete', rowKey }));
  await tables.transact(ADJUSTMENT_LOG, partitionKey, deletes);
}
