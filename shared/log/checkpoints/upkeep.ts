/**
 * Keeps the checkpoints of a log few and whole: merges what is due, and deletes what nobody needs any more. It works on
 * storage alone and holds nobody up. Correctness never rests on it: who misses a page loads the index anew.
 */
import type { Runtime } from '../../runtime/ports.ts';
import type { TableStore } from '../../tables/tableStore.ts';
import { chainOf, mergeDue, superseded } from './checkpointChain.ts';
import { deleteParts, findLeftovers, type Leftover } from './leftovers.ts';
import { isOfThisPast } from './loadCheckpoints.ts';
import { CheckpointDamagedError, readFilter } from './loadedCheckpoint.ts';
import { deleteManifest, readManifests, type StoredManifest } from './manifest.ts';
import { mergeCheckpoints, workOf } from './mergeCheckpoints.ts';

/**
 * How long superseded checkpoints and unfinished parts are kept: until instances that read them have gone on to newer
 * ones, and until no writer can still be at work on them. Milliseconds.
 */
export const KEEP_MS = 60 * 60_000;
/** Parts are gone on with only while they are much younger than that: who sweeps them must never meet who writes. */
const RESUME_MS = KEEP_MS / 4;

export interface UpkeepOccasion {
  /** A checkpoint was written just now: there may be something to merge. */
  readonly wrote: boolean;
  /** When to stop; what is left is done the next time. Milliseconds since the Unix epoch. */
  readonly deadline: number;
  /** Checkpoints that turned out to be damaged. */
  readonly damaged: Iterable<string>;
}

export class CheckpointUpkeep {
  readonly #tables: TableStore;
  readonly #runtime: Runtime;
  readonly #partitionKey: string;
  /** Checkpoints whose filter was seen whole. */
  readonly #whole = new Set<string>();
  #unfinished = false;
  #nextAt: number;

  constructor(tables: TableStore, runtime: Runtime, partitionKey: string) {
    this.#tables = tables;
    this.#runtime = runtime;
    this.#partitionKey = partitionKey;
    this.#nextAt = runtime.clock.now() + KEEP_MS;
  }

  /** Does what is due. @throws TableError, UnknownRowVersionError, DamagedRowError */
  async run({ wrote, deadline, damaged }: UpkeepOccasion): Promise<void> {
    const { clock } = this.#runtime;
    if (!wrote && !this.#unfinished && clock.now() < this.#nextAt) return;
    this.#unfinished = true;
    const mayGoOn = (): boolean => clock.now() < deadline;
    const gone = new Set(damaged);
    for (const manifest of await this.#manifests()) if (gone.has(manifest.id)) await this.#giveUp(manifest);
    const existing = new Set((await this.#manifests()).map(({ id }) => id));
    const leftovers = await findLeftovers(this.#tables, this.#partitionKey, existing);
    if (!(await this.#merge(leftovers, mayGoOn))) return;
    if (!(await this.#sweep(leftovers, mayGoOn))) return;
    this.#unfinished = false;
    this.#nextAt = clock.now() + KEEP_MS;
  }

  /** Merges until nothing is due; false when time ran out. */
  async #merge(leftovers: readonly Leftover[], mayGoOn: () => boolean): Promise<boolean> {
    const { clock, entropy } = this.#runtime;
    for (;;) {
      const sources = mergeDue(await this.#chain(await this.#manifests()));
      if (sources === undefined) return true;
      const work = workOf(sources);
      const begun = leftovers.find(
        (leftover) => leftover.work === work && leftover.writtenAt > clock.now() - RESUME_MS,
      );
      const attempt = { id: begun?.id ?? entropy.uuid(), resumed: begun !== undefined, mayGoOn };
      try {
        if (!(await mergeCheckpoints(this.#tables, this.#partitionKey, sources, attempt))) return false;
      } catch (error) {
        if (!(error instanceof CheckpointDamagedError)) throw error;
        const source = sources.find(({ id }) => id === error.checkpointId);
        if (source === undefined) throw error;
        await this.#giveUp(source);
      }
    }
  }

  /** Deletes what is superseded and what was never finished, once it is old; false when something is left to do. */
  async #sweep(leftovers: readonly Leftover[], mayGoOn: () => boolean): Promise<boolean> {
    const manifests = await this.#manifests();
    const existing = new Set(manifests.map(({ id }) => id));
    const before = this.#runtime.clock.now() - KEEP_MS;
    for (const { id, writtenAt } of leftovers) {
      if (existing.has(id) || writtenAt > before) continue;
      if (!mayGoOn()) return false;
      await deleteParts(this.#tables, this.#partitionKey, id);
    }
    const written = new Map(manifests.map((manifest) => [manifest.id, manifest]));
    for (const { old, by } of superseded(manifests, await this.#chain(manifests))) {
      const newer = by.flatMap(({ id }) => written.get(id) ?? []);
      if (newer.some(({ writtenAt }) => writtenAt > before)) continue;
      if (!mayGoOn()) return false;
      if (!(await this.#areWhole(newer))) return false;
      await deleteManifest(this.#tables, this.#partitionKey, old);
      await deleteParts(this.#tables, this.#partitionKey, old.id);
    }
    return true;
  }

  #manifests(): Promise<StoredManifest[]> {
    return readManifests(this.#tables, this.#partitionKey);
  }

  /** The checkpoints that cover the log as it is now. */
  async #chain(manifests: readonly StoredManifest[]): Promise<StoredManifest[]> {
    let usable = manifests;
    for (;;) {
      const chain = chainOf(usable);
      const undone = new Set<StoredManifest>();
      for (const manifest of chain)
        if (!(await isOfThisPast(this.#tables, this.#partitionKey, manifest))) undone.add(manifest);
      if (undone.size === 0) return chain;
      usable = usable.filter((manifest) => !undone.has(manifest));
    }
  }

  /** Whether these can stand in for others; one that cannot is given up. */
  async #areWhole(manifests: readonly StoredManifest[]): Promise<boolean> {
    for (const manifest of manifests) {
      if (this.#whole.has(manifest.id)) continue;
      if ((await readFilter(this.#tables, this.#partitionKey, manifest)) === undefined) {
        await this.#giveUp(manifest);
        return false;
      }
      this.#whole.add(manifest.id);
    }
    return true;
  }

  async #giveUp(manifest: StoredManifest): Promise<void> {
    this.#runtime.logger.warn(
      'A checkpoint of the id index is damaged and is deleted; its ids are read from their batches again.',
      { log: this.#partitionKey, checkpoint: manifest.id, toSeq: manifest.toSeq },
    );
    await deleteManifest(this.#tables, this.#partitionKey, manifest);
  }
}
