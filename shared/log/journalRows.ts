/** The `journal~` rows: the aggregated lines of one journal, packed in as many rows as they need, never changed. */
import { baseDimensions } from '../adjustments/baseDimensions.ts';
import { hash } from 'node:crypto';
import type { AggregatedLine, Journal } from '../aggregation/aggregatedLine.ts';
import type { Row, TableOperation, TableStore } from '../tables/tableStore.ts';
import {
  type Column,
  columnReader,
  type DimensionColumns,
  dimensionsReader,
  encodeColumn,
  encodeDimensions,
} from './columns.ts';
import {
  DamagedRowError,
  decoded,
  MAX_PACKED_BYTES,
  packedBytesOf,
  packedProperties,
  packJson,
  unpackJson,
} from './packedRow.ts';
import { ADJUSTMENT_LOG, attemptKey } from './rowKeys.ts';

const REQUIRED_FIELDS = ['quantity', 'organizationId', 'productId', 'dataSource', 'physicalMeasure'] as const;
const OPTIONAL_FIELDS = ['fnoJournalNameId', 'costPrice', 'transDate'] as const;
const TEXT_FIELDS = [...REQUIRED_FIELDS, ...OPTIONAL_FIELDS];
type Field = (typeof TEXT_FIELDS)[number];

/** Lines put into one row at first; halved where they do not fit. */
const LINES_PER_PART = 10_000;

interface EncodedPart {
  /** All but the lines; in every part. */
  readonly journal: Omit<Journal, 'lines' | 'directions'>;
  readonly parts: number;
  readonly n: number;
  readonly columns: Readonly<Partial<Record<Field, Column>>>;
  readonly dimensions: DimensionColumns;
  readonly directions: readonly (1 | -1)[] | 1 | -1;
  /** Per line, its sources: seq, position, seq, position, … */
  readonly sources: readonly (readonly number[])[];
}

/** The packed rows of a journal. */
export function encodeJournal(journal: Journal): Uint8Array[] {
  for (let linesPerPart = LINES_PER_PART; ; linesPerPart = Math.ceil(linesPerPart / 2)) {
    const parts = Math.max(1, Math.ceil(journal.lines.length / linesPerPart));
    const packed: Uint8Array[] = [];
    for (let part = 0; part < parts; part++)
      packed.push(packJson(encodePart(journal, parts, part * linesPerPart, (part + 1) * linesPerPart)));
    if (packed.every((bytes) => bytes.length <= MAX_PACKED_BYTES) || linesPerPart === 1) return packed;
  }
}

function encodePart(journal: Journal, parts: number, from: number, to: number): EncodedPart {
  const { lines: allLines, directions: allDirections, ...rest } = journal;
  const lines = allLines.slice(from, to);
  const directions = allDirections.slice(from, to);
  const columns: Partial<Record<Field, Column>> = {};
  for (const field of TEXT_FIELDS)
    columns[field] = encodeColumn(lines.length, (index) => lines[index]?.[field]);
  const first = directions[0] ?? 1;
  return {
    journal: rest,
    parts,
    n: lines.length,
    columns,
    dimensions: encodeDimensions(lines.map((line) => ({ dimensions: baseDimensions(line.dimensions) }))),
    directions: directions.every((direction) => direction === first) ? first : directions,
    sources: lines.map((line) => line.sources.flat()),
  };
}

interface JournalPart {
  readonly journal: EncodedPart['journal'];
  readonly parts: number;
  readonly lines: readonly AggregatedLine[];
  readonly directions: readonly (1 | -1)[];
}

/** @throws Error when the bytes are no part of a journal, or the parts not those of one. */
export function decodeJournal(packed: readonly Uint8Array[]): Journal {
  return joined(packed.map(decodePart));
}

function decodePart(packed: Uint8Array): JournalPart {
  const encoded = unpackJson(packed) as EncodedPart;
  const { journal, parts, n, directions } = encoded;
  return {
    journal,
    parts,
    lines: linesOf(encoded),
    directions: typeof directions === 'number' ? new Array<1 | -1>(n).fill(directions) : directions,
  };
}

function joined(parts: readonly JournalPart[]): Journal {
  const first = parts[0];
  if (first === undefined || first.parts !== parts.length)
    throw new Error(`a journal of ${first?.parts ?? 0} parts cannot be read from ${parts.length}`);
  return {
    ...first.journal,
    lines: parts.flatMap(({ lines }) => lines),
    directions: parts.flatMap(({ directions }) => directions),
  };
}

/** The kind of the journal that a row is a part of. @throws UnknownRowVersionError, DamagedRowError */
export function kindOfJournalRow(row: Row): Journal['kind'] {
  const packed = packedBytesOf(row);
  return decoded(row, () => (unpackJson(packed) as EncodedPart).journal.kind);
}

function linesOf({ n, columns, dimensions, sources, directions }: EncodedPart): AggregatedLine[] {
  if (!Number.isSafeInteger(n) || n < 0) throw new Error(`${String(n)} is no number of lines`);
  if (sources?.length !== n) throw new Error(`a journal of ${n} lines does not name their sources`);
  if (typeof directions !== 'number' && directions?.length !== n)
    throw new Error(`a journal of ${n} lines does not name their directions`);
  const reader = (field: Field) => [field, columnReader(columns[field], n, field)] as const;
  const required = REQUIRED_FIELDS.map(reader);
  const optional = OPTIONAL_FIELDS.map(reader);
  const dimensionsAt = dimensionsReader(dimensions, n);
  return Array.from({ length: n }, (_, index) => {
    const line: Partial<Record<Field, string>> & Pick<AggregatedLine, 'dimensions' | 'sources'> = {
      dimensions: dimensionsAt(index).pairs(),
      sources: pairs(sources[index] ?? []),
    };
    for (const [field, valueAt] of required) {
      const value = valueAt(index);
      if (value === undefined) throw new Error(`line ${index} of a journal has no ${field}`);
      line[field] = value;
    }
    for (const [field, valueAt] of optional) {
      const value = valueAt(index);
      if (value !== undefined) line[field] = value;
    }
    return line as AggregatedLine;
  });
}

function pairs(flat: readonly number[]): [seq: number, position: number][] {
  return Array.from({ length: flat.length / 2 }, (_, pair) => [flat[2 * pair] ?? 0, flat[2 * pair + 1] ?? 0]);
}

/** The inserts of a journal's rows under one attempt. */
export function journalInserts(
  run: number,
  attempt: string,
  number: number,
  packed: readonly Uint8Array[],
): TableOperation[] {
  return packed.map((bytes, part) => ({
    kind: 'insert',
    rowKey: attemptKey('journal', run, attempt, number, partText(part)),
    properties: packedProperties(bytes, { parts: packed.length }),
  }));
}

export interface StoredJournal {
  readonly journal: Journal;
  /** As its rows hold it, for {@link packageHash}. */
  readonly packed: readonly Uint8Array[];
}

/**
 * Undefined when the attempt has no such journal.
 * @throws TableError, UnknownRowVersionError; DamagedRowError, which names the row
 */
export async function readJournal(
  tables: TableStore,
  partitionKey: string,
  run: number,
  attempt: string,
  number: number,
): Promise<StoredJournal | undefined> {
  const from = attemptKey('journal', run, attempt, number);
  const rows = await tables.query(ADJUSTMENT_LOG, partitionKey, { from: `${from}~`, before: `${from}~:` });
  const [first] = rows;
  if (first === undefined) return undefined;
  const packed = rows.map(packedBytesOf);
  const parts = rows.map((row) => decoded(row, () => decodePart(packedBytesOf(row))));
  return { journal: decoded(first, () => joined(parts)), packed };
}

/** What is wrong where a run was committed with a journal that is not there. */
export function missingJournal(
  partitionKey: string,
  run: number,
  attempt: string,
  number: number,
): DamagedRowError {
  const rowKey = attemptKey('journal', run, attempt, number, partText(0));
  return new DamagedRowError(
    { partitionKey, rowKey },
    `it is missing, though run ${run} was committed with it`,
  );
}

export const PACKAGE_HASH_BYTES = 8;

/** {@link PACKAGE_HASH_BYTES} bytes over the rows of a package's journals, in order. */
export function packageHash(journals: readonly (readonly Uint8Array[])[]): Buffer {
  const digests = journals.flat().map((bytes) => hash('sha256', bytes, 'buffer'));
  return hash('sha256', Buffer.concat(digests), 'buffer').subarray(0, PACKAGE_HASH_BYTES);
}

function partText(part: number): string {
  return String(part).padStart(3, '0');
}
