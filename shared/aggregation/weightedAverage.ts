/**
 * The cost policy `weightedAverage`: keys that differ by their cost alone become one, with the average of the costs,
 * weighted by the quantities of the lines that gave one.
 *
 * The average is computed exactly and rounded once, half to even, to 10 decimals. It makes sense for one sign only:
 * where quantities of both signs meet, or where the merged sum would be out of range, the keys stay separate.
 */
import { decimalFromScaled, scaledFromDecimal } from '../adjustments/decimal.ts';
import type { FoldedKey } from './foldedKey.ts';
import { compareOrigins, isBeyondRange } from './foldedKey.ts';

/** What is needed of a key once it is clear what merges. */
export type MergedKey = Omit<FoldedKey, 'hasPositive' | 'hasNegative'>;

export function mergeByWeightedAverage(foldedKeys: Iterable<FoldedKey>): MergedKey[] {
  const apartByCost = new Map<string, FoldedKey[]>();
  for (const folded of foldedKeys) {
    const parts = apartByCost.get(folded.key.withoutCost);
    if (parts === undefined) apartByCost.set(folded.key.withoutCost, [folded]);
    else parts.push(folded);
  }
  return [...apartByCost.values()].flatMap((parts): readonly MergedKey[] =>
    canMerge(parts) ? [merge(parts)] : parts,
  );
}

function canMerge(parts: readonly FoldedKey[]): boolean {
  const mixed = parts.some((part) => part.hasPositive) && parts.some((part) => part.hasNegative);
  return parts.length > 1 && !mixed && !isBeyondRange(sumOf(parts));
}

function sumOf(parts: readonly FoldedKey[]): bigint {
  return parts.reduce((sum, part) => sum + part.sum, 0n);
}

function merge(parts: readonly FoldedKey[]): MergedKey {
  const earliest = parts.reduce((one, other) => (compareOrigins(one.first, other.first) <= 0 ? one : other));
  return {
    key: { ...earliest.key, cost: averageCost(parts) },
    first: earliest.first,
    sum: sumOf(parts),
    sources: parts.flatMap((part) => part.sources),
  };
}

/** Two parts differ by their cost, so at least one has a cost; its quantities are of one sign, so they weigh something. */
function averageCost(parts: readonly FoldedKey[]): string {
  let value = 0n;
  let weight = 0n;
  for (const { key, sum } of parts) {
    if (key.cost === undefined) continue;
    value += sum * scaledFromDecimal(key.cost);
    weight += sum;
  }
  return decimalFromScaled(divideHalfEven(value, weight));
}

/** The quotient rounded to the nearest integer, halves to the even one. @throws RangeError when dividing by zero. */
export function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const [top, bottom] = divisor < 0n ? [-dividend, -divisor] : [dividend, divisor];
  const truncated = top / bottom;
  const rest = top % bottom;
  const twice = 2n * (rest < 0n ? -rest : rest);
  const roundsAway = twice > bottom || (twice === bottom && truncated % 2n !== 0n);
  if (!roundsAway) return truncated;
  return rest < 0n ? truncated - 1n : truncated + 1n;
}
