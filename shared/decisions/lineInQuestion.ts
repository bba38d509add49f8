/** Finds the aggregated line that somebody is about to decide about, with its package as it is stored now. */
import type { AggregatedLine, Journal } from '../aggregation/aggregatedLine.ts';
import type { BusinessLayer, Environment } from '../app/businessLayer.ts';
import { ApiError } from '../http/problem.ts';
import type { LineOutcome } from '../log/packageOutcome.ts';
import { partitionKeyOf } from '../log/rowKeys.ts';
import { type LoadedPackage, loadContent } from '../posting/loadPackage.ts';
import { findAggregatedLine } from '../reading/findAggregatedLine.ts';
import { isPastAggregatedLine, pastRetention } from '../reading/pastRetention.ts';
import type { TrackingDependencies } from '../tracking/trackJournals.ts';

/** What every decision is made with. */
export interface DecisionCall {
  readonly layer: BusinessLayer;
  readonly environment: Environment;
  /** Id of the aggregated line. */
  readonly lineId: string;
  /** The caller, as the token names it. */
  readonly by: string;
  /** Only say what would be done. */
  readonly preview: boolean;
}

export interface LineInQuestion {
  readonly id: string;
  readonly dependencies: TrackingDependencies;
  readonly loaded: LoadedPackage;
  readonly journal: Journal;
  /** As it was folded. */
  readonly line: AggregatedLine;
  /** Position in the package. */
  readonly position: number;
  /** What is known of it now. */
  readonly outcome: LineOutcome;
}

/** @throws ApiError NotFound, PastRetention, NotAllowedNow; TableError */
export async function lineInQuestion({ layer, environment, lineId }: DecisionCall): Promise<LineInQuestion> {
  const { tables } = layer.parts;
  for (const log of await layer.logs(environment)) {
    const partitionKey = partitionKeyOf(environment.key, log.organizationKey);
    const found = await findAggregatedLine(tables, partitionKey, lineId);
    if (found === undefined) {
      if (await isPastAggregatedLine(tables, partitionKey, lineId))
        throw pastRetention(`The aggregated adjustment line ${lineId}`);
      continue;
    }
    const { run, stored, journal, id, place, firstPosition } = found;
    const line = journal.lines[place.position];
    if (stored === undefined || line === undefined)
      throw notAllowedNow(
        `The aggregated adjustment line ${id} is in no package (${journal.holdReason ?? 'its quantities add up to zero'}), so there is nothing to decide about.`,
      );
    const loaded = await loadContent(tables, partitionKey, run, stored);
    if (loaded === undefined) throw pastRetention(`The aggregated adjustment line ${id}`);
    const position = firstPosition + place.position;
    const outcome = loaded.outcome.outcome.line(position);
    const dependencies = layer.journalDependencies(environment, log);
    return { id, dependencies, loaded, journal, line, position, outcome };
  }
  throw new ApiError(
    'NotFound',
    `The aggregated adjustment line ${lineId.slice(0, 64)} is not known in this environment.`,
  );
}

export function notAllowedNow(detail: string, extensions: Readonly<Record<string, unknown>> = {}): ApiError {
  return new ApiError('NotAllowedNow', { detail, extensions });
}
