/** Reads one adjustment line by its record id or its own id, with all that became of it. */
import { lineRecordId, lineRecordIdFromText, lineRecordIdText } from '../adjustments/lineRecordId.ts';
import type { AdjustmentLine } from '../adjustments/adjustmentLine.ts';
import { organizationKey as organizationKeyOf } from '../adjustments/keys.ts';
import type { BusinessLayer, Environment } from '../app/businessLayer.ts';
import { batchOf } from '../log/batchRow.ts';
import { type LinePlace, NO_FINGERPRINT } from '../log/idsRow.ts';
import { ADJUSTMENT_LOG, seqKey } from '../log/rowKeys.ts';
import { isRetired } from '../log/runRow.ts';
import { verdictFrom } from '../redrive/verdictFrom.ts';
import { aggregatedLineOfSource, findAggregatedLine } from './findAggregatedLine.ts';
import { pastRetention } from './pastRetention.ts';
import { PresentPlaces } from './presentPlace.ts';
import { lineView, pastLineView } from './views.ts';

type View = Record<string, unknown>;

/** A line that was accepted and is past retention: its id goes on being refused, and nothing else is known of it. */
interface PastLine {
  readonly digest: Uint8Array;
  readonly organizationId: string;
}

/** @throws ApiError PastRetention; TableError, DependencyError */
export async function readLineByRecordId(
  layer: BusinessLayer,
  environment: Environment,
  recordId: string,
): Promise<View | undefined> {
  const digest = lineRecordIdFromText(recordId);
  if (digest === undefined) return undefined;
  for (const { organizationId } of await layer.logs(environment)) {
    const found = await readLine(layer, environment, organizationId, digest);
    if (found === undefined) continue;
    if (isPast(found)) throw pastRetention(`The adjustment line ${lineRecordIdText(digest)}`);
    return found;
  }
  return undefined;
}

/** The lines with an id, one per legal entity at most. @throws TableError, DependencyError */
export async function readLinesById(
  layer: BusinessLayer,
  environment: Environment,
  id: string,
  organizationId: string | undefined,
): Promise<View[]> {
  const views: View[] = [];
  for (const log of await layer.logs(environment)) {
    if (organizationId !== undefined && log.organizationKey !== organizationKeyOf(organizationId)) continue;
    const digest = lineRecordId(environment.key, log.organizationKey, id.normalize('NFC'));
    const found = await readLine(layer, environment, log.organizationId, digest);
    if (found === undefined) continue;
    views.push(isPast(found) ? pastLineView(environment.settings.environmentId, id, found) : found);
  }
  return views;
}

function isPast(found: View | PastLine): found is PastLine {
  return found['digest'] instanceof Uint8Array;
}

async function readLine(
  layer: BusinessLayer,
  environment: Environment,
  organizationId: string,
  digest: Uint8Array,
): Promise<View | PastLine | undefined> {
  const { tables } = layer.parts;
  const writer = layer.writer(environment, organizationId);
  const [identity] = await writer.identify([{ digest, fingerprint: NO_FINGERPRINT }]);
  if (identity?.kind !== 'known') return undefined;
  const { partitionKey } = writer;
  const row = await tables.get(ADJUSTMENT_LOG, partitionKey, seqKey('batch', identity.seq));
  const accepted = row && batchOf(row);
  const place = await new PresentPlaces(tables, partitionKey).of(identity);
  const { state } = place;
  if (state === undefined) return { digest, organizationId };
  // Retention lets a batch go whose parked lines were driven again: they stand in later ones, as they were accepted.
  const line = accepted ? accepted.lines[identity.position] : await lineAt(layer, partitionKey, place);
  if (line === undefined) return undefined;
  const run = place.parked ? undefined : state.run;
  const aggregatedId =
    run === undefined
      ? undefined
      : await aggregatedLineOfSource(tables, partitionKey, run, place.seq, place.position);
  const aggregated = aggregatedId && (await findAggregatedLine(tables, partitionKey, aggregatedId));
  const isPastRetention = run !== undefined && !aggregated && (await isRetired(tables, partitionKey, run));
  const { processingBoundSeconds } = environment.settings.inventoryVisibility;
  const judgedFrom = verdictFrom(place, processingBoundSeconds * 1_000);
  return lineView(environment.settings.environmentId, partitionKey, {
    digest,
    line,
    acceptedAt: accepted?.createdAt,
    state,
    place,
    ...(judgedFrom === undefined ? {} : { judgedFrom }),
    ...(aggregated ? { aggregated } : {}),
    ...(isPastRetention ? { pastRetention: true } : {}),
  });
}

async function lineAt(
  { parts: { tables } }: BusinessLayer,
  partitionKey: string,
  { seq, position }: LinePlace,
): Promise<AdjustmentLine | undefined> {
  const row = await tables.get(ADJUSTMENT_LOG, partitionKey, seqKey('batch', seq));
  return row && batchOf(row).lines[position];
}
