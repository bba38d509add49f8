/** What every request about parked lines has in common: who asks, what is answered, and what is logged of it. */
import type { BusinessLayer, Environment } from '../app/businessLayer.ts';
import { ApiError } from '../http/problem.ts';
import type { ListedLog } from '../log/logDirectory.ts';
import type { Verdict } from '../log/parkedEntries.ts';
import { driveAgain, type DrivenLine, type ParkedTarget, targetKey } from './driveAgain.ts';

export interface RedriveCall {
  readonly layer: BusinessLayer;
  readonly environment: Environment;
  /** Who asks, as the token says. */
  readonly by: string;
  /** Say what would be done, write nothing. */
  readonly preview: boolean;
}

/**
 * What became of a line, or in a preview would become of it. `redriven`: it goes to Inventory Visibility once more, or,
 * if it is there already, into the next run. `counted`: it is taken as applied there. `alreadyDone`: somebody was first.
 * `judgedOtherwise`: somebody was first and gave the other verdict. `needsVerdict`: it is unknown whether it was applied.
 */
export type RedriveOutcome =
  'redriven' | 'counted' | 'alreadyDone' | 'judgedOtherwise' | 'needsVerdict' | 'notParked' | 'notFound';

export interface RedriveResult {
  readonly lineRecordId: string;
  readonly outcome: RedriveOutcome;
  /** The batch that it stands in now. */
  readonly batch?: number;
  readonly message: string;
}

export interface RedriveAnswer {
  readonly action: 'redrive' | 'verdict';
  readonly preview: boolean;
  /** Lines that this request has driven again; a repetition has none. */
  readonly changed: number;
  readonly results: readonly RedriveResult[];
  /** Whether more lines are parked than one request takes. */
  readonly more: boolean;
}

/** A target, and which line of the answer it is. */
export interface NamedTarget extends ParkedTarget {
  readonly lineRecordId: string;
  /** The cache has applied it. */
  readonly cached: boolean;
}

/** Nothing new is begun while the feature is off. @throws ApiError FeatureDisabled */
export function assertEnabled({ environment }: RedriveCall): void {
  if (!environment.settings.enableFeature)
    throw new ApiError(
      'FeatureDisabled',
      'Inventory transactions are switched off for this environment; switch on its setting "Enable feature".',
    );
}

/** Drives targets of one log again, or says what would be done. @throws DependencyError, TableError */
export async function carryOut(
  { layer, environment, by, preview }: RedriveCall,
  log: ListedLog,
  targets: readonly NamedTarget[],
  { reason, verdict }: { readonly reason: string; readonly verdict?: Verdict },
): Promise<RedriveResult[]> {
  if (preview)
    return targets.map(({ lineRecordId, seq, cached }) => ({
      lineRecordId,
      outcome: outcomeOf(cached, verdict),
      batch: seq,
      message: `Parked in batch ${seq}; nothing was written.`,
    }));
  const { tables, runtime } = layer.parts;
  const operation = runtime.entropy.uuid();
  const word = { by, reason, operation, ...(verdict === undefined ? {} : { verdict }) };
  const writer = layer.writer(environment, log.organizationId);
  const fields = { by, reason, verdict, operation, log: writer.partitionKey };
  if (targets.length > 0)
    runtime.logger.info('Somebody asks for parked lines to be driven again.', {
      ...fields,
      lines: targets.length,
    });
  const results: RedriveResult[] = [];
  for (const [cached, some] of Map.groupBy(targets, (target) => target.cached)) {
    const driven = await driveAgain(tables, writer, some, cached, word);
    for (const target of some)
      results.push(resultOf(target, driven.get(targetKey(target)), operation, verdict));
  }
  const changed = results.filter(({ outcome }) => isChange(outcome));
  if (changed.length > 0)
    runtime.logger.info('Parked lines were driven again.', {
      ...fields,
      lines: changed.length,
      batches: [...new Set(changed.map(({ batch }) => batch))].join(' '),
    });
  return results;
}

export function isChange(outcome: RedriveOutcome): boolean {
  return outcome === 'redriven' || outcome === 'counted';
}

function resultOf(
  { lineRecordId, cached }: NamedTarget,
  driven: DrivenLine | undefined,
  operation: string,
  verdict: Verdict | undefined,
): RedriveResult {
  if (driven === undefined)
    return {
      lineRecordId,
      outcome: 'notParked',
      message: 'The line is no longer where it was found parked.',
    };
  const batch = driven.place.seq;
  if (driven.note.operation !== operation) return doneBefore(lineRecordId, driven, verdict);
  const message =
    verdict === 'applied' ? `Counted as applied, in batch ${batch}.` : `Driven again, in batch ${batch}.`;
  return { lineRecordId, outcome: outcomeOf(cached, verdict), batch, message };
}

/** Somebody drove the line again first. */
export function doneBefore(
  lineRecordId: string,
  { note, place }: DrivenLine,
  verdict: Verdict | undefined,
): RedriveResult {
  const judged = note.verdict === undefined ? '' : `, with the verdict ${note.verdict}`;
  return {
    lineRecordId,
    outcome: note.verdict === verdict ? 'alreadyDone' : 'judgedOtherwise',
    batch: place.seq,
    message: `Driven again by ${note.by} at ${new Date(note.at).toISOString()}${judged}; it went into batch ${place.seq}.`,
  };
}

function outcomeOf(cached: boolean, verdict: Verdict | undefined): RedriveOutcome {
  return cached && verdict === 'applied' ? 'counted' : 'redriven';
}
