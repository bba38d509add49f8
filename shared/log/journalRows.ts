/** The `journal~` rows: the aggregated lines of one journal, packed in as many rows as they need, never changed. */
import { hash } from 'node:crypto';
import type { AggregatedLine, Journal } from '../aggregation/aggregatedLine.ts';
import type { TableOperation, TableStore } from '../tables/tableStore.ts';
import { type Column, dimensionsAt, encodeColumn, encodeDimensions, valueAt } from './columns.ts';
import { MAX_PACKED_BYTES, packedBytesOf, packedProperties, packJson, unpackJson } from './packedRow.ts';
import { ADJUSTMENT_LOG, attemptKey } from './rowKeys.ts';

const TEXT_FIELDS = [
  'quantity',
  'organizationId',
  'productId',
  'dataSource',
  'physicalMeasure',
  'fnoJournalNameId',
  'costPrice',
  'transDate',
] as const;

/** Lines put into one row at first; halved where they do not fit. */
const LINES_PER_PART = 10_000;

interface EncodedPart {
  /** All but the lines; in every part. */
  readonly journal: Omit<Journal, 'lines' | 'directions'>;
  readonly parts: number;
  readonly n: number;
  readonly columns: Readonly<Record<string, Column>>;
  readonly dimensions: Readonly<Record<string, Column>>;
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
  const columns: Record<string, Column> = {};
  for (const field of TEXT_FIELDS) columns[field] = encodeColumn(lines.map((line) => line[field]));
  const first = directions[0] ?? 1;
  return {
    journal: rest,
    parts,
    n: lines.length,
    columns,
    dimensions: encodeDimensions(lines),
    directions: directions.every((direction) => direction === first) ? first : directions,
    sources: lines.map((line) => line.sources.flat()),
  };
}

/** @throws Error when the parts are not those of one journal. */
export function decodeJournal(packed: readonly Uint8Array[]): Journal {
  const parts = packed.map((bytes) => unpackJson(bytes) as EncodedPart);
  const first = parts[0];
  if (first === undefined || first.parts !== parts.length)
    throw new Error(`A journal of ${first?.parts ?? 0} parts cannot be read from ${parts.length}.`);
  const lines: AggregatedLine[] = [];
  const directions: (1 | -1)[] = [];
  for (const part of parts) {
    for (let index = 0; index < part.n; index++) {
      const line: Record<string, unknown> = { dimensions: dimensionsAt(part.dimensions, index) };
      for (const field of TEXT_FIELDS) {
        const value = valueAt(part.columns[field], index);
        if (value !== undefined) line[field] = value;
      }
      const flat = part.sources[index] ?? [];
      line['sources'] = Array.from({ length: flat.length / 2 }, (_, source) => [
        flat[2 * source],
        flat[2 * source + 1],
      ]);
      lines.push(line as unknown as AggregatedLine);
      directions.push(typeof part.directions === 'number' ? part.directions : (part.directions[index] ?? 1));
    }
  }
  return { ...first.journal, lines, directions };
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

/** The packed rows of a journal; undefined when the attempt has no such journal. @throws TableError */
export async function readPackedJournal(
  tables: TableStore,
  partitionKey: string,
  run: number,
  attempt: string,
  number: number,
): Promise<Uint8Array[] | undefined> {
  const from = attemptKey('journal', run, attempt, number);
  const rows = await tables.query(ADJUSTMENT_LOG, partitionKey, { from: `${from}~`, before: `${from}~:` });
  return rows.length === 0 ? undefined : rows.map(packedBytesOf);
}

/** 8 bytes over the rows of a package's journals, in order. */
export function packageHash(journals: readonly (readonly Uint8Array[])[]): Buffer {
  const digests = journals.flat().map((bytes) => hash('sha256', bytes, 'buffer'));
  return hash('sha256', Buffer.concat(digests), 'buffer').subarray(0, 8);
}

function partText(part: number): string {
  return String(part).padStart(3, '0');
}
