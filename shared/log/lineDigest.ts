/** The digest of a line's id, by where the line stands. */
import type { TableStore } from '../tables/tableStore.ts';
import { digestAt, type IdsRow, idsRowOf, type LinePlace } from './idsRow.ts';
import { ADJUSTMENT_LOG, seqKey } from './rowKeys.ts';

/**
 * A line that was driven again has its digest in the batch that it was accepted with. `rowsRead` holds rows that were
 * read already, and those that are read now. Undefined when there is no such line. @throws TableError
 */
export async function digestOfLine(
  tables: TableStore,
  partitionKey: string,
  line: LinePlace,
  rowsRead: Map<number, IdsRow>,
): Promise<Uint8Array | undefined> {
  for (let place: LinePlace | undefined = line; place !== undefined;) {
    let ids = rowsRead.get(place.seq);
    if (ids === undefined) {
      const row = await tables.get(ADJUSTMENT_LOG, partitionKey, seqKey('ids', place.seq));
      if (row === undefined) return undefined;
      rowsRead.set(place.seq, (ids = idsRowOf(row)));
    }
    if (ids.origins === undefined) return digestAt(ids, place.position);
    place = ids.origins[place.position];
  }
  return undefined;
}
