/**
 * Columns of text in JSON: one value for a column in which all are alike, an array otherwise. Lines that share a legal
 * entity, a data source or a date cost next to nothing, and what differs compresses well beside its like.
 */

import { BaseDimensions } from '../adjustments/baseDimensions.ts';

export type Column = { readonly all: string | null } | { readonly each: readonly (string | null)[] };

/** One column per dimension name, sorted by name. Pairs, because an object would lose or reorder names such as `10`. */
export type DimensionColumns = readonly (readonly [name: string, column: Column])[];

/** Collects the values of one column, `valueAt` each position; an absent value is null. */
export function encodeColumn(count: number, valueAt: (index: number) => string | undefined): Column {
  const first = valueAt(0);
  let same = 1;
  while (same < count && valueAt(same) === first) same++;
  if (same >= count) return { all: first ?? null };
  const each = new Array<string | null>(count).fill(first ?? null, 0, same);
  for (let index = same; index < count; index++) each[index] = valueAt(index) ?? null;
  return { each };
}

/**
 * Reads the value at a position of a stored column; a column that is not there is absent in every line.
 * @throws Error when the column is damaged or has not `count` values.
 */
export function columnReader(
  column: Column | undefined,
  count: number,
  name: string,
): (index: number) => string | undefined {
  if (column === undefined) return () => undefined;
  if ('all' in column && isCell(column.all)) {
    const value = column.all ?? undefined;
    return () => value;
  }
  if (
    'each' in column &&
    Array.isArray(column.each) &&
    column.each.length === count &&
    column.each.every(isCell)
  )
    return (index) => column.each[index] ?? undefined;
  throw new Error(`column ${name} does not hold ${count} values`);
}

function isCell(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

/** Dimensions as one column per dimension name that any of the lines has a value of. */
export function encodeDimensions(
  lines: readonly { readonly dimensions: BaseDimensions }[],
): DimensionColumns {
  const byName = new Map<string, (string | undefined)[]>();
  const valuesOf = (name: string): (string | undefined)[] => {
    let values = byName.get(name);
    if (values === undefined)
      byName.set(name, (values = new Array<string | undefined>(lines.length).fill(undefined)));
    return values;
  };
  let names: readonly string[] = [];
  let columns: (string | undefined)[][] = [];
  for (const [index, { dimensions }] of lines.entries()) {
    // Lines of one request mostly share the list of names: its columns are looked up once.
    if (dimensions.names !== names) {
      names = dimensions.names;
      columns = names.map(valuesOf);
    }
    const { values } = dimensions;
    for (const [position, column] of columns.entries()) column[index] = values[position];
  }
  return [...byName]
    .filter(([, values]) => values.some((value) => value !== undefined))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, values]) => [name, encodeColumn(lines.length, (index) => values[index])]);
}

/** Reads the dimensions of the line at a position. @throws Error when the columns are damaged. */
export function dimensionsReader(
  columns: DimensionColumns,
  count: number,
): (index: number) => BaseDimensions {
  const stored: unknown = columns;
  if (!Array.isArray(stored)) throw new Error('the dimensions are no list of columns');
  const names = columns.map(([name]) => name);
  const readers = columns.map(([name, column]) => columnReader(column, count, `of dimension ${name}`));
  return (index) =>
    new BaseDimensions(
      names,
      readers.map((valueAt) => valueAt(index)),
    );
}
