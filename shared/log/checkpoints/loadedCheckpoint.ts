/** A checkpoint in use: its filter in memory, its pages read when an id may be in them. */
import type { TableStore } from '../../tables/tableStore.ts';
import { ADJUSTMENT_LOG, seqKey } from '../rowKeys.ts';
import { idsRowOf } from '../idsRow.ts';
import { BloomFilter } from './bloomFilter.ts';
import { pageOf, seqsInPage } from './idPages.ts';
import { type CheckpointManifest, readFilter, readManifests, readPage } from './checkpointRows.ts';

/** A page of a checkpoint is gone or damaged: the index must be loaded anew without that checkpoint. */
export class CheckpointDamagedError extends Error {
  readonly checkpointId: string;
  constructor(manifest: CheckpointManifest, page: number) {
    super(
      `Page ${page} of the id checkpoint ${manifest.id} (up to batch ${manifest.toSeq}) is missing or damaged.`,
    );
    this.checkpointId = manifest.id;
    this.name = 'CheckpointDamagedError';
  }
}

/** Pages read by one look-up, so that its lines read each page once. By checkpoint and number. */
export type PagesRead = Map<string, Promise<Uint8Array>>;

export class LoadedCheckpoint {
  readonly manifest: CheckpointManifest;
  readonly #tables: TableStore;
  readonly #partitionKey: string;
  readonly #filter: BloomFilter;

  constructor(tables: TableStore, partitionKey: string, manifest: CheckpointManifest, filter: BloomFilter) {
    this.#tables = tables;
    this.#partitionKey = partitionKey;
    this.manifest = manifest;
    this.#filter = filter;
  }

  mayHave(high: number, low: number): boolean {
    return this.#filter.mayHave(high, low);
  }

  /** The batches that may hold an id with this hash. @throws TableError, CheckpointDamagedError */
  async seqsOf(high: number, low: number, pagesRead: PagesRead): Promise<number[]> {
    const number = pageOf(high, this.manifest.pages);
    const key = `${this.manifest.id}~${number}`;
    let page = pagesRead.get(key);
    if (page === undefined) pagesRead.set(key, (page = this.#page(number)));
    return seqsInPage(await page, high, low);
  }

  async #page(number: number): Promise<Uint8Array> {
    const page = await readPage(this.#tables, this.#partitionKey, this.manifest, number);
    if (page === undefined) throw new CheckpointDamagedError(this.manifest, number);
    return page;
  }
}

/**
 * Loads the checkpoints that cover the log from its first batch on without a gap, the widest first, without those
 * known to be damaged. One whose batch id is not the stored batch's belongs to a past that was undone, and is passed
 * over. @throws TableError, UnknownRowVersionError, DamagedRowError
 */
export async function loadCheckpoints(
  tables: TableStore,
  partitionKey: string,
  damaged: ReadonlySet<string>,
): Promise<LoadedCheckpoint[]> {
  const manifests = (await readManifests(tables, partitionKey)).filter(({ id }) => !damaged.has(id));
  const loaded: LoadedCheckpoint[] = [];
  for (let covered = 0; ;) {
    const next = manifests
      .filter((manifest) => manifest.fromSeq === covered && manifest.toSeq > covered)
      .sort((a, b) => b.toSeq - a.toSeq);
    const checkpoint = await firstUsable(tables, partitionKey, next);
    if (checkpoint === undefined) return loaded;
    loaded.push(checkpoint);
    covered = checkpoint.manifest.toSeq;
  }
}

async function firstUsable(
  tables: TableStore,
  partitionKey: string,
  manifests: readonly CheckpointManifest[],
): Promise<LoadedCheckpoint | undefined> {
  for (const manifest of manifests) {
    const row = await tables.get(ADJUSTMENT_LOG, partitionKey, seqKey('ids', manifest.toSeq));
    if (row === undefined || idsRowOf(row).batchId !== manifest.batchId) continue;
    const words = await readFilter(tables, partitionKey, manifest);
    if (words !== undefined)
      return new LoadedCheckpoint(tables, partitionKey, manifest, new BloomFilter(words));
  }
  return undefined;
}
