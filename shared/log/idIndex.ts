/**
 * The id index of one log in one instance: which batch may hold an id. Derived state: the newest checkpoints plus the
 * `ids~` rows after them. It is extended contiguously and along the chain of batch ids only; when the chain does not
 * fit, storage has gone back in time, and the index is dropped and built anew.
 */
import type { TableStore } from '../tables/tableStore.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import { BloomFilter } from './checkpoints/bloomFilter.ts';
import { writeCheckpoint } from './checkpoints/checkpointRows.ts';
import { IdPages } from './checkpoints/idPages.ts';
import { type LoadedCheckpoint, loadCheckpoints, type PagesRead } from './checkpoints/loadedCheckpoint.ts';
import { headOf, type StoredHead } from './headRow.ts';
import { eachHash, type IdsRow, idsRowOf, NO_BATCH } from './idsRow.ts';
import { ADJUSTMENT_LOG, HEAD_KEY, seqKey, seqRange } from './rowKeys.ts';
import { RecentIds } from './recentIds.ts';

/** Rows of one range read. */
const ROWS_PER_READ = 100;
/** How often a log that another writer keeps extending, or a gap, is read again before giving up. */
const MAX_READS = 50;

export interface CatchUp {
  /** Undefined while the log has no batch. */
  readonly head: StoredHead | undefined;
  /** The log went back in time since this index last saw it. Said once. */
  readonly rewound: boolean;
}

export class IdIndex {
  readonly #tables: TableStore;
  readonly #partitionKey: string;
  #checkpoints: LoadedCheckpoint[] = [];
  #recent = new RecentIds();
  #tail = 0;
  #tailBatchId = NO_BATCH;
  #loaded = false;
  /** The last batch taken in before the index was dropped: if storage has another there now, it went back in time. */
  #lastSeen: { readonly seq: number; readonly batchId: string } | undefined;
  /** Checkpoints with a page that is missing or damaged. */
  readonly #damaged = new Set<string>();

  constructor(tables: TableStore, partitionKey: string) {
    this.#tables = tables;
    this.#partitionKey = partitionKey;
  }

  /** Sequence number of the last batch taken in. */
  get tail(): number {
    return this.#tail;
  }

  get tailBatchId(): string {
    return this.#tailBatchId;
  }

  /** Ids that no checkpoint covers yet. */
  get recentCount(): number {
    return this.#recent.size;
  }

  /** Forgets the ids, so that the next catch-up reads them anew; not where the log ended, so that a rewind is noticed. */
  drop(): void {
    if (this.#tail > 0) this.#lastSeen ??= { seq: this.#tail, batchId: this.#tailBatchId };
    this.#checkpoints = [];
    this.#recent = new RecentIds();
    this.#tail = 0;
    this.#tailBatchId = NO_BATCH;
    this.#loaded = false;
  }

  /** Forgets the ids and reads them anew without this checkpoint: the `ids~` rows hold all of them. */
  dropWithout(checkpointId: string): void {
    this.#damaged.add(checkpointId);
    this.drop();
  }

  /**
   * Reads on until the index ends exactly where the head says the log ends. The rows it reads are added to `rowsRead`,
   * which is emptied when the index is built anew: what it held may be gone. @throws TableError, DependencyError
   */
  async catchUp(rowsRead?: Map<number, IdsRow>): Promise<CatchUp> {
    for (let read = 0; read < MAX_READS; read++) {
      if (!this.#loaded) {
        rowsRead?.clear();
        await this.#load();
      }
      if (!(await this.#extendFromStore(rowsRead))) {
        this.drop();
        continue;
      }
      const row = await this.#tables.get(ADJUSTMENT_LOG, this.#partitionKey, HEAD_KEY);
      const head = row === undefined ? undefined : headOf(row);
      const tail = head?.tail ?? 0;
      if (tail === this.#tail && (head?.batchId ?? NO_BATCH) === this.#tailBatchId)
        return { head, rewound: await this.#lostWhatWasSeen() };
      if (tail <= this.#tail) this.drop();
    }
    throw new DependencyError(
      'Table Storage',
      `the log ${this.#partitionKey} did not hold still for ${MAX_READS} reads`,
    );
  }

  /** Takes in the batch that this instance has just appended. */
  extend(row: IdsRow): void {
    if (row.seq !== this.#tail + 1 || row.previousBatchId !== this.#tailBatchId)
      throw new Error(
        `Batch ${row.seq} does not follow batch ${this.#tail} of the log ${this.#partitionKey}.`,
      );
    eachHash(row, (high, low) => this.#recent.add(high, low, row.seq));
    this.#tail = row.seq;
    this.#tailBatchId = row.batchId;
  }

  /** The batches that may hold an id with this digest. @throws TableError, CheckpointDamagedError */
  async seqsOf(digest: Uint8Array, pagesRead: PagesRead): Promise<readonly number[]> {
    const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
    const high = view.getUint32(0);
    const low = view.getUint32(4);
    const recent = this.#recent.seqsOf(high, low);
    const older: number[] = [];
    for (const checkpoint of this.#checkpoints) {
      if (checkpoint.mayHave(high, low)) older.push(...(await checkpoint.seqsOf(high, low, pagesRead)));
    }
    return older.length === 0 ? recent : [...older, ...recent];
  }

  /**
   * Whether an id with this digest may be known, asked without I/O: false is certain, true wants {@link seqsOf}.
   */
  mayHave(digest: Uint8Array): boolean {
    const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
    const high = view.getUint32(0);
    const low = view.getUint32(4);
    return (
      this.#recent.seqsOf(high, low).length > 0 ||
      this.#checkpoints.some((checkpoint) => checkpoint.mayHave(high, low))
    );
  }

  /**
   * Writes the ids after the newest checkpoint as a checkpoint of their own, and drops the index, so that the next
   * catch-up goes on from it. Where storage does not hold what the index knows, nothing is written. `id` names the
   * checkpoint's pages and must be unique. @throws TableError
   */
  async writeCheckpoint(id: string): Promise<void> {
    const covered = this.#checkpoints.at(-1)?.manifest;
    const fromSeq = covered?.toSeq ?? 0;
    let batchId = covered?.batchId ?? NO_BATCH;
    const toSeq = this.#tail;
    if (toSeq === fromSeq) return;
    const pages = new IdPages(this.#recent.size);
    const filter = BloomFilter.forIds(this.#recent.size);
    for (let seq = fromSeq + 1; seq <= toSeq;) {
      const rows = await this.#readIds(seq);
      for (const row of rows) {
        if (seq > toSeq) break;
        if (row.seq !== seq || row.previousBatchId !== batchId) return;
        eachHash(row, (high, low) => {
          pages.add(high, low, row.seq);
          filter.add(high, low);
        });
        batchId = row.batchId;
        seq++;
      }
      if (rows.length === 0) return;
    }
    if (batchId !== this.#tailBatchId) return;
    const manifest = { id, fromSeq, toSeq, batchId, ids: pages.size };
    await writeCheckpoint(this.#tables, this.#partitionKey, manifest, pages.pages(), filter);
    this.drop();
  }

  async #lostWhatWasSeen(): Promise<boolean> {
    const seen = this.#lastSeen;
    if (seen === undefined) return false;
    const row = await this.#tables.get(ADJUSTMENT_LOG, this.#partitionKey, seqKey('ids', seen.seq));
    const lost = row === undefined || idsRowOf(row).batchId !== seen.batchId;
    this.#lastSeen = undefined;
    return lost;
  }

  async #load(): Promise<void> {
    this.#checkpoints = await loadCheckpoints(this.#tables, this.#partitionKey, this.#damaged);
    const newest = this.#checkpoints.at(-1)?.manifest;
    this.#tail = newest?.toSeq ?? 0;
    this.#tailBatchId = newest?.batchId ?? NO_BATCH;
    this.#loaded = true;
  }

  /** Takes in every further `ids~` row; false when one does not continue the chain. A gap ends it: it is read again. */
  async #extendFromStore(rowsRead?: Map<number, IdsRow>): Promise<boolean> {
    for (;;) {
      const rows = await this.#readIds(this.#tail + 1);
      for (const row of rows) {
        if (row.seq !== this.#tail + 1) return true;
        if (row.previousBatchId !== this.#tailBatchId) return false;
        this.extend(row);
        rowsRead?.set(row.seq, row);
      }
      if (rows.length < ROWS_PER_READ) return true;
    }
  }

  async #readIds(fromSeq: number): Promise<IdsRow[]> {
    const range = { from: seqKey('ids', fromSeq), before: seqRange('ids').before, limit: ROWS_PER_READ };
    return (await this.#tables.query(ADJUSTMENT_LOG, this.#partitionKey, range)).map(idsRowOf);
  }
}
