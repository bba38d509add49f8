/**
 * The pages and the filter of a checkpoint as rows. Their names are the checkpoint's own, so that two writers never mix
 * theirs. Each segment stands in one transaction: where its row of the filter is, its pages were written.
 */
import { hash } from 'node:crypto';
import type { Row, TableOperation, TableStore } from '../../tables/tableStore.ts';
import { DamagedRowError, numberOf, packedBytesOf, packedProperties } from '../packedRow.ts';
import { ADJUSTMENT_LOG } from '../rowKeys.ts';
import type { IdSegment } from './idSegment.ts';

export const PAGE_HASH_BYTES = 8;

export type Part = 'page' | 'filter';

/** What is known of a segment once it is written. */
export interface WrittenSegment {
  readonly ids: number;
  readonly pageHashes: Uint8Array;
  readonly filter: Uint8Array;
}

function partKey(id: string, part: Part, number: number): string {
  return `checkpoint~part~${id}~${part}~${String(number).padStart(8, '0')}`;
}

/** All parts of a checkpoint, or of all checkpoints that come after the one named. */
export const PARTS = {
  of: (id: string) => ({ from: `checkpoint~part~${id}~`, before: `checkpoint~part~${id}~~` }),
  after: (id?: string) => ({
    from: id === undefined ? 'checkpoint~part~' : PARTS.of(id).before,
    before: 'checkpoint~part~~',
  }),
};

/** The checkpoint that a part belongs to. */
export function checkpointOfPart({ rowKey }: Pick<Row, 'rowKey'>): string {
  return rowKey.split('~')[2] ?? '';
}

export function hashOf(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer').subarray(0, PAGE_HASH_BYTES);
}

/** @param work names what the checkpoint is made of, so that who finds it unfinished can go on. @throws TableError */
export async function insertSegment(
  tables: TableStore,
  partitionKey: string,
  checkpoint: { readonly id: string; readonly work: string },
  segment: number,
  ids: IdSegment,
): Promise<WrittenSegment> {
  const pages = ids.pages();
  const written = {
    ids: ids.size,
    pageHashes: new Uint8Array(Buffer.concat(pages.map(hashOf))),
    filter: ids.filter(),
  };
  const { work } = checkpoint;
  const insert = (rowKey: string, bytes: Uint8Array, others = {}): TableOperation => ({
    kind: 'insert',
    rowKey,
    properties: packedProperties(bytes, others),
  });
  await tables.transact(ADJUSTMENT_LOG, partitionKey, [
    ...pages.map((page, index) =>
      insert(partKey(checkpoint.id, 'page', segment * pages.length + index), page),
    ),
    insert(partKey(checkpoint.id, 'filter', segment), written.filter, {
      ids: written.ids,
      pageHashes: written.pageHashes,
      work,
    }),
  ]);
  return written;
}

/** A segment that was written before; undefined when it was not. @throws TableError, DamagedRowError */
export async function readSegment(
  tables: TableStore,
  partitionKey: string,
  id: string,
  segment: number,
): Promise<WrittenSegment | undefined> {
  const row = await tables.get(ADJUSTMENT_LOG, partitionKey, partKey(id, 'filter', segment));
  if (row === undefined) return undefined;
  const { pageHashes } = row.properties;
  if (!(pageHashes instanceof Uint8Array)) throw new DamagedRowError(row, 'it has no hashes of pages');
  return { ids: numberOf(row, 'ids'), pageHashes, filter: packedBytesOf(row) };
}

/** Undefined when it is missing. @throws TableError, UnknownRowVersionError */
export async function readPart(
  tables: TableStore,
  partitionKey: string,
  id: string,
  part: Part,
  number: number,
): Promise<Uint8Array | undefined> {
  const row = await tables.get(ADJUSTMENT_LOG, partitionKey, partKey(id, part, number));
  return row && packedBytesOf(row);
}

/** The pages from one number up to before another, in order, without those that are missing. @throws TableError */
export async function readPages(
  tables: TableStore,
  partitionKey: string,
  id: string,
  range: { readonly from: number; readonly before: number },
): Promise<{ readonly number: number; readonly bytes: Uint8Array }[]> {
  const rows = await tables.query(ADJUSTMENT_LOG, partitionKey, {
    from: partKey(id, 'page', range.from),
    before: partKey(id, 'page', range.before),
  });
  return rows.map((row) => ({ number: Number(row.rowKey.split('~')[4]), bytes: packedBytesOf(row) }));
}
