/** All rows of a table as the storage service itself gives them, for the checker: no code of the product reads them. */
import { TableClient } from '@azure/data-tables';
import type { RawTables } from '../simulator/checker/logView.ts';
import type { RawRow } from '../simulator/checker/rawRows.ts';

export interface StoredRows extends RawTables {
  /** Partition, row key and version of every row: differs when anything was written. */
  readonly versions: ReadonlyMap<string, string>;
}

/** Reads a table. @throws RestError when storage does not answer */
export async function storedRows(connectionString: string, table: string): Promise<StoredRows> {
  const client = TableClient.fromConnectionString(connectionString, table, { allowInsecureConnection: true });
  const partitions = new Map<string, RawRow[]>();
  const versions = new Map<string, string>();
  for await (const entity of client.listEntities<Record<string, unknown>>()) {
    const { partitionKey = '', rowKey = '', etag, timestamp: _, ...properties } = entity;
    const rows = partitions.get(partitionKey) ?? [];
    partitions.set(partitionKey, rows);
    rows.push({ rowKey, properties: properties as RawRow['properties'] });
    versions.set(`${partitionKey} ${rowKey}`, etag);
  }
  for (const rows of partitions.values()) rows.sort((one, other) => (one.rowKey < other.rowKey ? -1 : 1));
  return {
    versions,
    partitions: (name) => (name === table ? [...partitions.keys()] : []),
    query: (name, partitionKey, { from, before }) => {
      const rows = (name === table ? partitions.get(partitionKey) : undefined) ?? [];
      return rows.slice(firstNotBefore(rows, from), firstNotBefore(rows, before));
    },
  };
}

/** Index of the first row whose key does not come before `key`. */
function firstNotBefore(rows: readonly RawRow[], key: string): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle]?.rowKey ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
