/** Reads one adjustment line by its record id or its own id, with all that became of it. */
import { lineRecordId, lineRecordIdFromText, lineRecordIdText } from '../adjustments/lineRecordId.ts';
import { organizationKey as organizationKeyOf } from '../adjustments/keys.ts';
import type { BusinessLayer, Environment } from '../app/businessLayer.ts';
import { batchOf } from '../log/batchRow.ts';
import { parkedLines, unfoldedLines } from '../log/parkedRow.ts';
import { ADJUSTMENT_LOG, seqKey } from '../log/rowKeys.ts';
import { isCommitted, readRun } from '../log/runRow.ts';
import { stateOfBatch, type StateRow } from '../log/stateRows.ts';
import { aggregatedLineOfSource, findAggregatedLine } from './findAggregatedLine.ts';
import { pastRetention } from './pastRetention.ts';
import { lineView, pastLineView } from './views.ts';

type View = Record<string, unknown>;

/** A line that was accepted and is past retention: its id goes on being refused, and nothing else is known of it. */
interface PastLine {
  readonly digest: Uint8Array;
  readonly organizationId: string;
}

/** No line is known by the digest of nothing: only the record id is compared. */
const NO_FINGERPRINT = new Uint8Array(8);

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
  const { seq, position } = identity;
  const row = await tables.get(ADJUSTMENT_LOG, partitionKey, seqKey('batch', seq));
  const line = row && batchOf(row).lines[position];
  const state = await stateOfBatch(tables, partitionKey, seq);
  if (state === undefined) return { digest, organizationId };
  if (line === undefined) return undefined;
  const parked = (await parkedLines(tables, partitionKey, seq)).find((other) => other.position === position);
  const unfoldable = await unfoldableReason(layer, partitionKey, state, position);
  const aggregatedId =
    state.run === undefined || parked
      ? undefined
      : await aggregatedLineOfSource(tables, partitionKey, state.run, seq, position);
  const aggregated = aggregatedId && (await findAggregatedLine(tables, partitionKey, aggregatedId));
  const isFolded = state.run !== undefined && !parked && unfoldable === undefined;
  const pastRetention =
    isFolded && !aggregated && (await isRetired(layer, partitionKey, state.run))
      ? { pastRetention: true }
      : {};
  return lineView(environment.settings.environmentId, partitionKey, {
    digest,
    line,
    state,
    ...(parked ? { parked } : {}),
    ...(unfoldable === undefined ? {} : { unfoldable }),
    ...(aggregated ? { aggregated } : {}),
    ...pastRetention,
  });
}

async function isRetired(layer: BusinessLayer, partitionKey: string, run: number): Promise<boolean> {
  const stored = await readRun(layer.parts.tables, partitionKey, run);
  return stored?.state.retiredAt !== undefined;
}

async function unfoldableReason(
  layer: BusinessLayer,
  partitionKey: string,
  state: StateRow,
  position: number,
): Promise<string | undefined> {
  if (state.run === undefined) return undefined;
  const run = await readRun(layer.parts.tables, partitionKey, state.run);
  if (run === undefined || !isCommitted(run) || run.state.commit.unfoldable === 0) return undefined;
  const lines = await unfoldedLines(layer.parts.tables, partitionKey, run.number, run.state.commit.attempt);
  return lines.find((line) => line.seq === state.seq && line.position === position)?.reason;
}
