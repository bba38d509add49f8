/**
 * `POST …/onhand/indexquery`, version 1.0. Source: inventory-visibility-api.md, "Query by using the post method":
 * filters by value lists, one organization, groupByValues, returnNegative; measure names come back lower-case, site
 * and location as `siteid` and `locationid`, other dimensions as they were asked for.
 */
import { formatDecimal } from '../decimal.ts';
import { isObject, NumberText, property } from '../exactJson.ts';
import { Refusal } from '../http/exchange.ts';
import { baseDimension } from './baseDimensions.ts';
import type { DataSource } from './baseDimensions.ts';
import { onHandOf } from './onHand.ts';
import type { OnHand, StockRow } from './onHand.ts';

const MAX_PRODUCTS = 5000;
const MAX_SITES_TIMES_LOCATIONS = 10_000;

export interface QueryRow {
  readonly productId: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly quantities: Readonly<Record<string, Readonly<Record<string, NumberText>>>>;
}

interface Query {
  readonly organizationId: string;
  /** Upper-case; empty: all products. */
  readonly products: ReadonlySet<string>;
  /** Base dimension → upper-case values. */
  readonly dimensions: ReadonlyMap<string, ReadonlySet<string>>;
  /** Name in the answer → base dimension. */
  readonly groupBy: ReadonlyMap<string, string>;
  readonly returnNegative: boolean;
}

/** @throws Refusal 400 */
export function runIndexQuery(
  body: unknown,
  onHand: OnHand,
  dataSources: readonly DataSource[] | undefined,
): readonly QueryRow[] {
  const query = readQuery(body, dataSources);
  const groups = new Map<
    string,
    { row: StockRow; dimensions: Record<string, string>; sums: Map<string, bigint> }
  >();
  for (const row of onHand.rows()) {
    if (!matches(query, row)) continue;
    const values = new Map(row.dimensions);
    const dimensions: Record<string, string> = {};
    for (const [name, base] of query.groupBy) {
      const value = values.get(base);
      if (value !== undefined) dimensions[name] = value;
    }
    const key = JSON.stringify([row.productId, dimensions]).toUpperCase();
    const group = groups.get(key) ?? { row, dimensions, sums: new Map<string, bigint>() };
    groups.set(key, group);
    for (const [name, measure] of row.measures) {
      group.sums.set(name, (group.sums.get(name) ?? 0n) + onHandOf(measure));
    }
  }
  return [...groups.values()]
    .map(({ row, dimensions, sums }) => ({
      productId: row.productId,
      dimensions,
      quantities: quantitiesOf(sums, query.returnNegative),
    }))
    .filter((row) => Object.keys(row.quantities).length > 0);
}

function quantitiesOf(sums: ReadonlyMap<string, bigint>, returnNegative: boolean): QueryRow['quantities'] {
  const quantities: Record<string, Record<string, NumberText>> = {};
  for (const [name, sum] of sums) {
    if (sum < 0n && !returnNegative) continue;
    const point = name.indexOf('.');
    const dataSource = name.slice(0, point);
    (quantities[dataSource] ??= {})[name.slice(point + 1)] = new NumberText(formatDecimal(sum));
  }
  return quantities;
}

function matches(query: Query, row: StockRow): boolean {
  if (row.organizationId.toUpperCase() !== query.organizationId) return false;
  if (query.products.size > 0 && !query.products.has(row.productId.toUpperCase())) return false;
  for (const [base, allowed] of query.dimensions) {
    const value = row.dimensions.find(([name]) => name === base)?.[1] ?? '';
    if (!allowed.has(value.toUpperCase())) return false;
  }
  return true;
}

function readQuery(body: unknown, dataSources: readonly DataSource[] | undefined): Query {
  if (!isObject(body)) throw new Refusal(400, 'The body is not a query object.');
  const filters = property(body, 'filters');
  if (!isObject(filters)) throw new Refusal(400, 'filters is missing or not an object.');
  const sourceName = property(body, 'dimensionDataSource');
  const source = dataSources?.find(
    (known) => typeof sourceName === 'string' && known.name.toLowerCase() === sourceName.toLowerCase(),
  );
  const base = (name: string): string => {
    const found = baseDimension(name, source);
    if (found === undefined) throw new Refusal(400, `dimension "${name}" is not known.`);
    return found;
  };

  let organizations: readonly string[] = [];
  let products: readonly string[] = [];
  const dimensions = new Map<string, ReadonlySet<string>>();
  for (const [name, value] of Object.entries(filters)) {
    const values = texts(`filters.${name}`, value).map((text) => text.toUpperCase());
    if (name.toLowerCase() === 'organizationid') organizations = values;
    else if (name.toLowerCase() === 'productid') products = values;
    else if (values.length > 0) dimensions.set(base(name), new Set(values));
  }
  const [organizationId] = organizations;
  if (organizationId === undefined || organizations.length !== 1) {
    throw new Refusal(400, 'filters.organizationId must hold exactly one organization.');
  }
  if (products.length > MAX_PRODUCTS) {
    throw new Refusal(
      400,
      `filters.productId holds ${products.length} values; at most ${MAX_PRODUCTS} are accepted.`,
    );
  }
  const places = (dimensions.get('SiteId')?.size ?? 1) * (dimensions.get('LocationId')?.size ?? 1);
  if (places > MAX_SITES_TIMES_LOCATIONS) {
    throw new Refusal(
      400,
      `siteId × locationId is ${places}; at most ${MAX_SITES_TIMES_LOCATIONS} are accepted.`,
    );
  }

  const groupBy = new Map([
    ['siteid', 'SiteId'],
    ['locationid', 'LocationId'],
  ]);
  for (const name of texts('groupByValues', property(body, 'groupByValues') ?? [])) {
    const asked = base(name);
    if (asked !== 'SiteId' && asked !== 'LocationId') groupBy.set(name, asked);
  }
  const returnNegative = property(body, 'returnNegative') === true;
  return { organizationId, products: new Set(products), dimensions, groupBy, returnNegative };
}

function texts(name: string, value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) {
    throw new Refusal(400, `${name} is not an array of strings.`);
  }
  return value as readonly string[];
}
