/** The directory of logs: which legal entities of an environment have one, so that timers know what to visit. */
import { TableError, type TableStore } from '../tables/tableStore.ts';
import { assertKnownVersion, ROW_VERSION, textOf } from './packedRow.ts';
import { LOG_DIRECTORY } from './rowKeys.ts';

export interface ListedLog {
  readonly organizationKey: string;
  /** The legal entity as it was first spelled. */
  readonly organizationId: string;
}

/** Lists a log unless it is listed; done before its first append, and never undone. @throws TableError */
export async function ensureLogListed(
  tables: TableStore,
  environmentKey: string,
  organizationKey: string,
  organizationId: string,
): Promise<void> {
  try {
    await tables.transact(LOG_DIRECTORY, environmentKey, [
      { kind: 'insert', rowKey: organizationKey, properties: { v: ROW_VERSION, organizationId } },
    ]);
  } catch (error) {
    if (error instanceof TableError && error.failure === 'exists') return;
    throw error;
  }
}

/** The logs of an environment, by key. @throws TableError */
export async function listLogs(tables: TableStore, environmentKey: string): Promise<ListedLog[]> {
  const rows = await tables.query(LOG_DIRECTORY, environmentKey, { from: '', before: '\uffff' });
  return rows.map((row) => {
    assertKnownVersion(row);
    return { organizationKey: row.rowKey, organizationId: textOf(row, 'organizationId') };
  });
}
