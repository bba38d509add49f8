/** Reads one aggregated line by its id, and one journal by its key. */
import { lineRecordIdText } from '../adjustments/lineRecordId.ts';
import type { BusinessLayer, Environment } from '../app/businessLayer.ts';
import type { IdsRow } from '../log/idsRow.ts';
import { digestOfLine } from '../log/lineDigest.ts';
import { partitionKeyOf } from '../log/rowKeys.ts';
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
    // Lines that were sent again stand in SCM under the key with a number behind it.
    if (key.toUpperCase().startsWith(String(view['journalKey']))) return view;
  }
  return undefined;
}
