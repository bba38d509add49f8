/**
 * Keeps the id index of one instance small: writes checkpoints of its recent ids, goes on from those that other
 * instances wrote, and has old ones merged and swept. Appends go on meanwhile.
 */
import type { Runtime } from '../../runtime/ports.ts';
import type { TableStore } from '../../tables/tableStore.ts';
import type { IdIndex } from '../idIndex.ts';
import { untilSettled } from '../untilSettled.ts';
import { CheckpointUpkeep } from './upkeep.ts';

/** Ids after which a checkpoint of the id index is due. */
export const CHECKPOINT_DUE_IDS = 100_000;

export interface TendedIndex {
  readonly tables: TableStore;
  readonly runtime: Runtime;
  readonly partitionKey: string;
  readonly index: IdIndex;
  /** Ids after which a checkpoint is due. */
  readonly dueIds: number;
  /** Drops the index when nothing uses it. */
  readonly drop: () => Promise<void>;
  /** Brings the index up to the log's end. @throws DependencyError */
  readonly catchUp: () => Promise<void>;
}

export class CheckpointTending {
  readonly #of: TendedIndex;
  readonly #upkeep: CheckpointUpkeep;
  /** So many ids after the newest checkpoint, and it is looked whether another instance has written one. */
  #adoptAt: number;

  constructor(of: TendedIndex) {
    this.#of = of;
    this.#upkeep = new CheckpointUpkeep(of.tables, of.runtime, of.partitionKey);
    this.#adoptAt = of.dueIds;
  }

  /**
   * Writes a checkpoint when so many ids stand after the newest one. Resolves with whether it was written.
   * @throws DependencyError
   */
  async write(dueIds = this.#of.dueIds): Promise<boolean> {
    const { index, runtime, partitionKey } = this.#of;
    if (index.recentCount < dueIds) return false;
    const write = (): Promise<boolean> => index.writeCheckpoint();
    const written = await untilSettled(runtime, partitionKey, write, () => undefined);
    if (written)
      await untilSettled(
        runtime,
        partitionKey,
        () => this.#adopt(),
        () => undefined,
      );
    await this.#of.catchUp();
    return written;
  }

  /**
   * Writes a checkpoint when one is due, merges those of the log, and deletes what nobody needs any more.
   * @param deadline when to stop, in milliseconds since the Unix epoch @throws DependencyError
   */
  async tend(deadline: number): Promise<void> {
    const wrote = await this.write();
    try {
      await this.#upkeep.run({ wrote, deadline, damaged: this.#of.index.damaged });
    } catch (error) {
      this.#of.runtime.logger.warn('The checkpoints of an id index wait for the next tick.', {
        log: this.#of.partitionKey,
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }

  /** Where an instance has no timer of its own: goes on from what others wrote, once there are ids enough. */
  async adoptWhenDue(): Promise<void> {
    const { index, runtime, partitionKey, dueIds } = this.#of;
    if (index.recentCount < this.#adoptAt) return;
    this.#adoptAt = Infinity;
    try {
      await this.#adopt();
    } catch (error) {
      // Nothing depends on it now; it is tried again after some more ids.
      runtime.logger.debug('Newer checkpoints of an id index could not be loaded.', {
        log: partitionKey,
        reason: error instanceof Error ? error.message : String(error),
      });
    }
    this.#adoptAt = index.recentCount + dueIds / 2;
  }

  /** Loads checkpoints that reach further than those in use, then has the index begin anew with them. */
  async #adopt(): Promise<void> {
    if (await this.#of.index.prefetchCheckpoints()) await this.#of.drop();
  }
}
