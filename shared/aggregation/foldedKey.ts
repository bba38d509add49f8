/** What a run's lines of one aggregation key have added up to so far. */
import { MAX_SCALED_MAGNITUDE } from '../adjustments/decimal.ts';
import type { AggregationKey, RunLine } from './aggregationKey.ts';

export interface FoldedKey {
  /** The key as the earliest line spells it. */
  key: AggregationKey;
  /** The earliest line: its spelling is kept. */
  first: RunLine;
  /** Scaled by 10^10. */
  sum: bigint;
  /** Whether any quantity is above zero. */
  hasPositive: boolean;
  /** Whether any quantity is below zero. */
  hasNegative: boolean;
  readonly sources: (readonly [seq: number, position: number])[];
}

/** Whether a sum, scaled by 10^10, is more than one quantity may be: an aggregated line has the range of a line. */
export function isBeyondRange(sum: bigint): boolean {
  return sum > MAX_SCALED_MAGNITUDE || sum < -MAX_SCALED_MAGNITUDE;
}

/** The order in which lines were accepted. */
export function compareOrigins(
  one: { readonly seq: number; readonly position: number },
  other: { readonly seq: number; readonly position: number },
): number {
  return one.seq - other.seq || one.position - other.position;
}
