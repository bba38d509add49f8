/** A log of its own for a test, with as many writers as it wants, and what stands in storage for it. */
import { baseDimensions } from '../../shared/adjustments/baseDimensions.ts';
import { submittedDimensions } from '../../shared/adjustments/dimensions.ts';
import { lineRecordId } from '../../shared/adjustments/lineRecordId.ts';
import type { AdjustmentLine } from '../../shared/adjustments/adjustmentLine.ts';
import { fingerprint } from '../../shared/adjustments/canonicalForm.ts';
import type { AppendLine } from '../../shared/log/appendGroup.ts';
import { type IdIndexLimits, LogWriter } from '../../shared/log/logWriter.ts';
import { ADJUSTMENT_LOG, LOG_DIRECTORY, partitionKeyOf } from '../../shared/log/rowKeys.ts';
import type { Clock, Runtime } from '../../shared/runtime/ports.ts';
import { systemClock, systemEntropy } from '../../shared/runtime/systemRuntime.ts';
import type { Row, RowProperties, TableOperation, TableStore } from '../../shared/tables/tableStore.ts';

export const LOG = { environmentKey: 'env', organizationKey: 'usmf', organizationId: 'USMF' };
export const PARTITION = partitionKeyOf(LOG.environmentKey, LOG.organizationKey);

/** Looks at a clock between two waits, at most, of a writer that still gets somewhere. */
const MANY_LOOKS = 2_000;

/**
 * A clock on which only waiting takes time, and takes none of the test's. Who never stops looking at it without ever
 * waiting sees time pass all the same, and gives up.
 */
export function patientClock(): Clock {
  let now = 1_700_000_000_000;
  let looks = 0;
  return {
    now: () => (++looks > MANY_LOOKS ? (now += 1_000) : now),
    sleep: (milliseconds) => {
      now += milliseconds;
      looks = 0;
      return Promise.resolve();
    },
  };
}

export interface TestWriter {
  readonly writer: LogWriter;
  /** Messages logged as errors. */
  readonly errors: readonly string[];
}

export function openWriter(
  tables: TableStore,
  clock: Clock = systemClock,
  limits: IdIndexLimits = {},
): TestWriter {
  const errors: string[] = [];
  const silent = () => undefined;
  const logger = {
    debug: silent,
    info: silent,
    warn: silent,
    error: (message: string) => errors.push(message),
  };
  const runtime: Runtime = { clock, entropy: systemEntropy, logger };
  return { writer: new LogWriter(tables, runtime, LOG, limits), errors };
}

export async function createLogTables(tables: TableStore): Promise<void> {
  await tables.createTables([ADJUSTMENT_LOG, LOG_DIRECTORY]);
}

export function adjustmentLine(id: string, quantity = '1'): AdjustmentLine {
  return {
    id,
    organizationId: 'USMF',
    productId: 'M0001',
    quantityDataSource: 'pos',
    physicalMeasure: 'outbound',
    dimensions: baseDimensions([
      ['LocationId', '13'],
      ['SiteId', '1'],
    ]),
    quantity,
  };
}

/** A line to append, as the door makes it of a new line. */
export function appendLine(id: string, quantity = '1'): AppendLine {
  const line = adjustmentLine(id, quantity);
  const content = { ...line, dimensions: submittedDimensions(line.dimensions.pairs()) };
  return { digest: lineRecordId('env', 'usmf', id), fingerprint: fingerprint(content), content, line };
}

/** Another id whose digest begins with the same 64 bits. */
export function sharing64Bits(line: AppendLine, id: string): AppendLine {
  const other = appendLine(id);
  const digest = Uint8Array.from(other.digest);
  digest.set(line.digest.subarray(0, 8));
  return { ...other, digest };
}

/** One request with these lines. */
export function post(writer: LogWriter, lines: readonly AppendLine[], inlineSync = false) {
  return writer.append({ lines, bytes: lines.length * 200, inlineSync });
}

/** How each of these ids came out, posted as one request: its kind and where the line stands. */
export async function postIds(writer: LogWriter, ...ids: string[]): Promise<string[]> {
  const { outcomes } = await post(
    writer,
    ids.map((id) => appendLine(id)),
  );
  return outcomes.map((outcome) =>
    outcome.kind === 'refused' ? outcome.kind : `${outcome.kind} ${outcome.seq}.${outcome.position}`,
  );
}

/** Every row of the log, in order of key. */
export function rowsOf(tables: TableStore): Promise<Row[]> {
  return tables.query(ADJUSTMENT_LOG, PARTITION, { from: ' ', before: '~' });
}

export async function keysOf(tables: TableStore): Promise<string[]> {
  return (await rowsOf(tables)).map(({ rowKey }) => rowKey);
}

/** Puts the log back to what it held, as a restore of the table does. */
export async function restore(tables: TableStore, past: readonly Row[]): Promise<void> {
  const now = await rowsOf(tables);
  const before = new Map(past.map((row) => [row.rowKey, row.properties]));
  const present = new Set(now.map(({ rowKey }) => rowKey));
  const operations: TableOperation[] = [];
  for (const { rowKey, etag } of now) {
    const properties = before.get(rowKey);
    operations.push(
      properties === undefined ? { kind: 'delete', rowKey } : { kind: 'update', rowKey, properties, etag },
    );
  }
  for (const { rowKey, properties } of past)
    if (!present.has(rowKey)) operations.push({ kind: 'insert', rowKey, properties });
  await tables.transact(ADJUSTMENT_LOG, PARTITION, operations);
}

/** Changes properties of one stored row behind everybody's back. */
export async function editRow(tables: TableStore, rowKey: string, change: RowProperties): Promise<void> {
  const row = await tables.get(ADJUSTMENT_LOG, PARTITION, rowKey);
  if (row === undefined) throw new Error(`there is no row ${rowKey}`);
  const properties = { ...row.properties, ...change };
  await tables.transact(ADJUSTMENT_LOG, PARTITION, [{ kind: 'update', rowKey, properties, etag: row.etag }]);
}

/** Deletes stored rows behind everybody's back. */
export async function deleteRows(tables: TableStore, ...rowKeys: string[]): Promise<void> {
  await tables.transact(
    ADJUSTMENT_LOG,
    PARTITION,
    rowKeys.map((rowKey) => ({ kind: 'delete', rowKey })),
  );
}
