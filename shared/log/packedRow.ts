/**
 * Bytes and JSON in a row: compressed, and cut into binary properties, because a property holds at most 64 KiB. Every
 * row names the version of its format; a version this code does not know is never read as if it were empty.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Row, RowProperties } from '../tables/tableStore.ts';
import { ADJUSTMENT_LOG } from './rowKeys.ts';

/** Format that this code writes. Readers of a later version must know it one release before anything writes it. */
export const ROW_VERSION = 1;

/** Largest packed value of one row, in bytes: leaves room for the other properties below the service's 1 MiB. */
export const MAX_PACKED_BYTES = 850_000;

const PROPERTY_BYTES = 64 * 1024;

/** Where an operator finds a row of a log. */
function rowName({ partitionKey, rowKey }: Pick<Row, 'partitionKey' | 'rowKey'>): string {
  return `Row ${rowKey} of partition ${partitionKey} of table ${ADJUSTMENT_LOG}`;
}

/** A row was written by a version of the code that this one does not understand. */
export class UnknownRowVersionError extends Error {
  constructor(row: Row, property: string, known: string | number) {
    super(
      `${rowName(row)} has ${property} ${String(row.properties[property])}; ` +
        `this version of the app understands ${known}. Deploy the newer version; the row is left alone.`,
    );
    this.name = 'UnknownRowVersionError';
  }
}

/** A row of a known version does not hold what such a row holds, or is missing where it has to be. */
export class DamagedRowError extends Error {
  constructor(row: Pick<Row, 'partitionKey' | 'rowKey'>, what: string, options?: ErrorOptions) {
    super(`${rowName(row)} is damaged: ${what}. Restore the row from a backup.`, options);
    this.name = 'DamagedRowError';
  }
}

/** @throws UnknownRowVersionError */
export function assertKnownVersion(row: Row): void {
  if (row.properties['v'] !== ROW_VERSION) throw new UnknownRowVersionError(row, 'v', ROW_VERSION);
}

/** What `decode` makes of the row's content. @throws DamagedRowError where it throws an Error. */
export function decoded<Content>(row: Row, decode: () => Content): Content {
  try {
    return decode();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DamagedRowError(row, reason, { cause: error });
  }
}

/** Compresses bytes; deterministic. */
export function pack(bytes: Uint8Array): Uint8Array {
  return deflateRawSync(bytes, { level: 1 });
}

export function unpack(bytes: Uint8Array): Uint8Array {
  return inflateRawSync(bytes);
}

/** Cuts packed bytes into the properties `d0`, `d1`, … and adds the row's version and other properties. */
export function packedProperties(packed: Uint8Array, others: RowProperties = {}): RowProperties {
  const properties: Record<string, string | number | boolean | Uint8Array> = { v: ROW_VERSION, ...others };
  for (let start = 0, index = 0; start < packed.length || index === 0; start += PROPERTY_BYTES, index++) {
    properties[`d${index}`] = packed.subarray(start, start + PROPERTY_BYTES);
  }
  return properties;
}

/** The bytes that {@link packedProperties} cut. @throws UnknownRowVersionError */
export function packedBytesOf(row: Row): Uint8Array {
  assertKnownVersion(row);
  const chunks: Uint8Array[] = [];
  for (let index = 0; ; index++) {
    const chunk = row.properties[`d${index}`];
    if (!(chunk instanceof Uint8Array)) break;
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

export function packJson(value: unknown): Uint8Array {
  return pack(Buffer.from(JSON.stringify(value)));
}

export function unpackJson(packed: Uint8Array): unknown {
  return JSON.parse(Buffer.from(unpack(packed)).toString('utf8'));
}

/** A small state document as row properties. */
export function jsonProperties(value: unknown, others: RowProperties = {}): RowProperties {
  return packedProperties(packJson(value), others);
}

/** The document that {@link jsonProperties} stored. @throws UnknownRowVersionError, DamagedRowError */
export function jsonOf(row: Row): unknown {
  const packed = packedBytesOf(row);
  return decoded(row, () => unpackJson(packed));
}

/** A text property of a row. @throws DamagedRowError */
export function textOf(row: Row, name: string): string {
  const value = row.properties[name];
  if (typeof value !== 'string') throw new DamagedRowError(row, `its property ${name} is no text`);
  return value;
}

/** A number property of a row. @throws DamagedRowError */
export function numberOf(row: Row, name: string): number {
  const value = row.properties[name];
  if (typeof value !== 'number') throw new DamagedRowError(row, `its property ${name} is no number`);
  return value;
}
