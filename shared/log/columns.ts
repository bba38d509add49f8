/**
 * Columns of text in JSON: one value for a column in which all are alike, an array otherwise. Lines that share a legal
 * entity, a data source or a date cost next to nothing, and what differs compresses well beside its like.
 */

export type Column = { readonly all: string | null } | { readonly each: readonly (string | null)[] };

/** One column per dimension name, sorted by name. Pairs, because an object would lose or reorder names such as `10`. */
export type DimensionColumns = readonly (readonly [name: string, column: Column])[];

type Dimensions = readonly (readonly [string, string])[];

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

/** Dimensions as one column per dimension name. No line names a dimension twice. */
export function encodeDimensions(lines: readonly { readonly dimensions: Dimensions }[]): DimensionColumns {
  const byName = new Map<string, (string | undefined)[]>();
  for (const [index, line] of lines.entries()) {
    for (const [name, value] of line.dimensions) {
      let values = byName.get(name);
      if (values === undefined)
        byName.set(name, (values = new Array<string | undefined>(lines.length).fill(undefined)));
      values[index] = value;
    }
  }
  return [...byName]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, values]) => [name, encodeColumn(lines.length, (index) => values[index])]);
}

/** Reads the dimensions of the line at a position, sorted by name. @throws Error when the columns are damaged. */
export function dimensionsReader(
  columns: DimensionColumns,
  count: number,
): (index: number) => [string, string][] {
  const stored: unknown = columns;
  if (!Array.isArray(stored)) throw new Error('the dimensions are no list of columns');
  const readers = columns.map(
    ([name, column]) => [name, columnReader(column, count, `of dimension ${name}`)] as const,
  );
  return (index) => {
    const dimensions: [string, string][] = [];
    for (const [name, valueAt] of readers) {
      const value = valueAt(index);
      if (value !== undefined) dimensions.push([name, value]);
    }
    return dimensions;
  };
}
