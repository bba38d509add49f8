/** Folds a run: its lines and the settings it captured become aggregated lines in journals in packages. */
import type { Folding } from './aggregatedLine.ts';
import type { RunLine } from './aggregationKey.ts';
import { LineFold } from './fold.ts';
import { foldingRules } from './foldingRules.ts';
import type { FoldingSettings } from './foldingRules.ts';
import { splitIntoJournals } from './journals.ts';
import { packJournals } from './packages.ts';

/** A run in the making: its lines are added batch by batch, so that they need not all be in memory at once. */
export interface RunFold {
  /** Adds one line; each line of the run once, in any order. @throws Error when its quantity is no canonical decimal. */
  add(runLine: RunLine): void;
  /** The result. Call it once, after the last line. */
  finish(): Folding;
}

/**
 * The same lines and settings give the same result, in whatever order the lines are added. Every line ends in exactly
 * one aggregated line, or among the unfoldable.
 */
export function startRunFold(settings: FoldingSettings): RunFold {
  const rules = foldingRules(settings);
  const fold = new LineFold(rules);
  return {
    add: (runLine) => {
      fold.add(runLine);
    },
    finish: () => {
      const { aggregatedLines, unfoldable } = fold.finish();
      const journals = splitIntoJournals(aggregatedLines, rules);
      return { journals, packages: packJournals(journals, settings), unfoldable };
    },
  };
}

/** {@link startRunFold} for lines that are all at hand. */
export function foldRun(lines: Iterable<RunLine>, settings: FoldingSettings): Folding {
  const fold = startRunFold(settings);
  for (const line of lines) fold.add(line);
  return fold.finish();
}
