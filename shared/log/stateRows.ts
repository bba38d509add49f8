/**
 * The state row of a batch: exactly one of `created~`, `syncing~`, `posted~` and `aggregated~`. Its prefix is the state
 * of all the batch's lines; it is never edited, only moved by one transaction that deletes the old key and inserts the
 * new one. Each move carries along when the earlier ones were.
 */
import type { Row, RowProperties, TableOperation, TableStore } from '../tables/tableStore.ts';
import { assertKnownVersion, numberOf, ROW_VERSION } from './packedRow.ts';
import { ADJUSTMENT_LOG, BATCH_STATES, type BatchState, seqKey, seqOf, seqRange } from './rowKeys.ts';

export interface StateRow {
  readonly seq: number;
  readonly state: BatchState;
  readonly lineCount: number;
  /** When the batch was accepted, cached and aggregated; milliseconds since the Unix epoch. */
  readonly createdAt: number;
  readonly postedAt?: number;
  readonly aggregatedAt?: number;
  /** First sequence number of the cache synchronization that took it; from `syncing~` on. */
  readonly sync?: number;
  /** The run that aggregated it. */
  readonly run?: number;
}

export function createdInsert(seq: number, lineCount: number, createdAt: number): TableOperation {
  return stateInsert({ seq, state: 'created', lineCount, createdAt });
}

/** The two operations that move a batch into its next state. */
export function moveState(from: StateRow, to: StateRow): [TableOperation, TableOperation] {
  return [{ kind: 'delete', rowKey: seqKey(from.state, from.seq) }, stateInsert(to)];
}

export function stateInsert(state: StateRow): TableOperation {
  const properties: Record<string, number> = {
    v: ROW_VERSION,
    lineCount: state.lineCount,
    createdAt: state.createdAt,
  };
  for (const name of ['postedAt', 'aggregatedAt', 'sync', 'run'] as const) {
    const value = state[name];
    if (value !== undefined) properties[name] = value;
  }
  return { kind: 'insert', rowKey: seqKey(state.state, state.seq), properties };
}

/** @throws UnknownRowVersionError */
export function stateRowOf(row: Row): StateRow {
  assertKnownVersion(row);
  const optional = (name: string): number | undefined => optionalNumber(row.properties, name);
  const [postedAt, aggregatedAt, sync, run] = ['postedAt', 'aggregatedAt', 'sync', 'run'].map(optional);
  return {
    seq: seqOf(row.rowKey),
    state: row.rowKey.slice(0, row.rowKey.indexOf('~')) as BatchState,
    lineCount: numberOf(row, 'lineCount'),
    createdAt: numberOf(row, 'createdAt'),
    ...(postedAt === undefined ? {} : { postedAt }),
    ...(aggregatedAt === undefined ? {} : { aggregatedAt }),
    ...(sync === undefined ? {} : { sync }),
    ...(run === undefined ? {} : { run }),
  };
}

function optionalNumber(properties: RowProperties, name: string): number | undefined {
  const value = properties[name];
  return typeof value === 'number' ? value : undefined;
}

/** The first batches in a state, oldest first. @throws TableError */
export async function batchesInState(
  tables: TableStore,
  partitionKey: string,
  state: BatchState,
  limit: number,
): Promise<StateRow[]> {
  const rows = await tables.query(ADJUSTMENT_LOG, partitionKey, { ...seqRange(state), limit });
  return rows.map(stateRowOf);
}

/**
 * The state row of one batch; undefined when the batch has none. Read from the first state to the last, so that a batch
 * that moves on meanwhile is still met. @throws TableError
 */
export async function stateOfBatch(
  tables: TableStore,
  partitionKey: string,
  seq: number,
): Promise<StateRow | undefined> {
  for (const state of BATCH_STATES) {
    const row = await tables.get(ADJUSTMENT_LOG, partitionKey, seqKey(state, seq));
    if (row !== undefined) return stateRowOf(row);
  }
  return undefined;
}
