/**
 * Reads the rows of a log as bytes and properties and decodes them by itself: the checker shares no code with the
 * product, so that a mistake of the product's codecs cannot hide behind itself.
 */
import { inflateRawSync } from 'node:zlib';
import { Violation } from '../engine/violation.ts';

/** A row as the store holds it. */
export interface RawRow {
  readonly rowKey: string;
  readonly properties: Readonly<Record<string, string | number | boolean | Uint8Array>>;
}

type Column = { readonly all?: string | null; readonly each?: readonly (string | null)[] };

export interface StoredLine {
  readonly id: string;
  readonly organizationId: string;
  readonly productId: string;
  readonly quantityDataSource: string;
  readonly physicalMeasure: string;
  readonly quantity: string;
  readonly externalReferenceCategory?: string;
  readonly externalReferenceId?: string;
  readonly fnoJournalNameId?: string;
  readonly costPrice?: string;
  readonly transDate?: string;
  readonly resolvedDate?: string;
  readonly dimensions: readonly (readonly [string, string])[];
}

export interface AggregateLine {
  readonly quantity: string;
  readonly organizationId: string;
  readonly productId: string;
  readonly dataSource: string;
  readonly physicalMeasure: string;
  readonly fnoJournalNameId?: string;
  readonly costPrice?: string;
  readonly transDate?: string;
  readonly dimensions: readonly (readonly [string, string])[];
  readonly sources: readonly (readonly [seq: number, position: number])[];
  readonly direction: number;
}

export interface StoredJournal {
  readonly number: number;
  readonly kind: string;
  readonly holdReason?: string;
  readonly targetStatus?: string;
  readonly journalNameId?: string;
  readonly parts: number;
  readonly lines: readonly AggregateLine[];
}

export interface LineStatus {
  readonly status: string;
  readonly journalNumber?: string;
  readonly lineNumber?: string;
  readonly voucher?: string;
  readonly error?: string;
  /** What people have decided, oldest first. */
  readonly decisions?: readonly Decision[];
}

export interface Decision {
  readonly kind: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Of one to send the line again: the version of its journal's key, and how many submissions there were. */
  readonly version?: number;
  readonly after?: number;
  readonly correction?: object;
  readonly verdict?: string;
}

const cache = new WeakMap<RawRow, unknown>();

/** Decodes a row once; rows are never changed in place. */
function once<T>(row: RawRow, decode: () => T): T {
  const known = cache.get(row);
  if (known !== undefined) return known as T;
  const value = decode();
  cache.set(row, value);
  return value;
}

export function bytesOf(row: RawRow): Buffer {
  const chunks: Uint8Array[] = [];
  for (let index = 0; row.properties[`d${index}`] instanceof Uint8Array; index++)
    chunks.push(row.properties[`d${index}`] as Uint8Array);
  return Buffer.concat(chunks);
}

/** The compressed JSON of a row. */
export function documentOf(row: RawRow): Record<string, unknown> {
  return once(
    row,
    () => JSON.parse(inflateRawSync(bytesOf(row)).toString('utf8')) as Record<string, unknown>,
  );
}

export function numberIn(row: RawRow, name: string): number {
  const value = row.properties[name];
  if (typeof value !== 'number') throw new Violation(`${row.rowKey} has no number ${name}`);
  return value;
}

export function textIn(row: RawRow, name: string): string {
  const value = row.properties[name];
  if (typeof value !== 'string') throw new Violation(`${row.rowKey} has no text ${name}`);
  return value;
}

/** What a row of parked lines holds, of either kind: the lines as they were parked, and where they have gone since. */
export interface ParkedLines {
  readonly lines: readonly {
    readonly seq: number;
    readonly position: number;
    readonly reason: string;
    /** Of a line that is unknown in the cache. */
    readonly tokenExpiresAt?: number;
  }[];
  readonly redrives: readonly {
    readonly batch: number;
    readonly verdict?: string;
    readonly lines: readonly (readonly [seq: number, position: number, newPosition: number])[];
  }[];
}

export function parkedLinesOf(row: RawRow): ParkedLines {
  const document = documentOf(row) as {
    excluded?: { position: number; reason: string }[];
    lines?: ParkedLines['lines'];
    redrives?: ParkedLines['redrives'];
  };
  const seq = Number(row.rowKey.slice('parked~'.length));
  const unfolded = (Array.isArray(document) ? document : document.lines) as ParkedLines['lines'] | undefined;
  return {
    lines: document.excluded?.map((line) => ({ seq, ...line })) ?? unfolded ?? [],
    redrives: document.redrives ?? [],
  };
}

/** Whether a batch carries parked lines once more. */
export function isRedrive(batch: RawRow): boolean {
  return batch.properties['kind'] === 'redrive';
}

export function linesOfBatch(row: RawRow): readonly StoredLine[] {
  const document = documentOf(row);
  return once(document as unknown as RawRow, () => linesOf(document) as unknown as StoredLine[]);
}

/** One part of a journal: what it says of the journal, and its lines. */
export function journalPart(row: RawRow): StoredJournal {
  const document = documentOf(row);
  return once(document as unknown as RawRow, () => {
    const directions = document['directions'] as number | number[];
    const sources = document['sources'] as number[][];
    const lines = linesOf(document).map((line, index) => ({
      ...line,
      sources: pairs(sources[index] ?? []),
      direction: typeof directions === 'number' ? directions : (directions[index] ?? 0),
    }));
    return {
      ...(document['journal'] as object),
      parts: Number(document['parts']),
      lines: lines as unknown as AggregateLine[],
    } as unknown as StoredJournal;
  });
}

/** The status of each line of a package. */
export function outcomeLines(row: RawRow): readonly LineStatus[] {
  return once(row, () => {
    const parts = textIn(row, 'parts');
    if (parts !== '')
      throw new Violation(`${row.rowKey} has parts; the simulator makes no package that large`);
    const { n, ...columns } = JSON.parse(inflateRawSync(bytesOf(row)).toString('utf8')) as {
      n: number;
    } & Record<string, Column>;
    return Array.from({ length: n }, (_, index) => {
      const line: Record<string, string> = {};
      for (const [name, column] of Object.entries(columns)) {
        const value = cell(column, index, n);
        if (value !== undefined) line[name] = value;
      }
      const { decisions, ...said } = line;
      return {
        ...said,
        ...(decisions === undefined ? {} : { decisions: JSON.parse(decisions) as Decision[] }),
      } as unknown as LineStatus;
    });
  });
}

function linesOf(document: Record<string, unknown>): Record<string, unknown>[] {
  const count = Number(document['n']);
  const columns = Object.entries(document['columns'] as Record<string, Column>);
  const dimensions = document['dimensions'] as [string, Column][];
  return Array.from({ length: count }, (_, index) => {
    const line: Record<string, unknown> = {};
    for (const [name, column] of columns) {
      const value = cell(column, index, count);
      if (value !== undefined) line[name] = value;
    }
    line['dimensions'] = dimensions.flatMap(([name, column]) => {
      const value = cell(column, index, count);
      return value === undefined ? [] : [[name, value]];
    });
    return line;
  });
}

function cell(column: Column, index: number, count: number): string | undefined {
  if (column.each === undefined) return column.all ?? undefined;
  if (column.each.length !== count)
    throw new Violation(`a column has ${column.each.length} values, not ${count}`);
  return column.each[index] ?? undefined;
}

function pairs(flat: readonly number[]): [number, number][] {
  return Array.from({ length: flat.length / 2 }, (_, pair) => [flat[2 * pair] ?? 0, flat[2 * pair + 1] ?? 0]);
}
