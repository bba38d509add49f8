/**
 * The id index of one log in one instance: which batch may hold an id. Derived state: the newest checkpoints plus the
 * `ids~` rows after them. It is extended contiguously and along the chain of batch ids only; when the chain does not
 * fit, storage has gone back in time, and the index is dropped and built anew.
 */
import type { Entropy } from '../runtime/ports.ts';
import type { TableStore } from '../tables/tableStore.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import { IdSegment, segmentsOf } from './checkpoints/idSegment.ts';
import { layoutFor } from './checkpoints/checkpointLayout.ts';
import { loadCheckpoints } from './checkpoints/loadCheckpoints.ts';
import type { LoadedCheckpoint, PagesRead } from './checkpoints/loadedCheckpoint.ts';
import { newestCheckpointAfter } from './checkpoints/manifest.ts';
import { writeCheckpoint } from './checkpoints/writeCheckpoint.ts';
import { headOf, type StoredHead } from './headRow.ts';
import { eachHash, highWord, type IdsRow, idsRowOf, lowWord, NO_BATCH } from './idsRow.ts';
import { readIdsFrom, ROWS_PER_READ } from './readIds.ts';
import { ADJUSTMENT_LOG, HEAD_KEY, seqKey } from './rowKeys.ts';
import { RecentIds } from './recentIds.ts';

/** How often a log that another writer keeps extending, or a gap, is read again before giving up. */
const MAX_READS = 50;
/** Rows that a catch-up hands on: it wants those that another writer has just appended, not a whole log's. */
const MAX_ROWS_READ = 500;
/** Ids that one checkpoint is written of; a log with more that are not covered yet is given several. */
const MAX_IDS_PER_WRITE = 2_000_000;

export interface CatchUp {
  /** Undefined while the log has no batch. */
  readonly head: StoredHead | undefined;
  /** The log went back in time since this index last saw it. Said once. */
  readonly rewound: boolean;
}

export class IdIndex {
  readonly #tables: TableStore;
  readonly #partitionKey: string;
  readonly #entropy: Entropy;
  readonly #filterBudget: number;
  #checkpoints: readonly LoadedCheckpoint[] = [];
  /** Those in use, or soon to be: what is loaded once is not loaded again when the index is dropped. */
  #known: ReadonlyMap<string, LoadedCheckpoint> = new Map();
  #recent = new RecentIds();
  #tail = 0;
  #tailBatchId = NO_BATCH;
  #loaded = false;
  #evicted = false;
  /** The last batch taken in before the index was dropped: if storage has another there now, it went back in time. */
  #lastSeen: { readonly seq: number; readonly batchId: string } | undefined;
  /** Checkpoints with a page that is missing or damaged. */
  readonly #damaged = new Set<string>();

  /**
   * @param entropy names new checkpoints
   * @param filterBudget bytes that the filters of its checkpoints may take
   */
  constructor(tables: TableStore, partitionKey: string, entropy: Entropy, filterBudget: number) {
    this.#tables = tables;
    this.#partitionKey = partitionKey;
    this.#entropy = entropy;
    this.#filterBudget = filterBudget;
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

  /** Whether it holds the ids; otherwise the next catch-up reads them. */
  get isLoaded(): boolean {
    return this.#loaded;
  }

  /** Bytes of memory it takes. */
  get bytes(): number {
    let bytes = this.#recent.bytes;
    for (const checkpoint of this.#known.values()) bytes += checkpoint.bytes;
    return bytes;
  }

  /** Checkpoints of which a page was missing or damaged. */
  get damaged(): ReadonlySet<string> {
    return this.#damaged;
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

  /** Drops the index and all that it would load quickly, to give its memory back. */
  evict(): void {
    this.#evicted = this.#loaded;
    this.drop();
    this.#known = new Map();
  }

  /**
   * The head of a log to which nothing has happened since its index was evicted, so that looking at it does not load
   * the index; undefined when only a catch-up can tell. @throws TableError, UnknownRowVersionError
   */
  async headSinceEviction(): Promise<StoredHead | undefined> {
    const seen = this.#lastSeen;
    if (!this.#evicted || seen === undefined) return undefined;
    const head = await this.#head();
    return head?.tail === seen.seq && head.batchId === seen.batchId ? head : undefined;
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
      const head = await this.#head();
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
    const high = highWord(digest);
    const low = lowWord(digest);
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
    const high = highWord(digest);
    const low = lowWord(digest);
    return (
      this.#recent.seqsOf(high, low).length > 0 ||
      this.#checkpoints.some((checkpoint) => checkpoint.mayHave(high, low))
    );
  }

  /**
   * Writes the ids after the newest checkpoint as a checkpoint of their own. The index itself stays as it is and may be
   * used meanwhile; once it is dropped, the next catch-up goes on from the new checkpoint. Resolves with whether it was
   * written: where storage does not hold what the index knows, nothing is. @throws TableError
   */
  async writeCheckpoint(): Promise<boolean> {
    const covered = this.#checkpoints.at(-1);
    const [fromSeq, tail, tailBatchId] = [covered?.toSeq ?? 0, this.#tail, this.#tailBatchId];
    const taken: IdsRow[] = [];
    let batchId = covered?.batchId ?? NO_BATCH;
    let ids = 0;
    for (let seq = fromSeq + 1; seq <= tail && ids < MAX_IDS_PER_WRITE;) {
      const rows = await readIdsFrom(this.#tables, this.#partitionKey, seq);
      for (const row of rows) {
        if (seq > tail || ids >= MAX_IDS_PER_WRITE) break;
        if (row.seq !== seq || row.previousBatchId !== batchId) return false;
        taken.push(row);
        batchId = row.batchId;
        ids += row.lineCount;
        seq++;
      }
      if (rows.length === 0) return false;
    }
    const toSeq = taken.at(-1)?.seq ?? fromSeq;
    if (toSeq === fromSeq || (toSeq === tail && batchId !== tailBatchId)) return false;
    const segments = segmentsOf(layoutFor(ids), (add) => {
      for (const row of taken) eachHash(row, (high, low) => add(high, low, row.seq));
    });
    const draft = { id: this.#entropy.uuid(), fromSeq, toSeq, batchId, ids };
    return writeCheckpoint(this.#tables, this.#partitionKey, draft, {
      segment: (layout, number) => segments[number] ?? new IdSegment(layout, number),
    });
  }

  /**
   * Loads checkpoints that others wrote and that reach further than those in use, without using them yet. Resolves with
   * whether there are any: then it is worth dropping the index. @throws TableError
   */
  async prefetchCheckpoints(): Promise<boolean> {
    if (!this.#loaded) return false;
    const covered = this.#checkpoints.at(-1)?.toSeq ?? 0;
    if ((await newestCheckpointAfter(this.#tables, this.#partitionKey, covered)) === undefined) return false;
    const loaded = await this.#loadCheckpoints();
    this.#known = new Map([
      ...this.#known,
      ...loaded.map((checkpoint) => [checkpoint.id, checkpoint] as const),
    ]);
    return (loaded.at(-1)?.toSeq ?? 0) > covered;
  }

  async #lostWhatWasSeen(): Promise<boolean> {
    const seen = this.#lastSeen;
    if (seen === undefined) return false;
    const row = await this.#tables.get(ADJUSTMENT_LOG, this.#partitionKey, seqKey('ids', seen.seq));
    const lost = row === undefined || idsRowOf(row).batchId !== seen.batchId;
    this.#lastSeen = undefined;
    return lost;
  }

  async #head(): Promise<StoredHead | undefined> {
    const row = await this.#tables.get(ADJUSTMENT_LOG, this.#partitionKey, HEAD_KEY);
    return row && headOf(row);
  }

  #loadCheckpoints(): Promise<LoadedCheckpoint[]> {
    const options = { damaged: this.#damaged, known: this.#known, filterBudget: this.#filterBudget };
    return loadCheckpoints(this.#tables, this.#partitionKey, options);
  }

  async #load(): Promise<void> {
    this.#checkpoints = await this.#loadCheckpoints();
    this.#known = new Map(this.#checkpoints.map((checkpoint) => [checkpoint.id, checkpoint]));
    const newest = this.#checkpoints.at(-1);
    this.#tail = newest?.toSeq ?? 0;
    this.#tailBatchId = newest?.batchId ?? NO_BATCH;
    this.#loaded = true;
    this.#evicted = false;
  }

  /**
   * Takes in every further `ids~` row; false when one does not continue the chain, or when there were so many that they
   * were written as a checkpoint. A gap ends it: it is read again.
   */
  async #extendFromStore(rowsRead?: Map<number, IdsRow>): Promise<boolean> {
    for (;;) {
      if (this.#recent.size >= MAX_IDS_PER_WRITE && (await this.writeCheckpoint())) return false;
      const rows = await readIdsFrom(this.#tables, this.#partitionKey, this.#tail + 1);
      for (const row of rows) {
        if (row.seq !== this.#tail + 1) return true;
        if (row.previousBatchId !== this.#tailBatchId) return false;
        this.extend(row);
        if (rowsRead !== undefined && rowsRead.size < MAX_ROWS_READ) rowsRead.set(row.seq, row);
      }
      if (rows.length < ROWS_PER_READ) return true;
    }
  }
}
