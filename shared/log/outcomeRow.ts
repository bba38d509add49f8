/** The `outcome~` row of a package; what does not fit goes into insert-only parts that the row points to. */
import { hash } from 'node:crypto';
import { TableError, type TableOperation, type TableStore } from '../tables/tableStore.ts';
import { DamagedRowError, decoded, MAX_PACKED_BYTES, packedBytesOf, packedProperties } from './packedRow.ts';
import { PackageOutcome } from './packageOutcome.ts';
import { ADJUSTMENT_LOG, attemptKey } from './rowKeys.ts';

export interface OutcomePlace {
  readonly run: number;
  readonly attempt: string;
  /** Number of the package. */
  readonly number: number;
}

export interface StoredOutcome extends OutcomePlace {
  readonly outcome: PackageOutcome;
  readonly etag: string;
}

const NO_BYTES = new Uint8Array();

/**
 * The operation that stores an outcome: an insert, or an update If-Match `etag`. Parts that it needs are inserted before,
 * under names made of their content, so that writing them twice does no harm. @throws TableError
 */
export async function outcomeWrite(
  tables: TableStore,
  partitionKey: string,
  place: OutcomePlace,
  outcome: PackageOutcome,
  etag: string | undefined,
): Promise<TableOperation> {
  const packed = outcome.encode();
  const rowKey = attemptKey('outcome', place.run, place.attempt, place.number);
  const inRow = packed.length <= MAX_PACKED_BYTES;
  const parts = inRow ? '' : await insertParts(tables, partitionKey, rowKey, packed);
  const properties = packedProperties(inRow ? packed : NO_BYTES, { parts });
  return etag === undefined
    ? { kind: 'insert', rowKey, properties }
    : { kind: 'update', rowKey, properties, etag };
}

/** @throws TableError, UnknownRowVersionError, DamagedRowError */
export async function readOutcome(
  tables: TableStore,
  partitionKey: string,
  place: OutcomePlace,
): Promise<StoredOutcome | undefined> {
  const rowKey = attemptKey('outcome', place.run, place.attempt, place.number);
  const row = await tables.get(ADJUSTMENT_LOG, partitionKey, rowKey);
  if (row === undefined) return undefined;
  const names = row.properties['parts'];
  const chunks: Uint8Array[] = [];
  for (const name of typeof names === 'string' && names !== '' ? names.split(' ') : []) {
    const part = await tables.get(ADJUSTMENT_LOG, partitionKey, `${rowKey}~${name}`);
    if (part === undefined) throw new DamagedRowError(row, `its part ${name} is missing`);
    chunks.push(packedBytesOf(part));
  }
  const packed = chunks.length > 0 ? Buffer.concat(chunks) : packedBytesOf(row);
  const { run, attempt, number } = place;
  const outcome = decoded(row, () => PackageOutcome.decode(packed));
  return { run, attempt, number, outcome, etag: row.etag };
}

async function insertParts(
  tables: TableStore,
  partitionKey: string,
  rowKey: string,
  packed: Uint8Array,
): Promise<string> {
  const names: string[] = [];
  for (let start = 0; start < packed.length; start += MAX_PACKED_BYTES) {
    const bytes = packed.subarray(start, start + MAX_PACKED_BYTES);
    const name = hash('sha256', bytes, 'hex').slice(0, 32);
    names.push(name);
    const part = `${rowKey}~${name}`;
    const stored = await tables.get(ADJUSTMENT_LOG, partitionKey, part);
    if (stored === undefined) await insertPart(tables, partitionKey, part, bytes);
  }
  return names.join(' ');
}

/** Another instance may have inserted the part since: its name says that it has the same content. */
async function insertPart(
  tables: TableStore,
  partitionKey: string,
  rowKey: string,
  bytes: Uint8Array,
): Promise<void> {
  try {
    await tables.transact(ADJUSTMENT_LOG, partitionKey, [
      { kind: 'insert', rowKey, properties: packedProperties(bytes) },
    ]);
  } catch (error) {
    if (!(error instanceof TableError && error.failure === 'exists')) throw error;
  }
}
