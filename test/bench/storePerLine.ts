/** The yardstick: the same lines stored one entity each, in transactions of 100, with the storage SDK as it comes. */
import { TableClient, TableServiceClient, type TransactionAction } from '@azure/data-tables';
import type { PostedLine } from '../support/localSettings.ts';
import { inParallel } from './inParallel.ts';

/** The most that one entity group transaction takes. */
const TRANSACTION_LINES = 100;

/** The table that the yardsticks store lines in. */
export const YARDSTICK_TABLE = 'Lines';

/** Makes the yardsticks' table an empty one: the emulator is slow in a large table, which no storage service is. */
export async function emptyTable(connectionString: string): Promise<void> {
  const service = TableServiceClient.fromConnectionString(connectionString, {
    allowInsecureConnection: true,
  });
  await service.deleteTable(YARDSTICK_TABLE);
  await service.createTable(YARDSTICK_TABLE);
}

/** Stores the lines, `inFlight` transactions at a time. @returns seconds */
export async function storePerLine(
  connectionString: string,
  lines: readonly PostedLine[],
  inFlight: number,
): Promise<number> {
  const table = TableClient.fromConnectionString(connectionString, YARDSTICK_TABLE, {
    allowInsecureConnection: true,
  });
  const transactions: TransactionAction[][] = [];
  for (let first = 0; first < lines.length; first += TRANSACTION_LINES)
    transactions.push(
      lines.slice(first, first + TRANSACTION_LINES).map((line) => ['create', entityOf(line)]),
    );
  return inParallel(transactions, inFlight, async (actions) => {
    await table.submitTransaction(actions);
  });
}

function entityOf({ id, dimensions, ...fields }: PostedLine): {
  partitionKey: string;
  rowKey: string;
  [property: string]: unknown;
} {
  return {
    partitionKey: fields.organizationId,
    rowKey: id,
    ...fields,
    ...dimensions,
    status: 'Created',
    createdAt: new Date(),
  };
}
