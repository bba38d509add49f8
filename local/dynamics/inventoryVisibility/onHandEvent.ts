/**
 * Reads on-hand change events. Source of the fields: inventory-visibility-api.md, "Create on-hand change events";
 * lengths and number range: columns of the Dataverse base solution.
 */
import { formatDecimal, parseDecimal } from '../decimal.ts';
import { isObject, NumberText, property } from '../exactJson.ts';
import { Refusal } from '../http/exchange.ts';
import { baseDimension } from './baseDimensions.ts';
import type { DataSource } from './baseDimensions.ts';
import type { StockEvent } from './onHand.ts';

const MAX_LENGTHS = { id: 200, organizationId: 50, productId: 100, name: 50, value: 50 };
const MAX_QUANTITY = 100_000_000_000n * 10_000_000_000n;

/** A well-formed event, or why this one event cannot be counted. */
export type ReadEvent =
  { readonly id: string; readonly event: StockEvent } | { readonly id: string; readonly problem: string };

/**
 * @param dataSources the configured ones; undefined: any name but `fno` is taken.
 * @throws Refusal 400 where the body has not the documented form: then no event of the request is counted.
 */
export function readEvent(
  value: unknown,
  position: number,
  dataSources: readonly DataSource[] | undefined,
): ReadEvent {
  if (!isObject(value)) throw new Refusal(400, `[${position}] is not an object.`);
  const text = (name: string): string => {
    const found = property(value, name);
    if (typeof found === 'string' && found !== '') return found;
    throw new Refusal(400, `[${position}].${name} is missing or not a string.`);
  };
  const id = text('id');
  const organizationId = text('organizationId');
  const productId = text('productId');
  const dimensions = property(value, 'dimensions') ?? {};
  const quantities = property(value, 'quantities');
  const dimensionDataSource = property(value, 'dimensionDataSource');
  if (!isObject(dimensions)) throw new Refusal(400, `[${position}].dimensions is not an object.`);
  if (!isObject(quantities)) throw new Refusal(400, `[${position}].quantities is missing or not an object.`);
  if (dimensionDataSource !== undefined && typeof dimensionDataSource !== 'string') {
    throw new Refusal(400, `[${position}].dimensionDataSource is not a string.`);
  }
  try {
    tooLong('id', id, MAX_LENGTHS.id);
    tooLong('organizationId', organizationId, MAX_LENGTHS.organizationId);
    tooLong('productId', productId, MAX_LENGTHS.productId);
    return {
      id,
      event: {
        id,
        organizationId,
        productId,
        dimensions: readDimensions(dimensions, dimensionSource(dimensionDataSource, dataSources)),
        quantities: readQuantities(quantities, dataSources),
      },
    };
  } catch (error) {
    if (error instanceof EventProblem) return { id, problem: error.message };
    throw error;
  }
}

class EventProblem extends Error {}

function tooLong(name: string, value: string, limit: number): void {
  if (value.length > limit) throw new EventProblem(`${name} is longer than ${limit} characters.`);
}

/** The data source whose dimension names hold; names nobody configured have base names only. */
function dimensionSource(
  name: string | undefined,
  dataSources: readonly DataSource[] | undefined,
): DataSource | undefined {
  if (name === undefined || name === '' || !dataSources) return undefined;
  const source = dataSources.find((known) => known.name.toLowerCase() === name.toLowerCase());
  if (!source) throw new EventProblem(`dimensionDataSource "${name}" is not a configured data source.`);
  return source;
}

function readDimensions(
  dimensions: Readonly<Record<string, unknown>>,
  source: DataSource | undefined,
): (readonly [string, string])[] {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(dimensions)) {
    if (value === null || value === '') continue;
    if (typeof value !== 'string') throw new EventProblem(`dimension ${name} is not a string.`);
    tooLong(`dimension ${name}`, value, MAX_LENGTHS.value);
    const base = baseDimension(name, source);
    if (base === undefined) throw new EventProblem(`dimension "${name}" is not known.`);
    const other = found.get(base);
    if (other !== undefined && other !== value) {
      throw new EventProblem(`dimension ${base} is given twice, as "${other}" and "${value}".`);
    }
    found.set(base, value);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

function readQuantities(
  quantities: Readonly<Record<string, unknown>>,
  dataSources: readonly DataSource[] | undefined,
): (readonly [string, string, string])[] {
  const found: (readonly [string, string, string])[] = [];
  for (const [dataSource, measures] of Object.entries(quantities)) {
    tooLong('data source', dataSource, MAX_LENGTHS.name);
    if (dataSource.toLowerCase() === 'fno') {
      throw new EventProblem('data source "fno" belongs to Supply Chain Management and cannot be changed.');
    }
    const source = dataSources?.find((known) => known.name.toLowerCase() === dataSource.toLowerCase());
    if (dataSources && !source) throw new EventProblem(`data source "${dataSource}" is not configured.`);
    if (!isObject(measures)) throw new EventProblem(`quantities.${dataSource} is not an object.`);
    for (const [measure, value] of Object.entries(measures)) {
      tooLong('measure', measure, MAX_LENGTHS.name);
      if (source && !source.physicalMeasures.some((known) => known.toLowerCase() === measure.toLowerCase())) {
        throw new EventProblem(`measure "${measure}" is not configured for data source "${dataSource}".`);
      }
      found.push([dataSource.toLowerCase(), measure.toLowerCase(), readQuantity(measure, value)]);
    }
  }
  if (found.length === 0) throw new EventProblem('quantities has no measure.');
  return found;
}

/** A JSON number, or one in a string as Microsoft's own tests send it; its text decides, never a float. */
function readQuantity(measure: string, value: unknown): string {
  const text = value instanceof NumberText ? value.text : value;
  const units = typeof text === 'string' ? parseDecimal(text) : undefined;
  if (units === undefined) {
    throw new EventProblem(`quantity of ${measure} is not a decimal number of at most 10 decimals.`);
  }
  if (units > MAX_QUANTITY || units < -MAX_QUANTITY) {
    throw new EventProblem(`quantity of ${measure} is beyond 100,000,000,000.`);
  }
  return formatDecimal(units);
}
