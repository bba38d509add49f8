/**
 * The table store on Azure Table Storage, or on its emulator.
 *
 * The client's own retries are off: they would turn a write's own success into "already exists". Every try has a
 * deadline, because the client has none: a server that accepts and stays silent would hold a call for minutes.
 */
import { odata } from '@azure/data-tables';
import type { TableClient, TableEntity, TransactionAction } from '@azure/data-tables';
import { withDeadline } from '../runtime/deadline.ts';
import type { Clock } from '../runtime/ports.ts';
import { asTableError, isTableMissing } from './tableFailure.ts';
import { checkKey, checkTableName, checkTransaction } from './tableLimits.ts';
import { TableError } from './tableStore.ts';
import type {
  PropertyValue,
  Row,
  RowProperties,
  RowRange,
  TableOperation,
  TableStore,
} from './tableStore.ts';

/** Milliseconds that one try may take. The write may still land afterwards: the service gives it up to 30 seconds. */
const TRY_DEADLINE_MS = 8_000;
/** Rows of one page; the service's own limit. */
const MAX_PAGE_ROWS = 1_000;
const SYSTEM_COLUMNS = ['partitionKey', 'rowKey', 'timestamp'];
const NOT_PROPERTIES = new Set([...SYSTEM_COLUMNS, 'etag', 'odata.metadata']);

/** Calls since the store was made, for measuring. `rowsWritten` counts operations of successful transactions. */
export interface TableStatistics {
  gets: number;
  queryPages: number;
  transactions: number;
  rowsWritten: number;
}

export interface AzureTableStore extends TableStore {
  readonly statistics: Readonly<TableStatistics>;
}

export interface AzureTableStoreOptions {
  readonly clock: Clock;
  /** Makes the client of one table; called once per table. */
  readonly connect: (table: string) => TableClient;
  /** Stands before every table's name, so that several installations can share one account. */
  readonly tableNamePrefix?: string;
  /** Milliseconds; 8,000 when absent. */
  readonly tryDeadlineMs?: number;
}

export function azureTableStore(options: AzureTableStoreOptions): AzureTableStore {
  const { clock, connect, tableNamePrefix = '', tryDeadlineMs = TRY_DEADLINE_MS } = options;
  const clients = new Map<string, TableClient>();
  /** Tables that were asked for. One that is gone nevertheless (an emulator that was killed) is made anew. */
  const wanted = new Set<string>();
  const statistics: TableStatistics = { gets: 0, queryPages: 0, transactions: 0, rowsWritten: 0 };

  const clientOf = (table: string): TableClient => {
    const name = tableNamePrefix + table;
    let client = clients.get(name);
    if (!client) {
      checkTableName(name);
      client = connect(name);
      clients.set(name, client);
    }
    return client;
  };

  const attempt = async <T>(table: string, call: string, run: (signal: AbortSignal) => Promise<T>) => {
    const expired = () => new TableError('unknown', `${call}: no answer within ${tryDeadlineMs} ms`);
    try {
      return await withDeadline(clock, tryDeadlineMs, run, expired);
    } catch (error) {
      throw asTableError(error, tableNamePrefix + table, call);
    }
  };

  const createTable = async (table: string): Promise<void> => {
    const client = clientOf(table);
    await attempt(table, `creation of table ${table}`, (abortSignal) => client.createTable({ abortSignal }));
  };

  /** An attempt on rows of a table; a table that has gone missing is created, and the caller comes back. */
  const attemptOn = async <T>(table: string, call: string, run: (signal: AbortSignal) => Promise<T>) => {
    try {
      return await attempt(table, call, run);
    } catch (error) {
      if (!(error instanceof TableError && isTableMissing(error) && wanted.has(table))) throw error;
      await createTable(table);
      throw new TableError('busy', `${call}: table ${table} was gone and has been created anew; try again`, {
        cause: error,
      });
    }
  };

  return {
    statistics,

    async get(table, partitionKey, rowKey) {
      checkKey('partition key', partitionKey);
      checkKey('row key', rowKey);
      const client = clientOf(table);
      statistics.gets += 1;
      try {
        const entity = await attemptOn(table, `read of ${table} ${partitionKey} ${rowKey}`, (abortSignal) =>
          client.getEntity(partitionKey, rowKey, { abortSignal }),
        );
        return toRow(entity);
      } catch (error) {
        if (error instanceof TableError && error.failure === 'missing') return undefined;
        throw error;
      }
    },

    async query(table, partitionKey, range) {
      checkKey('partition key', partitionKey);
      const client = clientOf(table);
      const limit = range.limit ?? Infinity;
      const rows: Row[] = [];
      let continuation: string | undefined;
      // A page may be empty and yet not the last one: only a missing continuation ends the range.
      while (rows.length < limit) {
        statistics.queryPages += 1;
        const page = await attemptOn(table, `query of ${table} ${partitionKey}`, (signal) =>
          readPage(
            client,
            partitionKey,
            range,
            Math.min(MAX_PAGE_ROWS, limit - rows.length),
            continuation,
            signal,
          ),
        );
        rows.push(...page.rows);
        continuation = page.continuation;
        if (continuation === undefined) break;
      }
      return rows;
    },

    async transact(table, partitionKey, operations) {
      checkTransaction(partitionKey, operations);
      const client = clientOf(table);
      const actions = operations.map((operation) => toAction(partitionKey, operation));
      const call = `transaction on ${table} ${partitionKey}`;
      statistics.transactions += 1;
      const answer = await attemptOn(table, call, (abortSignal) =>
        client.submitTransaction(actions, { abortSignal }),
      );
      statistics.rowsWritten += operations.length;
      return newEtags(call, operations, answer.subResponses);
    },

    async createTables(tables) {
      for (const table of tables) {
        await createTable(table);
        wanted.add(table);
      }
    },
  };
}

async function readPage(
  client: TableClient,
  partitionKey: string,
  range: RowRange,
  maxPageSize: number,
  continuationToken: string | undefined,
  abortSignal: AbortSignal,
): Promise<{ rows: Row[]; continuation: string | undefined }> {
  const filter = odata`PartitionKey eq ${partitionKey} and RowKey ge ${range.from} and RowKey lt ${range.before}`;
  const select = range.select && { select: [...SYSTEM_COLUMNS, ...range.select] };
  const pages = client
    .listEntities({ queryOptions: { filter, ...select }, abortSignal })
    .byPage({ maxPageSize, ...(continuationToken !== undefined && { continuationToken }) });
  for await (const page of pages) return { rows: page.map(toRow), continuation: page.continuationToken };
  return { rows: [], continuation: undefined };
}

function toRow(entity: Record<string, unknown>): Row {
  const properties: Record<string, PropertyValue> = {};
  for (const [name, value] of Object.entries(entity)) {
    // A selected property that the row does not have comes back as null.
    if (NOT_PROPERTIES.has(name) || value === null) continue;
    properties[name] = value instanceof Uint8Array ? plainBytes(value) : (value as PropertyValue);
  }
  return {
    partitionKey: String(entity.partitionKey),
    rowKey: String(entity.rowKey),
    etag: String(entity.etag),
    timestamp: Date.parse(String(entity.timestamp)),
    properties,
  };
}

/** The client hands out Buffers; the same bytes, without the Buffer's own methods. */
function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function toAction(partitionKey: string, operation: TableOperation): TransactionAction {
  const { rowKey } = operation;
  if (operation.kind === 'delete') return ['delete', { partitionKey, rowKey }];
  const entity: TableEntity = { partitionKey, rowKey, ...typed(operation.properties) };
  if (operation.kind === 'insert') return ['create', entity];
  return ['update', entity, 'Replace', { etag: operation.etag }];
}

/**
 * Numbers travel with their type: a bare 1700000000000 is beyond the 32-bit integer that the service takes it for. Bytes
 * travel as a Buffer: of any other view the client sends the whole buffer that lies behind it.
 */
function typed(properties: RowProperties): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]): [string, unknown] => {
      if (typeof value === 'number') return [name, { value, type: 'Double' }];
      if (!(value instanceof Uint8Array)) return [name, value];
      return [name, Buffer.from(value.buffer, value.byteOffset, value.byteLength)];
    }),
  );
}

/** By position: the client's look-up by row key finds inserts only. */
function newEtags(
  call: string,
  operations: readonly TableOperation[],
  answers: readonly { etag?: string }[],
): (string | undefined)[] {
  return operations.map((operation, index) => {
    if (operation.kind === 'delete') return undefined;
    const etag = answers[index]?.etag;
    if (etag === undefined) {
      throw new TableError('unknown', `${call}: the answer lacks the ETag of row ${operation.rowKey}`);
    }
    if (operation.kind === 'update' && etag === operation.etag) {
      throw new TableError(
        'unknown',
        `${call}: the update of row ${operation.rowKey} left its ETag ${etag} as it was, so lost updates would go unnoticed; ` +
          'old versions of the storage emulator do this: use Azurite 3.37 or newer',
      );
    }
    return etag;
  });
}
