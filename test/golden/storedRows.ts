/** Stored rows as JSON for keeping in the repository: binary properties in base64. */
import type { PropertyValue, Row, TableStore } from '../../shared/tables/tableStore.ts';

export interface GoldenRow {
  readonly table: string;
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly properties: Readonly<Record<string, string | number | boolean | { readonly base64: string }>>;
}

export function toGolden(table: string, row: Row): GoldenRow {
  const { partitionKey, rowKey } = row;
  const properties = Object.fromEntries(
    Object.entries(row.properties).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value,
    ]),
  );
  return { table, partitionKey, rowKey, properties };
}

/** Puts golden rows into storage. */
export async function storeGolden(tables: TableStore, rows: readonly GoldenRow[]): Promise<void> {
  for (const { table, partitionKey, rowKey, properties: stored } of rows) {
    const properties = Object.fromEntries(
      Object.entries(stored).map(([name, value]): [string, PropertyValue] => [
        name,
        typeof value === 'object' ? new Uint8Array(Buffer.from(value.base64, 'base64')) : value,
      ]),
    );
    await tables.transact(table, partitionKey, [{ kind: 'insert', rowKey, properties }]);
  }
}
