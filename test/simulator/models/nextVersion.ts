/**
 * The next version of the product, as far as its rows tell: it writes them in a format that this version does not know, and
 * reads both. Everything else about it is this version's code.
 */
import type { Row, RowProperties, TableStore } from '../../../shared/tables/tableStore.ts';
import { LOG_TABLE } from '../checker/logView.ts';

export const THIS_VERSION = 1;
const NEXT = 2;

export function nextVersionTables(store: TableStore): TableStore {
  return {
    ...store,
    get: async (table, partitionKey, rowKey) => {
      const row = await store.get(table, partitionKey, rowKey);
      return row && read(table, row);
    },
    query: async (table, partitionKey, range) =>
      (await store.query(table, partitionKey, range)).map((row) => read(table, row)),
    transact: (table, partitionKey, operations) =>
      store.transact(
        table,
        partitionKey,
        operations.map((operation) =>
          table === LOG_TABLE && operation.kind !== 'delete'
            ? { ...operation, properties: withVersion(operation.properties, THIS_VERSION, NEXT) }
            : operation,
        ),
      ),
  };
}

function read(table: string, row: Row): Row {
  return table === LOG_TABLE ? { ...row, properties: withVersion(row.properties, NEXT, THIS_VERSION) } : row;
}

function withVersion(properties: RowProperties, from: number, to: number): RowProperties {
  return properties['v'] === from ? { ...properties, v: to } : properties;
}
