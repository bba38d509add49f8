/** Tables whose caller crashes at a chosen call, before or after the call took effect; and tables that wait. */
import type { TableOperation, TableStore } from '../../shared/tables/tableStore.ts';

/** The process is gone: nothing of the product may survive it. */
export class Crash extends Error {
  constructor(call: string) {
    super(`crashed at ${call}`);
    this.name = 'Crash';
  }
}

export interface CrashPoint {
  /** Number of the call, from 1. */
  readonly call: number;
  /** Whether the call still takes effect. */
  readonly effect: boolean;
}

/** From the crash on every call fails. `calls` counts them. */
export function crashingTables(
  tables: TableStore,
  point?: CrashPoint,
): { readonly tables: TableStore; readonly calls: () => number; readonly crashed: () => boolean } {
  let calls = 0;
  let crashed = false;
  async function guarded<Result>(name: string, call: () => Promise<Result>): Promise<Result> {
    if (crashed) throw new Crash(name);
    calls += 1;
    if (calls !== point?.call) return call();
    crashed = true;
    if (point.effect) await call();
    throw new Crash(`call ${calls}, ${name}`);
  }
  return {
    tables: {
      get: (table, partitionKey, rowKey) =>
        guarded(`get ${rowKey}`, () => tables.get(table, partitionKey, rowKey)),
      query: (table, partitionKey, range) =>
        guarded(`query ${range.from}`, () => tables.query(table, partitionKey, range)),
      transact: (table, partitionKey, operations) =>
        guarded(`transact ${operations.map(({ rowKey }) => rowKey).join(' ')}`, () =>
          tables.transact(table, partitionKey, operations),
        ),
      createTables: (names) => tables.createTables(names),
    },
    calls: () => calls,
    crashed: () => crashed,
  };
}

/** Tables that run `before` ahead of each transaction for which it is told to: what another instance does meanwhile. */
export function interleavedTables(
  tables: TableStore,
  before: (operations: readonly TableOperation[]) => Promise<void>,
): TableStore {
  return {
    get: (table, partitionKey, rowKey) => tables.get(table, partitionKey, rowKey),
    query: (table, partitionKey, range) => tables.query(table, partitionKey, range),
    transact: async (table, partitionKey, operations) => {
      await before(operations);
      return tables.transact(table, partitionKey, operations);
    },
    createTables: (names) => tables.createTables(names),
  };
}
