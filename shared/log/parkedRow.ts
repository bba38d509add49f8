/**
 * Lines that the cache refused, or that are unknown in it: they are left out of every aggregation and block nobody.
 * `excluded` is fixed for ever by the transaction that made the batch *posted*; what becomes of the lines afterwards
 * stands beside it: see parkedEntries.ts.
 */
import type { Row, TableOperation, TableStore } from '../tables/tableStore.ts';
import { jsonOf, jsonProperties } from './packedRow.ts';
import type { RedriveNote } from './parkedEntries.ts';
import { ADJUSTMENT_LOG, seqKey, unfoldableKey } from './rowKeys.ts';

/** `refused`: Inventory Visibility turned the event down. `unknown`: whether it was applied cannot be known. */
export type ParkReason = 'refused' | 'unknown';

export interface ParkedLine {
  /** Position of the line in its batch. */
  readonly position: number;
  readonly reason: ParkReason;
  /** The other side's own words. */
  readonly message: string;
  readonly statusCode?: number;
  /**
   * Of a line that is unknown: when the token of its last attempt expires, after which none of them can begin to have an
   * effect any more. Milliseconds since the Unix epoch.
   */
  readonly tokenExpiresAt?: number;
}

export interface ParkedDocument {
  readonly excluded: readonly ParkedLine[];
  readonly redrives?: readonly RedriveNote[];
}

export function parkedInsert(seq: number, excluded: readonly ParkedLine[]): TableOperation {
  const document: ParkedDocument = { excluded };
  return { kind: 'insert', rowKey: seqKey('parked', seq), properties: jsonProperties(document) };
}

function parkedOf(row: Row): readonly ParkedLine[] {
  return (jsonOf(row) as ParkedDocument).excluded;
}

/** The lines of a batch that were parked; mostly none. @throws TableError */
export async function parkedLines(
  tables: TableStore,
  partitionKey: string,
  seq: number,
): Promise<readonly ParkedLine[]> {
  const row = await tables.get(ADJUSTMENT_LOG, partitionKey, seqKey('parked', seq));
  return row === undefined ? [] : parkedOf(row);
}

/** The parked lines of all batches of a range. @throws TableError */
export async function parkedLinesBetween(
  tables: TableStore,
  partitionKey: string,
  fromSeq: number,
  toSeq: number,
): Promise<Map<number, readonly ParkedLine[]>> {
  const rows = await tables.query(ADJUSTMENT_LOG, partitionKey, {
    from: seqKey('parked', fromSeq),
    before: seqKey('parked', toSeq + 1),
  });
  return new Map(rows.map((row) => [Number(row.rowKey.slice('parked~'.length)), parkedOf(row)]));
}

/** A source line that one attempt at a run could not fold. */
export interface UnfoldedLine {
  readonly seq: number;
  readonly position: number;
  readonly reason: string;
}

/** The row's document once a line was driven again; before, it is the list of lines alone. */
export interface UnfoldedDocument {
  readonly lines: readonly UnfoldedLine[];
  readonly redrives: readonly RedriveNote[];
}

export function unfoldedInsert(run: number, attempt: string, lines: readonly UnfoldedLine[]): TableOperation {
  return { kind: 'insert', rowKey: unfoldableKey(run, attempt), properties: jsonProperties(lines) };
}

/** What the committed attempt of a run could not fold. @throws TableError */
export async function unfoldedLines(
  tables: TableStore,
  partitionKey: string,
  run: number,
  attempt: string,
): Promise<readonly UnfoldedLine[]> {
  const row = await tables.get(ADJUSTMENT_LOG, partitionKey, unfoldableKey(run, attempt));
  if (row === undefined) return [];
  const document = jsonOf(row) as UnfoldedDocument | readonly UnfoldedLine[];
  return 'lines' in document ? document.lines : document;
}
