/**
 * The limits of Table Storage, checked before a transaction is sent: the emulator accepts requests that Azure
 * refuses, so a test on the emulator alone would not notice that a row has grown too large.
 *
 * Source: "Understanding the Table service data model" and "Performing entity group transactions" (Microsoft Learn).
 */
import { TableError } from './tableStore.ts';
import type { PropertyValue, RowProperties, TableOperation } from './tableStore.ts';

export const MAX_OPERATIONS_PER_TRANSACTION = 100;
export const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024;
export const MAX_ROW_BYTES = 1024 * 1024;
/** 255, less the partition key, the row key and the timestamp. */
export const MAX_PROPERTIES = 252;
export const MAX_PROPERTY_BYTES = 64 * 1024;
/** UTF-16 code units: 64 KiB. */
export const MAX_STRING_LENGTH = 32 * 1024;
/** UTF-16 code units: 1 KiB. */
export const MAX_KEY_LENGTH = 512;

/** What the request says around one row: the part's boundaries, its headers, its address. */
const WIRE_BYTES_PER_OPERATION = 1024;
const WIRE_BYTES_PER_PROPERTY = 64;

// eslint-disable-next-line no-control-regex -- control characters are what a key must not hold
const FORBIDDEN_IN_KEYS = /[/\\#?\u0000-\u001f\u007f-\u009f]/u;
const LONE_SURROGATE = /\p{Surrogate}/u;
const TABLE_NAME = /^[A-Za-z][A-Za-z0-9]{2,62}$/;
const PROPERTY_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;
/** Names that the service or its client keeps for itself, folded. */
const RESERVED_NAMES = new Set(['partitionkey', 'rowkey', 'timestamp', 'etag']);

/** @throws TableError `invalid` when the service would refuse the name. */
export function checkTableName(table: string): void {
  if (!TABLE_NAME.test(table)) {
    throw invalid(`table name "${table}" must be 3 to 63 letters and digits and begin with a letter`);
  }
}

/** @throws TableError `invalid` when the service would refuse the key. `what` names it, e.g. `row key`. */
export function checkKey(what: string, key: string): void {
  const shown = JSON.stringify(key.slice(0, 80));
  if (key === '') throw invalid(`${what} is empty`);
  if (key.length > MAX_KEY_LENGTH) {
    throw invalid(`${what} ${shown}… has ${key.length} characters; at most ${MAX_KEY_LENGTH} are possible`);
  }
  if (FORBIDDEN_IN_KEYS.test(key) || LONE_SURROGATE.test(key)) {
    throw invalid(
      `${what} ${shown} holds a character that a key must not hold (/ \\ # ? or a control character)`,
    );
  }
}

/** @throws TableError `invalid`, naming the row, its size and the limit. */
export function checkTransaction(partitionKey: string, operations: readonly TableOperation[]): void {
  checkKey('partition key', partitionKey);
  const count = operations.length;
  if (count < 1 || count > MAX_OPERATIONS_PER_TRANSACTION) {
    throw invalid(
      `a transaction of ${count} operations: 1 to ${MAX_OPERATIONS_PER_TRANSACTION} are possible`,
    );
  }
  const seen = new Set<string>();
  let bytes = 0;
  for (const operation of operations) {
    const { rowKey } = operation;
    checkKey('row key', rowKey);
    if (seen.has(rowKey)) throw invalid(`row ${rowKey} occurs twice in one transaction`);
    seen.add(rowKey);
    bytes += WIRE_BYTES_PER_OPERATION;
    if (operation.kind === 'delete') continue;
    if (operation.kind === 'update' && (operation.etag === '' || operation.etag === '*')) {
      throw invalid(`the update of row ${rowKey} names no ETag; read the row first and send its ETag`);
    }
    bytes += checkRow(partitionKey, rowKey, operation.properties);
  }
  if (bytes > MAX_TRANSACTION_BYTES) {
    throw invalid(
      `a transaction of ${bytes} bytes (${count} rows, the first is ${operations[0]?.rowKey}); at most ${MAX_TRANSACTION_BYTES} are possible`,
    );
  }
}

/** Checks one row; returns about how many bytes it takes in the request. */
function checkRow(partitionKey: string, rowKey: string, properties: RowProperties): number {
  const entries = Object.entries(properties);
  if (entries.length > MAX_PROPERTIES) {
    throw invalid(`row ${rowKey} has ${entries.length} properties; at most ${MAX_PROPERTIES} are possible`);
  }
  let stored = 4 + 2 * (partitionKey.length + rowKey.length);
  let wire = 0;
  for (const [name, value] of entries) {
    const where = `property ${name} of row ${rowKey}`;
    if (!PROPERTY_NAME.test(name)) {
      throw invalid(`${where}: a name is letters, digits and underscores and begins with no digit`);
    }
    if (RESERVED_NAMES.has(name.toLowerCase())) {
      throw invalid(`${where}: the name is reserved; choose another`);
    }
    stored += 8 + 2 * name.length + storedSize(where, value);
    wire += WIRE_BYTES_PER_PROPERTY + 2 * name.length + wireSize(value);
  }
  if (stored > MAX_ROW_BYTES) {
    throw invalid(`row ${rowKey} has ${stored} bytes; at most ${MAX_ROW_BYTES} are possible`);
  }
  return wire;
}

/** Bytes that the value counts against a row's limit. */
function storedSize(where: string, value: PropertyValue): number {
  if (typeof value === 'boolean') return 1;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw invalid(`${where} is ${value}, which cannot be stored`);
    return 8;
  }
  if (typeof value === 'string') {
    if (value.length > MAX_STRING_LENGTH) {
      throw invalid(`${where} has ${value.length} characters; at most ${MAX_STRING_LENGTH} are possible`);
    }
    if (LONE_SURROGATE.test(value)) throw invalid(`${where} holds half of a surrogate pair`);
    return 4 + 2 * value.length;
  }
  if (value.byteLength > MAX_PROPERTY_BYTES) {
    throw invalid(`${where} has ${value.byteLength} bytes; at most ${MAX_PROPERTY_BYTES} are possible`);
  }
  return 4 + value.byteLength;
}

/** Bytes that the value takes as JSON; binary travels as base64. */
function wireSize(value: PropertyValue): number {
  if (typeof value === 'string') return Buffer.byteLength(JSON.stringify(value));
  if (value instanceof Uint8Array) return 4 * Math.ceil(value.byteLength / 3);
  return 24;
}

function invalid(message: string): TableError {
  return new TableError('invalid', message);
}
