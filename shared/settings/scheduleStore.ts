/**
 * Remembers, per environment and job, the occurrence that was handled last; and per legal entity, where one occurrence
 * could be handled for some of them only.
 *
 * These marks are hints: whoever acts on a stale one does work that finds nothing to do, because the log's own rows
 * decide what is done. So losing the race for a mark is harmless.
 */
import { environmentKey } from '../adjustments/keys.ts';
import { TableError } from '../tables/tableStore.ts';
import type { TableStore } from '../tables/tableStore.ts';
import { SETTINGS_TABLE } from './settingsStore.ts';

const PARTITION = 'schedules';

export type ScheduledJob = 'syncCache' | 'packageJournals';

export interface ScheduleMark {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly etag: string;
}

export class ScheduleStore {
  readonly #tables: TableStore;

  constructor(tables: TableStore) {
    this.#tables = tables;
  }

  /** The last mark, or undefined when there is none. @throws TableError */
  async last(
    environmentId: string,
    job: ScheduledJob,
    organizationKey?: string,
  ): Promise<ScheduleMark | undefined> {
    const rowKey = rowKeyOf(environmentId, job, organizationKey);
    const row = await this.#tables.get(SETTINGS_TABLE, PARTITION, rowKey);
    return row === undefined ? undefined : { at: Number(row.properties['at']), etag: row.etag };
  }

  /**
   * Sets the mark, if it is still the one that was read. False: another instance was faster.
   * @param previous what {@link last} returned
   * @throws TableError
   */
  async mark(
    environmentId: string,
    job: ScheduledJob,
    at: number,
    previous: ScheduleMark | undefined,
    organizationKey?: string,
  ): Promise<boolean> {
    const rowKey = rowKeyOf(environmentId, job, organizationKey);
    const properties = { v: 1, environmentId, at };
    try {
      await this.#tables.transact(SETTINGS_TABLE, PARTITION, [
        previous === undefined
          ? { kind: 'insert', rowKey, properties }
          : { kind: 'update', rowKey, properties, etag: previous.etag },
      ]);
      return true;
    } catch (error) {
      if (error instanceof TableError && ['exists', 'changed', 'missing'].includes(error.failure))
        return false;
      throw error;
    }
  }
}

function rowKeyOf(environmentId: string, job: ScheduledJob, organizationKey: string | undefined): string {
  const key = `${environmentKey(environmentId)}~${job}`;
  return organizationKey === undefined ? key : `${key}~${organizationKey}`;
}
