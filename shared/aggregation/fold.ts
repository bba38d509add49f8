/**
 * Folds the lines of a run into aggregated lines with exact sums. Lines may come in any order: of several spellings
 * that of the line accepted first is kept.
 *
 * A run may have some 200,000 lines, so a line is let go as soon as it is added, unless it is the first of its key.
 */
import { decimalFromScaled, scaledFromDecimal } from '../adjustments/decimal.ts';
import type { AggregatedLine, UnfoldableLine } from './aggregatedLine.ts';
import { aggregationKeyOf } from './aggregationKey.ts';
import type { RunLine } from './aggregationKey.ts';
import { compareOrigins, isBeyondRange } from './foldedKey.ts';
import type { FoldedKey } from './foldedKey.ts';
import type { FoldingRules } from './foldingRules.ts';
import { mergeByWeightedAverage, type MergedKey } from './weightedAverage.ts';

export interface FoldedLines {
  /** In no particular order. */
  readonly aggregatedLines: readonly AggregatedLine[];
  /** The lines of those keys whose sum no journal line can hold, in the order of their acceptance. */
  readonly unfoldable: readonly UnfoldableLine[];
}

export class LineFold {
  readonly #rules: FoldingRules;
  readonly #foldedKeys = new Map<string, FoldedKey>();

  constructor(rules: FoldingRules) {
    this.#rules = rules;
  }

  /** @throws Error when the quantity is no canonical decimal: such a line cannot have been accepted. */
  add(runLine: RunLine): void {
    const quantity = scaledFromDecimal(runLine.line.quantity);
    const key = aggregationKeyOf(runLine, quantity, this.#rules);
    const name = `${key.cost ?? ''}|${key.withoutCost}`;
    const source = [runLine.seq, runLine.position] as const;
    const folded = this.#foldedKeys.get(name);
    if (folded === undefined) {
      this.#foldedKeys.set(name, {
        key,
        first: runLine,
        sum: quantity,
        hasPositive: quantity > 0n,
        hasNegative: quantity < 0n,
        sources: [source],
      });
      return;
    }
    folded.sum += quantity;
    folded.hasPositive ||= quantity > 0n;
    folded.hasNegative ||= quantity < 0n;
    folded.sources.push(source);
    if (compareOrigins(runLine, folded.first) < 0) {
      folded.first = runLine;
      folded.key = key;
    }
  }

  finish(): FoldedLines {
    const aggregatedLines: AggregatedLine[] = [];
    const unfoldable: UnfoldableLine[] = [];
    const averages = this.#rules.settings.costPolicy.aggregation === 'weightedAverage';
    const separate = this.#foldedKeys.values();
    for (const folded of averages ? mergeByWeightedAverage(separate) : separate) {
      folded.sources.sort(([seq, position], [otherSeq, other]) => seq - otherSeq || position - other);
      if (!isBeyondRange(folded.sum)) {
        aggregatedLines.push(aggregatedLineOf(folded));
        continue;
      }
      const reason = overflowReason(folded);
      for (const [seq, position] of folded.sources) unfoldable.push({ seq, position, reason });
    }
    return { aggregatedLines, unfoldable: unfoldable.sort(compareOrigins) };
  }
}

function aggregatedLineOf({ key, first: { line }, sum, sources }: MergedKey): AggregatedLine {
  return {
    quantity: decimalFromScaled(sum),
    organizationId: line.organizationId,
    productId: line.productId,
    dataSource: line.quantityDataSource,
    physicalMeasure: line.physicalMeasure,
    dimensions: key.dimensions,
    ...(line.fnoJournalNameId === undefined ? {} : { fnoJournalNameId: line.fnoJournalNameId }),
    ...(key.cost === undefined ? {} : { costPrice: key.cost }),
    ...(key.date === undefined ? {} : { transDate: key.date }),
    sources,
  };
}

function overflowReason({ first, sum, sources }: MergedKey): string {
  const { productId, quantityDataSource, physicalMeasure } = first.line;
  return (
    `the quantities of ${sources.length} lines of product "${productId}" and measure "${quantityDataSource}.${physicalMeasure}" ` +
    `add up to ${decimalFromScaled(sum)}, beyond the ±100,000,000,000 that one journal line can hold; ` +
    'correct the quantities, or let the mapping merge fewer lines (mergeGrain "day", "externalReference" or "never")'
  );
}
