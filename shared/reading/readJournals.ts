/** Reads one aggregated line by its id, and one journal by its key. */
import { lineRecordIdText } from '../adjustments/lineRecordId.ts';
import type { BusinessLayer, Environment } from '../app/businessLayer.ts';
import { digestAt, type IdsRow, idsRowOf, type LinePlace } from '../log/idsRow.ts';
import { ADJUSTMENT_LOG, partitionKeyOf, seqKey } from '../log/rowKeys.ts';
import type { TableStore } from '../tables/tableStore.ts';
import { journalPlaceOf } from '../posting/scmJournals.ts';
import { findAggregatedLine, findJournal } from './findAggregatedLine.ts';
import { isPastAggregatedLine, isPastJournal, pastRetention } from './pastRetention.ts';
import { aggregatedLineView, journalView } from './views.ts';

type View = Record<string, unknown>;

/** @throws ApiError PastRetention; TableError */
export async function readAggregatedLine(
  layer: BusinessLayer,
  environment: Environment,
  id: string,
): Promise<View | undefined> {
  const { tables } = layer.parts;
  for (const { organizationKey } of await layer.logs(environment)) {
    const partitionKey = partitionKeyOf(environment.key, organizationKey);
    const found = await findAggregatedLine(tables, partitionKey, id);
    if (found === undefined) {
      if (await isPastAggregatedLine(tables, partitionKey, id))
        throw pastRetention(`The aggregated adjustment line ${id}`);
      continue;
    }
    const sources = found.journal.lines[found.place.position]?.sources ?? [];
    const rows = new Map<number, IdsRow>();
    const sourceIds: string[] = [];
    for (const [seq, position] of sources) {
      const digest = await digestOfLine(tables, partitionKey, { seq, position }, rows);
      if (digest !== undefined) sourceIds.push(lineRecordIdText(digest));
    }
    return aggregatedLineView(environment.settings.environmentId, partitionKey, found, sourceIds);
  }
  return undefined;
}

/** The digest of a line's id. A line that was driven again has it in the batch that it was accepted with. */
async function digestOfLine(
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

/** A journal by our key for it. @throws ApiError PastRetention; TableError */
export async function readJournal(
  layer: BusinessLayer,
  environment: Environment,
  key: string,
): Promise<View | undefined> {
  const place = journalPlaceOf(key);
  if (place === undefined) return undefined;
  for (const { organizationKey } of await layer.logs(environment)) {
    const partitionKey = partitionKeyOf(environment.key, organizationKey);
    const found = await findJournal(layer.parts.tables, partitionKey, place.run, place.journal);
    if (found === undefined) {
      if (await isPastJournal(layer.parts.tables, partitionKey, key))
        throw pastRetention(`The journal ${key}`);
      continue;
    }
    const view = journalView(environment.settings.environmentId, partitionKey, found);
    if (view['journalKey'] === key.toUpperCase()) return view;
  }
  return undefined;
}
