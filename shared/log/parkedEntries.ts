/**
 * The rows of parked lines, of both kinds, with what became of each line since: `parked~{seq}` holds lines that the cache
 * refused or that are unknown in it, `parked~r{run}~{attempt}` those that no journal could take. A line leaves such a
 * row by being appended once more, in the transaction that notes in the row where it has gone. Nothing else of the row
 * ever changes, so what is left out of an aggregation stays left out.
 */
import type { Row, TableOperation, TableStore } from '../tables/tableStore.ts';
import type { LinePlace } from './idsRow.ts';
import { jsonOf, jsonProperties, packedBytesOf } from './packedRow.ts';
import type { ParkedDocument, ParkReason, UnfoldedDocument, UnfoldedLine } from './parkedRow.ts';
import { ADJUSTMENT_LOG, seqKey, seqOf, UNFOLDABLE_PREFIX } from './rowKeys.ts';

/** What a human found out about a line of which it was unknown whether the cache had applied it. */
export type Verdict = 'applied' | 'notApplied';

/** That parked lines were appended once more, and on whose word. */
export interface RedriveNote {
  /** Number of the batch that carries them now. */
  readonly batch: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Who asked for it: the application, and the user where there is one. */
  readonly by: string;
  /** Why, in their words. */
  readonly reason: string;
  /** Names the request, so that its own repetition after a lost answer is told from another's. */
  readonly operation: string;
  readonly verdict?: Verdict;
  /** Which lines: where each was parked, and its position in the new batch. */
  readonly lines: readonly (readonly [seq: number, position: number, newPosition: number])[];
}

export interface ParkedEntry extends LinePlace {
  readonly reason: ParkReason | 'unfoldable';
  readonly message: string;
  readonly statusCode?: number;
  readonly tokenExpiresAt?: number;
}

export interface ParkedRow {
  readonly rowKey: string;
  readonly entries: readonly ParkedEntry[];
  readonly redrives: readonly RedriveNote[];
  /** Size of what it holds. */
  readonly bytes: number;
  /** The row If-Match with one more note. */
  readonly noted: (note: RedriveNote) => TableOperation;
}

/** @throws UnknownRowVersionError, DamagedRowError */
export function parkedRowOf(row: Row): ParkedRow {
  const { rowKey, etag } = row;
  const document = jsonOf(row) as ParkedDocument | UnfoldedDocument | readonly UnfoldedLine[];
  const stored = 'excluded' in document || 'lines' in document ? document : { lines: document, redrives: [] };
  const { redrives = [] } = stored;
  return {
    rowKey,
    entries:
      'excluded' in stored
        ? stored.excluded.map((line) => ({ seq: seqOf(rowKey), ...line }))
        : stored.lines.map(({ seq, position, reason }) => ({
            seq,
            position,
            reason: 'unfoldable',
            message: reason,
          })),
    redrives,
    bytes: packedBytesOf(row).length,
    noted: (note) => ({
      kind: 'update',
      rowKey,
      properties: jsonProperties({ ...stored, redrives: [...redrives, note] }),
      etag,
    }),
  };
}

/** @throws TableError, UnknownRowVersionError, DamagedRowError */
export async function readParkedRow(
  tables: TableStore,
  partitionKey: string,
  rowKey: string,
): Promise<ParkedRow | undefined> {
  const row = await tables.get(ADJUSTMENT_LOG, partitionKey, rowKey);
  return row && parkedRowOf(row);
}

/** The next rows after a key (exclusive; empty for the first), in the order of their keys. @throws TableError */
export async function parkedRowsAfter(
  tables: TableStore,
  partitionKey: string,
  after: string,
  limit: number,
): Promise<ParkedRow[]> {
  // Keys are only ever extended by "~", which comes after "!".
  const from = after === '' ? 'parked~' : `${after}!`;
  const rows = await tables.query(ADJUSTMENT_LOG, partitionKey, { from, before: 'parked~~', limit });
  return rows.map(parkedRowOf);
}

/** The batches of a range with a line that is parked still. @throws TableError, UnknownRowVersionError, DamagedRowError */
export async function openLinesBetween(
  tables: TableStore,
  partitionKey: string,
  fromSeq: number,
  toSeq: number,
): Promise<number[]> {
  const rows = await tables.query(ADJUSTMENT_LOG, partitionKey, {
    from: seqKey('parked', fromSeq),
    before: seqKey('parked', toSeq + 1),
  });
  return rows
    .map(parkedRowOf)
    .filter((row) => row.entries.some((entry) => redriveOf(row, entry) === undefined))
    .map(({ rowKey }) => seqOf(rowKey));
}

/** The run and the attempt that a row of lines which did not fold belongs to; undefined for the other kind. */
export function attemptOfParkedRow(
  rowKey: string,
): { readonly run: number; readonly attempt: string } | undefined {
  if (!rowKey.startsWith(UNFOLDABLE_PREFIX)) return undefined;
  const rest = rowKey.slice(UNFOLDABLE_PREFIX.length);
  const split = rest.indexOf('~');
  return { run: Number(rest.slice(0, split)), attempt: rest.slice(split + 1) };
}

/** Where a parked line stands now, and the note of it; undefined while it is parked still. */
export function redriveOf(
  row: ParkedRow,
  { seq, position }: LinePlace,
): { readonly note: RedriveNote; readonly place: LinePlace } | undefined {
  for (const note of row.redrives) {
    const line = note.lines.find(([fromSeq, from]) => fromSeq === seq && from === position);
    if (line) return { note, place: { seq: note.batch, position: line[2] } };
  }
  return undefined;
}
