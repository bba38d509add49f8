/**
 * The dimensions of a submitted line: names apart from values. Lines of one request mostly name the same dimensions in
 * the same order and share one list of names, so what is asked of the names is asked once and not once per line.
 */

import { composed } from './identifierText.ts';

/** A list of dimension names, sorted by their lower-cased form; no two of them are equal without regard to case. */
export class DimensionNames {
  /** As the client spelled them, in composed form. */
  readonly given: readonly string[];
  /** The same in lower case: what names are compared by. */
  readonly folded: readonly string[];

  /** @param sorted as the class describes */
  constructor(sorted: readonly { readonly given: string; readonly folded: string }[]) {
    this.given = sorted.map(({ given }) => given);
    this.folded = sorted.map(({ folded }) => folded);
  }
}

export interface SubmittedDimensions {
  readonly names: DimensionNames;
  /** By position of the name; undefined where the line has no value, which is as if it did not name the dimension. */
  readonly values: readonly (string | undefined)[];
}

/** A name as it is compared, and as it is shown. */
export function foldedName(name: string): { readonly given: string; readonly folded: string } {
  const given = composed(name);
  return { given, folded: given.toLowerCase() };
}

/** In the order of {@link DimensionNames}. */
export function byFoldedName(left: { readonly folded: string }, right: { readonly folded: string }): number {
  return left.folded < right.folded ? -1 : left.folded > right.folded ? 1 : 0;
}

/** Dimensions with a list of names of their own. @param pairs in any order, no name twice */
export function submittedDimensions(
  pairs: readonly (readonly [name: string, value: string])[],
): SubmittedDimensions {
  const sorted = pairs.map(([name, value]) => ({ ...foldedName(name), value })).sort(byFoldedName);
  return { names: new DimensionNames(sorted), values: sorted.map(({ value }) => value) };
}
