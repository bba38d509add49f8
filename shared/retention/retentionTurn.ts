/**
 * The turn of one instance at removing rows of a log. It begins with a write of the `retention` row, and everything that
 * is removed is removed If-Match that row. So instances take turns, and one that slept, while another had its turn or
 * storage went back in time, removes nothing any more.
 */
import { NO_RETENTION, retentionOf, retentionProperties, type RetentionState } from '../log/retentionRow.ts';
import { ADJUSTMENT_LOG, RETENTION_KEY } from '../log/rowKeys.ts';
import type { Runtime } from '../runtime/ports.ts';
import { type RowRange, TableError, type TableOperation, type TableStore } from '../tables/tableStore.ts';

/** Rows listed, and at most removed, at once: a transaction has 100 operations and one is the turn's own. */
const ROWS_AT_ONCE = 99;

/** Another instance has its turn now. */
export class TurnLostError extends Error {
  constructor(partitionKey: string) {
    super(`Another instance applies retention to the log ${partitionKey}.`);
    this.name = 'TurnLostError';
  }
}

export class RetentionTurn {
  readonly tables: TableStore;
  readonly partitionKey: string;
  #state: RetentionState = NO_RETENTION;
  #etag: string | undefined;

  private constructor(tables: TableStore, partitionKey: string) {
    this.tables = tables;
    this.partitionKey = partitionKey;
  }

  /** @throws TurnLostError, TableError, UnknownRowVersionError */
  static async begin(tables: TableStore, runtime: Runtime, partitionKey: string): Promise<RetentionTurn> {
    const turn = new RetentionTurn(tables, partitionKey);
    const row = await tables.get(ADJUSTMENT_LOG, partitionKey, RETENTION_KEY);
    turn.#etag = row?.etag;
    turn.#state = retentionOf(row);
    await turn.write([], { beganAt: runtime.clock.now() });
    return turn;
  }

  get state(): RetentionState {
    return this.#state;
  }

  /** Writes with a condition on the turn, noting how far it has come. @throws TurnLostError, TableError */
  async write(operations: readonly TableOperation[], progress: Partial<RetentionState> = {}): Promise<void> {
    const state = { ...this.#state, ...progress };
    const properties = retentionProperties(state);
    const own: TableOperation =
      this.#etag === undefined
        ? { kind: 'insert', rowKey: RETENTION_KEY, properties }
        : { kind: 'update', rowKey: RETENTION_KEY, properties, etag: this.#etag };
    try {
      const etags = await this.tables.transact(ADJUSTMENT_LOG, this.partitionKey, [own, ...operations]);
      this.#etag = etags[0];
      this.#state = state;
    } catch (error) {
      if (error instanceof TableError && ['changed', 'exists'].includes(error.failure))
        throw new TurnLostError(this.partitionKey);
      throw error;
    }
  }

  /** Removes the rows of a range, but for those that `stays` says of. @throws TurnLostError, TableError */
  async removeRange(
    range: Pick<RowRange, 'from' | 'before'>,
    stays: (rowKey: string) => Promise<boolean> = () => Promise.resolve(false),
  ): Promise<void> {
    let { from } = range;
    for (;;) {
      const page = { from, before: range.before, limit: ROWS_AT_ONCE, select: ['v'] };
      const rows = await this.tables.query(ADJUSTMENT_LOG, this.partitionKey, page);
      const doomed: string[] = [];
      for (const { rowKey } of rows) if (!(await stays(rowKey))) doomed.push(rowKey);
      if (doomed.length > 0) await this.remove(doomed);
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS_AT_ONCE) return;
      // Keys are only ever extended by "~", so the next one comes after this.
      from = `${last.rowKey}!`;
    }
  }

  /** Removes rows that are there and that nobody edits any more, all or none. @throws TurnLostError, TableError */
  remove(rowKeys: readonly string[]): Promise<void> {
    return this.write(rowKeys.map((rowKey) => ({ kind: 'delete', rowKey })));
  }
}
