/**
 * Columns of text in JSON: one value for a column in which all are alike, an array otherwise. Lines that share a legal
 * entity, a data source or a date cost next to nothing, and what differs compresses well beside its like.
 */

export type Column = { readonly all: string | null } | { readonly each: readonly (string | null)[] };

/** Collects the values of one column; an absent value is null. */
export function encodeColumn(values: readonly (string | undefined)[]): Column {
  const first = values[0] ?? null;
  if (values.every((value) => (value ?? null) === first)) return { all: first };
  return { each: values.map((value) => value ?? null) };
}

export function valueAt(column: Column | undefined, index: number): string | undefined {
  if (column === undefined) return undefined;
  return ('all' in column ? column.all : column.each[index]) ?? undefined;
}

/** Dimensions as one column per dimension name. */
export function encodeDimensions(
  lines: readonly { readonly dimensions: readonly (readonly [string, string])[] }[],
): Record<string, Column> {
  const byName = new Map<string, (string | undefined)[]>();
  lines.forEach((line, index) => {
    for (const [name, value] of line.dimensions) {
      let values = byName.get(name);
      if (values === undefined) byName.set(name, (values = new Array<string | undefined>(lines.length)));
      values[index] = value;
    }
  });
  const columns: Record<string, Column> = {};
  for (const name of [...byName.keys()].sort())
    columns[name] = encodeColumn(Array.from(byName.get(name) ?? []));
  return columns;
}

export function dimensionsAt(columns: Readonly<Record<string, Column>>, index: number): [string, string][] {
  const dimensions: [string, string][] = [];
  for (const name of Object.keys(columns)) {
    const value = valueAt(columns[name], index);
    if (value !== undefined) dimensions.push([name, value]);
  }
  return dimensions;
}
