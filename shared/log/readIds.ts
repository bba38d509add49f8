/** Reads `ids~` rows in the order of the log. */
import type { TableStore } from '../tables/tableStore.ts';
import { type IdsRow, idsRowOf } from './idsRow.ts';
import { ADJUSTMENT_LOG, seqKey, seqRange } from './rowKeys.ts';

/** Rows of one range read; fewer come back where the log ends. */
export const ROWS_PER_READ = 100;

/** The rows from a batch on; one may be left out. @throws TableError, UnknownRowVersionError, DamagedRowError */
export async function readIdsFrom(
  tables: TableStore,
  partitionKey: string,
  fromSeq: number,
): Promise<IdsRow[]> {
  const range = { from: seqKey('ids', fromSeq), before: seqRange('ids').before, limit: ROWS_PER_READ };
  return (await tables.query(ADJUSTMENT_LOG, partitionKey, range)).map(idsRowOf);
}
