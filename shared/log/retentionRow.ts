/** The `retention` row of a log: how far retention has come, and whose turn it is to remove rows. */
import type { Row, RowProperties } from '../tables/tableStore.ts';
import { jsonOf, jsonProperties } from './packedRow.ts';

export interface RetentionState {
  /** When the last turn began, milliseconds since the Unix epoch. */
  readonly beganAt: number;
  /** Each run up to this one is retired, or among `kept`. */
  readonly through: number;
  /** Runs that could not be retired when they were due, to be looked at again. */
  readonly kept: readonly number[];
  /** Batches up to this one may have been removed; noted before any of them is. */
  readonly removedThrough: number;
  /** Runs up to this one have had the rows of their given-up attempts swept. */
  readonly sweptThrough: number;
}

export const NO_RETENTION: RetentionState = {
  beganAt: 0,
  through: 0,
  kept: [],
  removedThrough: 0,
  sweptThrough: 0,
};

export function retentionProperties(state: RetentionState): RowProperties {
  return jsonProperties(state);
}

/** @throws UnknownRowVersionError, DamagedRowError */
export function retentionOf(row: Row | undefined): RetentionState {
  return row === undefined ? NO_RETENTION : (jsonOf(row) as RetentionState);
}
