/**
 * A checkpoint of the id index on disk: pages, a filter, and a manifest that is inserted last. Without its manifest
 * a checkpoint does not exist; its pages have names of their own, so that two writers never mix theirs.
 */
import { hash } from 'node:crypto';
import type { Row, TableOperation, TableStore } from '../../tables/tableStore.ts';
import { jsonOf, jsonProperties, MAX_PACKED_BYTES, packedBytesOf, packedProperties } from '../packedRow.ts';
import { ADJUSTMENT_LOG, seqText } from '../rowKeys.ts';
import type { BloomFilter } from './bloomFilter.ts';

export interface CheckpointManifest {
  /** Unique name of its pages. */
  readonly id: string;
  /** Batches covered: after `fromSeq`, up to and with `toSeq`. */
  readonly fromSeq: number;
  readonly toSeq: number;
  /** Id of the batch at `toSeq`, compared with that batch's `ids~` row on loading. */
  readonly batchId: string;
  readonly ids: number;
  readonly pages: number;
  readonly filterRows: number;
  /** 8 bytes of hash over each page, in order, in base64. */
  readonly pageHashes: string;
  /** The same over the filter. */
  readonly filterHash: string;
}

type NewCheckpoint = Pick<CheckpointManifest, 'id' | 'fromSeq' | 'toSeq' | 'batchId' | 'ids'>;

const HASH_BYTES = 8;

const MANIFESTS = { from: 'checkpoint~ids~', before: 'checkpoint~ids~:' } as const;

function manifestKey(manifest: CheckpointManifest): string {
  return `checkpoint~ids~${seqText(manifest.toSeq)}~${manifest.id}`;
}

function partKey(id: string, part: 'page' | 'filter', number: number): string {
  return `checkpoint~part~${id}~${part}~${String(number).padStart(8, '0')}`;
}

/** Writes the pages and the filter, then the manifest. @throws TableError */
export async function writeCheckpoint(
  tables: TableStore,
  partitionKey: string,
  manifest: NewCheckpoint,
  pages: readonly Uint8Array[],
  filter: BloomFilter,
): Promise<void> {
  const filterBytes = new Uint8Array(filter.words.buffer, filter.words.byteOffset, filter.words.byteLength);
  const filterParts: Uint8Array[] = [];
  for (let start = 0; start < filterBytes.length; start += MAX_PACKED_BYTES)
    filterParts.push(filterBytes.subarray(start, start + MAX_PACKED_BYTES));
  const insert = (rowKey: string, bytes: Uint8Array): TableOperation => ({
    kind: 'insert',
    rowKey,
    properties: packedProperties(bytes),
  });
  const parts = [
    ...pages.map((page, index) => insert(partKey(manifest.id, 'page', index), page)),
    ...filterParts.map((part, index) => insert(partKey(manifest.id, 'filter', index), part)),
  ];
  const perTransaction = 4;
  for (let start = 0; start < parts.length; start += perTransaction)
    await tables.transact(ADJUSTMENT_LOG, partitionKey, parts.slice(start, start + perTransaction));
  const complete: CheckpointManifest = {
    ...manifest,
    pages: pages.length,
    filterRows: filterParts.length,
    pageHashes: Buffer.concat(pages.map(hashOf)).toString('base64'),
    filterHash: hashOf(filterBytes).toString('base64'),
  };
  await tables.transact(ADJUSTMENT_LOG, partitionKey, [
    { kind: 'insert', rowKey: manifestKey(complete), properties: jsonProperties(complete) },
  ]);
}

/** All manifests of a log, by the batch they reach. @throws TableError */
export async function readManifests(tables: TableStore, partitionKey: string): Promise<CheckpointManifest[]> {
  const rows = await tables.query(ADJUSTMENT_LOG, partitionKey, MANIFESTS);
  return rows.map((row) => jsonOf(row) as CheckpointManifest);
}

/** The words of a checkpoint's filter; undefined when they are not what was written. @throws TableError */
export async function readFilter(
  tables: TableStore,
  partitionKey: string,
  manifest: CheckpointManifest,
): Promise<Uint32Array | undefined> {
  const parts: Uint8Array[] = [];
  for (let index = 0; index < manifest.filterRows; index++) {
    const part = await readPart(tables, partitionKey, partKey(manifest.id, 'filter', index));
    if (part === undefined) return undefined;
    parts.push(part);
  }
  const bytes = new Uint8Array(Buffer.concat(parts));
  if (hashOf(bytes).toString('base64') !== manifest.filterHash) return undefined;
  return new Uint32Array(bytes.buffer, 0, bytes.length / 4);
}

/** One page; undefined when it is missing or damaged, which means "load anew", never "no such id". @throws TableError */
export async function readPage(
  tables: TableStore,
  partitionKey: string,
  manifest: CheckpointManifest,
  page: number,
): Promise<Uint8Array | undefined> {
  const bytes = await readPart(tables, partitionKey, partKey(manifest.id, 'page', page));
  if (bytes === undefined) return undefined;
  const written = Buffer.from(manifest.pageHashes, 'base64').subarray(
    page * HASH_BYTES,
    (page + 1) * HASH_BYTES,
  );
  return written.equals(hashOf(bytes)) ? bytes : undefined;
}

function hashOf(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer').subarray(0, HASH_BYTES);
}

async function readPart(
  tables: TableStore,
  partitionKey: string,
  rowKey: string,
): Promise<Uint8Array | undefined> {
  const row: Row | undefined = await tables.get(ADJUSTMENT_LOG, partitionKey, rowKey);
  return row === undefined ? undefined : packedBytesOf(row);
}
