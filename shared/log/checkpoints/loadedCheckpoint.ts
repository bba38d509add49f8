/** A checkpoint in use: its filter and the hashes of its pages in memory, its pages read when an id may be in them. */
import type { TableStore } from '../../tables/tableStore.ts';
import { BLOCK_BYTES, BloomFilter } from './bloomFilter.ts';
import { partOf } from './checkpointLayout.ts';
import { seqsInPage } from './idPage.ts';
import type { CheckpointManifest } from './manifest.ts';
import { hashOf, PAGE_HASH_BYTES, readPages, readPart } from './parts.ts';

/** Rows of the filter read at once. */
const READS_AT_ONCE = 6;

/**
 * A page of a checkpoint is gone or damaged: the index must be loaded anew without that checkpoint. Never does it mean
 * that an id is not there.
 */
export class CheckpointDamagedError extends Error {
  readonly checkpointId: string;
  constructor({ id, toSeq }: Pick<CheckpointManifest, 'id' | 'toSeq'>, page: number) {
    super(`Page ${page} of the id checkpoint ${id} (up to batch ${toSeq}) is missing or damaged.`);
    this.checkpointId = id;
    this.name = 'CheckpointDamagedError';
  }
}

/** Pages read by one look-up, so that its lines read each page once. By checkpoint and number. */
export type PagesRead = Map<string, Promise<Uint8Array>>;

export class LoadedCheckpoint {
  readonly id: string;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly batchId: string;
  readonly ids: number;
  readonly pages: number;
  readonly #tables: TableStore;
  readonly #partitionKey: string;
  readonly #pageHashes: Uint8Array;
  readonly #filter: BloomFilter | undefined;

  /** Without a filter every id is looked for in its page. */
  constructor(
    tables: TableStore,
    partitionKey: string,
    manifest: CheckpointManifest,
    filter: BloomFilter | undefined,
  ) {
    this.#tables = tables;
    this.#partitionKey = partitionKey;
    ({
      id: this.id,
      fromSeq: this.fromSeq,
      toSeq: this.toSeq,
      batchId: this.batchId,
      ids: this.ids,
      pages: this.pages,
    } = manifest);
    this.#pageHashes = new Uint8Array(Buffer.from(manifest.pageHashes, 'base64'));
    this.#filter = filter;
  }

  get hasFilter(): boolean {
    return this.#filter !== undefined;
  }

  /** Bytes in memory. */
  get bytes(): number {
    return (this.#filter?.words.byteLength ?? 0) + this.#pageHashes.byteLength;
  }

  mayHave(high: number, low: number): boolean {
    return this.#filter?.mayHave(high, low) ?? true;
  }

  /** The batches that may hold an id with this hash. @throws TableError, CheckpointDamagedError */
  async seqsOf(high: number, low: number, pagesRead: PagesRead): Promise<number[]> {
    const number = partOf(high, this.pages);
    const key = `${this.id}~${number}`;
    let page = pagesRead.get(key);
    if (page === undefined) pagesRead.set(key, (page = this.#page(number)));
    return seqsInPage(await page, high, low);
  }

  /** Pages from one number up to before another, each as it was written. @throws TableError, CheckpointDamagedError */
  async pagesFrom(from: number, before: number): Promise<Uint8Array[]> {
    const read = await readPages(this.#tables, this.#partitionKey, this.id, { from, before });
    return Array.from({ length: before - from }, (_, index) => {
      const page = read[index];
      return this.#intact(from + index, page?.number === from + index ? page.bytes : undefined);
    });
  }

  async #page(number: number): Promise<Uint8Array> {
    return this.#intact(number, await readPart(this.#tables, this.#partitionKey, this.id, 'page', number));
  }

  #intact(number: number, bytes: Uint8Array | undefined): Uint8Array {
    const start = number * PAGE_HASH_BYTES;
    const written = this.#pageHashes.subarray(start, start + PAGE_HASH_BYTES);
    if (bytes === undefined || !hashOf(bytes).equals(written)) throw new CheckpointDamagedError(this, number);
    return bytes;
  }
}

/** The filter of a checkpoint; undefined when it is not what was written. @throws TableError */
export async function readFilter(
  tables: TableStore,
  partitionKey: string,
  { id, filterRows, filterBytes, filterHash }: CheckpointManifest,
): Promise<BloomFilter | undefined> {
  let bytes = new Uint8Array(filterBytes ?? 0);
  let end = 0;
  for (let start = 0; start < filterRows; start += READS_AT_ONCE) {
    const numbers = Array.from({ length: Math.min(READS_AT_ONCE, filterRows - start) }, (_, n) => start + n);
    const parts = await Promise.all(
      numbers.map((number) => readPart(tables, partitionKey, id, 'filter', number)),
    );
    for (const part of parts) {
      if (part === undefined) return undefined;
      if (end + part.length > bytes.length) {
        const longer = new Uint8Array(end + part.length);
        longer.set(bytes.subarray(0, end));
        bytes = longer;
      }
      bytes.set(part, end);
      end += part.length;
    }
  }
  const isWhole = end === bytes.length && end > 0 && end % BLOCK_BYTES === 0;
  if (!isWhole || hashOf(bytes).toString('base64') !== filterHash) return undefined;
  return new BloomFilter(new Uint32Array(bytes.buffer));
}
