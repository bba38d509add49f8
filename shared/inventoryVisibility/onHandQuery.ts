/**
 * POST /onhand/indexquery, version 1.0: what the cache holds. Source: "Inventory Visibility public APIs", section
 * "Query with the POST method".
 */
import { isRecord, parseAnswer } from '../dynamics/answerJson.ts';
import { quantityText, sumOfQuantities } from '../dynamics/quantityText.ts';
import { foldCase } from '../settings/foldCase.ts';

export interface OnHandQuery {
  readonly organizationId: string;
  readonly productIds: readonly string[];
  /** Base dimension → values; the service needs site and location where it partitions by location. */
  readonly dimensions: Readonly<Record<string, readonly string[]>>;
  /** Base dimensions to tell apart beyond site and location. */
  readonly groupBy: readonly string[];
}

/** One measure of one product at one place: what an adjustment line adds to. */
export interface OnHandKey {
  readonly organizationId: string;
  readonly productId: string;
  /** Base dimension → value. */
  readonly dimensions: readonly (readonly [string, string])[];
  readonly dataSource: string;
  readonly physicalMeasure: string;
}

/** One group of the answer. Names as the service spells them: measures come back in lower case. */
export interface OnHandQuantities {
  readonly productId: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly quantities: readonly {
    readonly dataSource: string;
    readonly physicalMeasure: string;
    /** Canonical decimal. */
    readonly quantity: string;
  }[];
}

export function queryOfKey({ organizationId, productId, dimensions }: OnHandKey): OnHandQuery {
  return {
    organizationId,
    productIds: [productId],
    dimensions: Object.fromEntries(dimensions.map(([name, value]) => [name, [value]])),
    groupBy: dimensions.map(([name]) => name).filter((name) => !/^(site|location)id$/i.test(name)),
  };
}

/** The quantity of the key among the groups of an answer. Names and values are compared without regard to case. */
export function quantityOfKey(groups: readonly OnHandQuantities[], key: OnHandKey): string {
  const same = (left: string | undefined, right: string): boolean =>
    left !== undefined && foldCase(left) === foldCase(right);
  const quantities = groups
    .filter(({ productId, dimensions }) => {
      const values = new Map(Object.entries(dimensions).map(([name, value]) => [foldCase(name), value]));
      return (
        same(productId, key.productId) &&
        key.dimensions.every(([name, value]) => same(values.get(foldCase(name)), value))
      );
    })
    .flatMap((group) => group.quantities)
    .filter(
      (each) => same(each.dataSource, key.dataSource) && same(each.physicalMeasure, key.physicalMeasure),
    )
    .map(({ quantity }) => quantity);
  return sumOfQuantities(quantities);
}

export function onHandQueryBody(query: OnHandQuery): string {
  return JSON.stringify({
    filters: {
      organizationId: [query.organizationId],
      productId: query.productIds,
      ...query.dimensions,
    },
    groupByValues: query.groupBy,
    returnNegative: true,
  });
}

/** Undefined when the body has another shape than the documented one. */
export function readOnHandQuantities(body: Uint8Array): OnHandQuantities[] | undefined {
  const answer = parseAnswer(body);
  if (!Array.isArray(answer)) return undefined;
  const groups: OnHandQuantities[] = [];
  for (const item of answer as unknown[]) {
    const group = readGroup(item);
    if (!group) return undefined;
    groups.push(group);
  }
  return groups;
}

function readGroup(item: unknown): OnHandQuantities | undefined {
  if (!isRecord(item) || typeof item.productId !== 'string') return undefined;
  const dimensions: Record<string, string> = {};
  for (const [name, value] of Object.entries(isRecord(item.dimensions) ? item.dimensions : {})) {
    if (typeof value !== 'string') return undefined;
    dimensions[name] = value;
  }
  if (!isRecord(item.quantities)) return undefined;
  const quantities: { dataSource: string; physicalMeasure: string; quantity: string }[] = [];
  for (const [dataSource, measures] of Object.entries(item.quantities)) {
    if (!isRecord(measures)) return undefined;
    for (const [physicalMeasure, value] of Object.entries(measures)) {
      const quantity = quantityText(value);
      if (quantity === undefined) return undefined;
      quantities.push({ dataSource, physicalMeasure, quantity });
    }
  }
  return { productId: item.productId, dimensions, quantities };
}
