/**
 * Which lines fold together: the aggregation key of a line.
 *
 * The key holds legal entity, product, data source, physical measure, dimensions, journal name, the date the journal
 * line will carry, and, where it is sent at all, the cost. Everything that SCM compares without regard to case is
 * folded. A mapping's merge grain can only split further.
 */
import type { AdjustmentLine } from '../adjustments/adjustmentLine.ts';
import type { IntegrationMapping } from '../settings/environmentSettings.ts';
import { foldCase } from '../settings/foldCase.ts';
import { directionOf } from './foldingRules.ts';
import type { FoldingRules } from './foldingRules.ts';

/** A line of a run and where it comes from. */
export interface RunLine {
  /** Sequence number of its batch. */
  readonly seq: number;
  /** From 0, within the batch. */
  readonly position: number;
  readonly line: AdjustmentLine;
  /** Day of acceptance in the legal entity's time zone, yyyy-MM-dd. */
  readonly acceptedDay: string;
}

/** The key, and the values that an aggregated line with this key carries, as this line spells them. */
export interface AggregationKey {
  /** Equal for lines that would fold together if none of them had a cost. */
  readonly withoutCost: string;
  /** Canonical decimal; absent where the line has none or where it is not sent. */
  readonly cost?: string;
  /** yyyy-MM-dd; absent where the journal decides. */
  readonly date?: string;
  /** Base dimension name → value, sorted by name, reduced by the mapping's group-by. */
  readonly dimensions: readonly (readonly [string, string])[];
}

/** @param sign of the line's quantity: -1n, 0n or 1n will do, so will the quantity itself. */
export function aggregationKeyOf(runLine: RunLine, sign: bigint, rules: FoldingRules): AggregationKey {
  const { line } = runLine;
  const mapping = rules.mappingOf(line.quantityDataSource, line.physicalMeasure);
  const date = journalDateOf(line, mapping, rules);
  const dimensions = dimensionsOf(line, mapping, rules);
  const cost = costOf(line, sign, mapping, rules);
  const withoutCost = JSON.stringify([
    foldCase(line.organizationId),
    foldCase(line.productId),
    foldCase(line.quantityDataSource),
    foldCase(line.physicalMeasure),
    line.fnoJournalNameId === undefined ? null : foldCase(line.fnoJournalNameId),
    date ?? null,
    grainOf(runLine, mapping),
    dimensions.flatMap(([name, value]) => [foldCase(name), foldCase(value)]),
  ]);
  return {
    withoutCost,
    dimensions,
    ...(cost === undefined ? {} : { cost }),
    ...(date === undefined ? {} : { date }),
  };
}

/** A date in a closed period moves to the first open day where the legal entity says so, if the line is to be sent at all. */
function journalDateOf(
  line: AdjustmentLine,
  mapping: IntegrationMapping | undefined,
  rules: FoldingRules,
): string | undefined {
  const date = line.resolvedDate;
  if (date === undefined || mapping === undefined || mapping.targetTransactionStatus === 'None') return date;
  const openFrom = rules.openFromOf(line.organizationId);
  return openFrom?.closedPeriod === 'move' && date < openFrom.date ? openFrom.date : date;
}

function dimensionsOf(
  line: AdjustmentLine,
  mapping: IntegrationMapping | undefined,
  rules: FoldingRules,
): readonly (readonly [string, string])[] {
  const pairs = line.dimensions.pairs();
  const kept =
    mapping?.groupBy === 'scmDimensions' ? pairs.filter(([name]) => rules.reachesScm(name)) : pairs;
  return kept.sort(([one], [other]) => compareFolded(one, other));
}

function compareFolded(one: string, other: string): number {
  const [a, b] = [foldCase(one), foldCase(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * SCM takes a cost with receipts and values issues itself. Receipt or issue is decided by what the journal will do,
 * that is after the mapping's direction: a positive quantity of a measure such as *sold* is an issue.
 */
function costOf(
  line: AdjustmentLine,
  sign: bigint,
  mapping: IntegrationMapping | undefined,
  rules: FoldingRules,
): string | undefined {
  const journalSign = sign * BigInt(directionOf(mapping));
  const sent = journalSign > 0n || (journalSign < 0n && rules.settings.costPolicy.sendOnIssues);
  return sent ? line.costPrice : undefined;
}

/** What the merge grain adds to the key. Lines without an external reference count as of one (empty) reference. */
function grainOf(runLine: RunLine, mapping: IntegrationMapping | undefined): unknown {
  switch (mapping?.mergeGrain) {
    case undefined:
    case 'all':
      return null;
    case 'day':
      return runLine.acceptedDay;
    case 'externalReference':
      return [runLine.line.externalReferenceCategory ?? null, runLine.line.externalReferenceId ?? null];
    case 'never':
      return [runLine.seq, runLine.position];
  }
}
