/**
 * The port to Table Storage: point reads, range reads within one partition, and entity group transactions.
 *
 * Every write is a transaction on one partition. An update always carries a concrete ETag. A delete carries none
 * (the service's client ignores it inside a transaction), so only rows that are never edited may be deleted: the
 * delete of a missing row fails the whole transaction, which is what makes moving a state row safe.
 */

export type PropertyValue = string | number | boolean | Uint8Array;

/** Properties of a row, without its keys. Names: letters, digits and underscores. */
export type RowProperties = Readonly<Record<string, PropertyValue>>;

export interface Row {
  readonly partitionKey: string;
  readonly rowKey: string;
  /** Changes with every write of the row. */
  readonly etag: string;
  /** When the storage server last wrote the row, by its own clock, in milliseconds since the Unix epoch. */
  readonly timestamp: number;
  readonly properties: RowProperties;
}

export type TableOperation =
  | { readonly kind: 'insert'; readonly rowKey: string; readonly properties: RowProperties }
  /** Replaces the row if its ETag is still the given one. */
  | {
      readonly kind: 'update';
      readonly rowKey: string;
      readonly properties: RowProperties;
      readonly etag: string;
    }
  | { readonly kind: 'delete'; readonly rowKey: string };

export interface RowRange {
  /** First row key, inclusive. */
  readonly from: string;
  /** Row key to stop before. */
  readonly before: string;
  /** At most so many rows; all when absent. */
  readonly limit?: number;
  /** Read only these properties. */
  readonly select?: readonly string[];
}

/**
 * Why a call did not succeed:
 * - `exists`: an insert met an existing row. `changed`: an update's ETag is no longer the row's. `missing`: an
 *   updated or deleted row is not there. Nothing was written.
 * - `busy`: the server asked to come back later (429, 503). Nothing can be said about a write's effect.
 * - `unreachable`: nobody listened; nothing was written.
 * - `unknown`: time-out, reset, server error. A write may have happened, or may still happen.
 * - `invalid`: the request breaks a limit of the service and was not sent, or was refused as malformed.
 */
export type TableFailure = 'exists' | 'changed' | 'missing' | 'busy' | 'unreachable' | 'unknown' | 'invalid';

export class TableError extends Error {
  readonly failure: TableFailure;
  constructor(failure: TableFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TableError';
    this.failure = failure;
  }
}

export interface TableStore {
  /** The row, or undefined when there is none. @throws TableError */
  get(table: string, partitionKey: string, rowKey: string): Promise<Row | undefined>;
  /** The rows of a range in ascending order of row key, complete. @throws TableError */
  query(table: string, partitionKey: string, range: RowRange): Promise<Row[]>;
  /**
   * Writes all of the operations or none of them: at most 100, each row once, at most 4 MiB in all.
   * Resolves with the new ETags by position (undefined for a delete). @throws TableError
   */
  transact(
    table: string,
    partitionKey: string,
    operations: readonly TableOperation[],
  ): Promise<(string | undefined)[]>;
  /** Creates the tables that do not exist yet. @throws TableError */
  createTables(tables: readonly string[]): Promise<void>;
}
