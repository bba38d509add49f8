/**
 * Table Storage in memory, as the service's documentation describes it: what each call does happens at once and
 * entirely. It can be put back to an earlier state, and it tells an observer what every transaction changed.
 */
import {
  type PropertyValue,
  type Row,
  type RowProperties,
  type RowRange,
  TableError,
  type TableOperation,
  type TableStore,
} from '../../shared/tables/tableStore.ts';
import { checkKey, checkTableName, checkTransaction } from '../../shared/tables/tableLimits.ts';

/** What one operation of a transaction did. */
export interface Change {
  readonly operation: TableOperation;
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

export type TransactionObserver = (table: string, partitionKey: string, changes: readonly Change[]) => void;

interface Partition {
  readonly rows: Map<string, Row>;
  /** The row keys in ascending order. */
  readonly keys: string[];
}

type Table = Map<string, Partition>;

/** The tables at one moment. */
export type Snapshot = ReadonlyMap<string, ReadonlyMap<string, Partition>>;

export class MemoryTables {
  observe: TransactionObserver = () => undefined;
  readonly #now: () => number;
  #tables = new Map<string, Table>();
  /** Never goes back, not even with the rows: an ETag is given once. */
  #writes = 0;
  #lastTimestamp = 0;

  /** @param now the server's clock. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many transactions changed something. */
  get writes(): number {
    return this.#writes;
  }

  createTable(name: string): void {
    checkTableName(name);
    if (!this.#tables.has(name)) this.#tables.set(name, new Map());
  }

  partitions(table: string): string[] {
    return [...(this.#tables.get(table)?.keys() ?? [])];
  }

  get(table: string, partitionKey: string, rowKey: string): Row | undefined {
    checkKey('partition key', partitionKey);
    checkKey('row key', rowKey);
    return this.#table(table).get(partitionKey)?.rows.get(rowKey);
  }

  query(table: string, partitionKey: string, { from, before, limit, select }: RowRange): Row[] {
    checkKey('partition key', partitionKey);
    const partition = this.#table(table).get(partitionKey);
    if (partition === undefined) return [];
    const found: Row[] = [];
    for (let index = firstNotBefore(partition.keys, from); found.length < (limit ?? Infinity); index++) {
      const key = partition.keys[index];
      const row = key === undefined || key >= before ? undefined : partition.rows.get(key);
      if (row === undefined) break;
      found.push(select ? { ...row, properties: selected(row.properties, select) } : row);
    }
    return found;
  }

  /** The new ETags by position. @throws TableError, having changed nothing. */
  transact(
    table: string,
    partitionKey: string,
    operations: readonly TableOperation[],
  ): (string | undefined)[] {
    checkTransaction(partitionKey, operations);
    const partitions = this.#table(table);
    const rows = partitions.get(partitionKey)?.rows;
    for (const operation of operations) refuse(operation, rows?.get(operation.rowKey));
    const partition = partitions.get(partitionKey) ?? { rows: new Map<string, Row>(), keys: [] };
    partitions.set(partitionKey, partition);
    this.#lastTimestamp = Math.max(this.#lastTimestamp, this.#now());
    const changes = operations.map((operation): Change => {
      const { rowKey } = operation;
      const before = partition.rows.get(rowKey);
      if (operation.kind === 'delete') {
        partition.rows.delete(rowKey);
        partition.keys.splice(firstNotBefore(partition.keys, rowKey), 1);
        return { operation, before, after: undefined };
      }
      const after: Row = {
        partitionKey,
        rowKey,
        etag: `W/"${++this.#writes}"`,
        timestamp: this.#lastTimestamp,
        properties: copied(operation.properties),
      };
      if (before === undefined) partition.keys.splice(firstNotBefore(partition.keys, rowKey), 0, rowKey);
      partition.rows.set(rowKey, after);
      return { operation, before, after };
    });
    this.observe(table, partitionKey, changes);
    return changes.map(({ after }) => after?.etag);
  }

  snapshot(): Snapshot {
    return copyOf(this.#tables);
  }

  /** Puts everything back as it was. */
  rewind(snapshot: Snapshot): void {
    this.#tables = copyOf(snapshot);
  }

  #table(name: string): Table {
    checkTableName(name);
    const table = this.#tables.get(name);
    if (table === undefined) throw new TableError('invalid', `table ${name} does not exist; create it first`);
    return table;
  }
}

/** The tables as a port whose calls answer at once. */
export function memoryTableStore(tables = new MemoryTables(() => Date.now())): TableStore {
  return {
    get: async (table, partitionKey, rowKey) => tables.get(table, partitionKey, rowKey),
    query: async (table, partitionKey, range) => tables.query(table, partitionKey, range),
    transact: async (table, partitionKey, operations) => tables.transact(table, partitionKey, operations),
    createTables: async (names) => {
      for (const name of names) tables.createTable(name);
    },
  };
}

function refuse(operation: TableOperation, row: Row | undefined): void {
  const { kind, rowKey } = operation;
  if (kind === 'insert') {
    if (row !== undefined) throw new TableError('exists', `row ${rowKey} exists`);
    return;
  }
  if (row === undefined) throw new TableError('missing', `row ${rowKey} is not there`);
  if (kind === 'update' && row.etag !== operation.etag)
    throw new TableError('changed', `row ${rowKey} was changed since it was read`);
}

/** Index of the first key that does not come before `key`. */
function firstNotBefore(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function copied(properties: RowProperties): RowProperties {
  const copy: Record<string, PropertyValue> = {};
  for (const [name, value] of Object.entries(properties))
    copy[name] = value instanceof Uint8Array ? new Uint8Array(value) : value;
  return copy;
}

function selected(properties: RowProperties, names: readonly string[]): RowProperties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => names.includes(name)));
}

function copyOf(tables: Snapshot): Map<string, Table> {
  return new Map(
    [...tables].map(([name, table]) => [
      name,
      new Map(
        [...table].map(([key, { rows, keys }]) => [key, { rows: new Map(rows), keys: [...keys] }] as const),
      ),
    ]),
  );
}
