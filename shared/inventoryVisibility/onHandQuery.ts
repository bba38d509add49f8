/**
 * POST /onhand/indexquery, version 1.0: what the cache holds. Source: "Inventory Visibility public APIs", section
 * "Query with the POST method".
 */
import { isRecord, parseAnswer } from '../dynamics/answerJson.ts';
import { quantityText } from '../dynamics/quantityText.ts';

export interface OnHandQuery {
  readonly organizationId: string;
  readonly productIds: readonly string[];
  /** Base dimension → values; the service needs site and location where it partitions by location. */
  readonly dimensions: Readonly<Record<string, readonly string[]>>;
  /** Base dimensions to tell apart beyond site and location. */
  readonly groupBy: readonly string[];
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
