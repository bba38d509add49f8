/** What retention has removed is told apart from what never was: the `run~` row says so, and it stays for ever. */
import { ApiError } from '../http/problem.ts';
import { aggregatedLineId, placeOfAggregatedLine } from '../log/aggregatedLineId.ts';
import { isCommitted, readRun, type RunState } from '../log/runRow.ts';
import { journalKey, journalPlaceOf } from '../posting/scmJournals.ts';
import type { TableStore } from '../tables/tableStore.ts';

export function pastRetention(what: string): ApiError {
  return new ApiError(
    'PastRetention',
    `${what} was finished and is past retention; only its id is kept. The setting retention.days says for how long such can be read.`,
  );
}

/** Whether the id is that of an aggregated line which retention may have removed. @throws TableError */
export async function isPastAggregatedLine(
  tables: TableStore,
  partitionKey: string,
  id: string,
): Promise<boolean> {
  const place = placeOfAggregatedLine(partitionKey, id);
  if (place === undefined) return false;
  const run = await retiredRun(tables, partitionKey, place.run);
  return run !== undefined && aggregatedLineId(partitionKey, run.nonce, place) === id.toLowerCase();
}

/** The same for a journal, by our key for it. @throws TableError */
export async function isPastJournal(tables: TableStore, partitionKey: string, key: string): Promise<boolean> {
  const place = journalPlaceOf(key);
  if (place === undefined) return false;
  const run = await retiredRun(tables, partitionKey, place.run);
  if (run?.commit === undefined || place.journal < 1 || place.journal > run.commit.journals) return false;
  return key.toUpperCase().startsWith(journalKey(place.run, place.journal, run.nonce));
}

async function retiredRun(
  tables: TableStore,
  partitionKey: string,
  number: number,
): Promise<RunState | undefined> {
  const run = await readRun(tables, partitionKey, number);
  return run !== undefined && isCommitted(run) && run.state.retiredAt !== undefined ? run.state : undefined;
}
