/**
 * The dimensions of an accepted line: base dimension and value, sorted by base dimension. Lines that are accepted
 * together mostly name the same ones and share one list of names: what is stored of a line is its values alone.
 */

export type BaseDimension = readonly [baseDimension: string, value: string];

export class BaseDimensions implements Iterable<BaseDimension> {
  readonly #names: readonly string[];
  readonly #values: readonly (string | undefined)[];

  /**
   * @param names of base dimensions, sorted, none twice
   * @param values by position of the name; undefined where the line has none, which is as if it were not named
   */
  constructor(names: readonly string[], values: readonly (string | undefined)[]) {
    this.#names = names;
    this.#values = values;
  }

  /** Some of them may have no value. The same object for lines that share it. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** By position of the name. */
  get values(): readonly (string | undefined)[] {
    return this.#values;
  }

  /** Those that have a value. */
  pairs(): BaseDimension[] {
    const pairs: BaseDimension[] = [];
    for (const [index, name] of this.#names.entries()) {
      const value = this.#values[index];
      if (value !== undefined) pairs.push([name, value]);
    }
    return pairs;
  }

  [Symbol.iterator](): Iterator<BaseDimension> {
    return this.pairs()[Symbol.iterator]();
  }

  toJSON(): BaseDimension[] {
    return this.pairs();
  }
}

/** Dimensions with a list of names of their own. @param pairs in any order, no name twice */
export function baseDimensions(pairs: readonly BaseDimension[]): BaseDimensions {
  const sorted = [...pairs].sort(([left], [right]) => (left < right ? -1 : 1));
  return new BaseDimensions(
    sorted.map(([name]) => name),
    sorted.map(([, value]) => value),
  );
}
