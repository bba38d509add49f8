/**
 * One import at a time per data project: data management breaks when `ImportFromPackage` is called in parallel
 * ("ImportFromPackage() must not be called in parallel threads", data management package REST API). The row names the
 * execution that has the project, so that the next one, on whichever instance, can ask SCM whether it has ended.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../runtime/ports.ts';
import { SETTINGS_TABLE } from '../settings/settingsStore.ts';
import { TableError } from '../tables/tableStore.ts';
import type { Row, TableStore } from '../tables/tableStore.ts';

const PARTITION = 'importSlots';
const VERSION = 1;

/** The execution that has the project. */
export interface SlotHolder {
  readonly executionId: string;
  /** Milliseconds since the Unix epoch by this instance's clock, when it took the project. */
  readonly since: number;
}

export class ImportSlot {
  readonly #tables: TableStore;
  readonly #clock: Clock;
  readonly #rowKey: string;

  /** @param project name of the data project at `url`, the root of its environment */
  constructor(tables: TableStore, clock: Clock, url: string, project: string) {
    this.#tables = tables;
    this.#clock = clock;
    this.#rowKey = createHash('sha256')
      .update(JSON.stringify([url.toLowerCase(), project.toLowerCase()]))
      .digest('hex');
  }

  /**
   * Takes the project for an execution, unless another has it that `hasEnded` does not let go.
   * @returns undefined once it is taken; else who has it, or who may have been faster
   * @throws TableError, and what `hasEnded` throws
   */
  async take(
    executionId: string,
    hasEnded: (holder: SlotHolder) => Promise<boolean>,
  ): Promise<string | undefined> {
    const row = await this.#tables.get(SETTINGS_TABLE, PARTITION, this.#rowKey);
    const holder = row && holderOf(row);
    if (holder && holder.executionId !== executionId && !(await hasEnded(holder))) return holder.executionId;
    const properties = { v: VERSION, executionId, since: String(this.#clock.now()) };
    try {
      await this.#tables.transact(SETTINGS_TABLE, PARTITION, [
        row
          ? { kind: 'update', rowKey: this.#rowKey, properties, etag: row.etag }
          : { kind: 'insert', rowKey: this.#rowKey, properties },
      ]);
      return undefined;
    } catch (error) {
      if (error instanceof TableError && (error.failure === 'changed' || error.failure === 'exists'))
        return 'another one';
      throw error;
    }
  }

  /** Gives the project back when the execution has it: its import was not begun. @throws TableError */
  async release(executionId: string): Promise<void> {
    const row = await this.#tables.get(SETTINGS_TABLE, PARTITION, this.#rowKey);
    if (row === undefined || holderOf(row)?.executionId !== executionId) return;
    const properties = { v: VERSION, executionId: '' };
    await this.#tables.transact(SETTINGS_TABLE, PARTITION, [
      { kind: 'update', rowKey: this.#rowKey, properties, etag: row.etag },
    ]);
  }
}

/** Undefined when nobody has the project. */
function holderOf({ properties }: Row): SlotHolder | undefined {
  const { executionId, since } = properties;
  if (typeof executionId !== 'string' || executionId === '') return undefined;
  return { executionId, since: Number(since) };
}
