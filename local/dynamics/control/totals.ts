/**
 * Exact sums of both sides for reconciliation. Both are told in the same terms: organization in upper case, base
 * dimension names, lower-case data source and measure, canonical decimals.
 */
import { formatDecimal, storedDecimal } from '../decimal.ts';
import { onHandOf, placeKey } from '../inventoryVisibility/onHand.ts';
import type { OnHand, StockPlace } from '../inventoryVisibility/onHand.ts';
import { isThere } from '../supplyChain/erp.ts';
import type { Erp } from '../supplyChain/erp.ts';
import { ALL_OFFSET_DIMENSIONS, stockDimensions } from '../supplyChain/offset.ts';

interface Place {
  readonly organizationId: string;
  readonly productId: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly dataSource: string;
  readonly physicalMeasure: string;
}

export interface StockTotal extends Place {
  /** Sum of all events counted, before any offset. */
  readonly applied: string;
  /** Sum of what SCM changed: offsets, and the measures of `fno`. */
  readonly synchronized: string;
  /** applied + synchronized. */
  readonly onHand: string;
}

/** Per item, dimensions and the measure that the lines offset. */
export interface ErpTotal extends Place {
  readonly quantity: string;
  readonly postedQuantity: string;
  readonly lines: number;
  readonly postedLines: number;
}

export function stockTotals(onHand: OnHand): StockTotal[] {
  return [...onHand.rows()].flatMap((row) =>
    [...row.measures.values()].map((measure) => ({
      ...placeOf(row, measure.dataSource, measure.physicalMeasure),
      applied: formatDecimal(measure.applied),
      synchronized: formatDecimal(measure.synchronized),
      onHand: formatDecimal(onHandOf(measure)),
    })),
  );
}

export function erpTotals(erp: Erp): ErpTotal[] {
  const sums = new Map<
    string,
    { place: Place; quantity: bigint; posted: bigint; lines: number; postedLines: number }
  >();
  for (const line of erp.lines.values()) {
    const stockPlace: StockPlace = {
      organizationId: line.company,
      productId: line.itemNumber,
      dimensions: stockDimensions(line, ALL_OFFSET_DIMENSIONS),
    };
    const measure = `${line.offsetDataSource}.${line.offsetPhysicalMeasure}`.toLowerCase();
    const key = `${placeKey(stockPlace)}${measure}`;
    const sum = sums.get(key) ?? {
      place: placeOf(stockPlace, line.offsetDataSource, line.offsetPhysicalMeasure),
      quantity: 0n,
      posted: 0n,
      lines: 0,
      postedLines: 0,
    };
    sums.set(key, sum);
    const quantity = storedDecimal(line.quantity);
    const isPosted = !isThere(line) || erp.journal(line.company, line.journalNumber)?.posting !== undefined;
    sum.quantity += quantity;
    sum.lines += 1;
    if (isPosted) {
      sum.posted += quantity;
      sum.postedLines += 1;
    }
  }
  return [...sums.values()].map(({ place, quantity, posted, lines, postedLines }) => ({
    ...place,
    quantity: formatDecimal(quantity),
    postedQuantity: formatDecimal(posted),
    lines,
    postedLines,
  }));
}

function placeOf(place: StockPlace, dataSource: string, physicalMeasure: string): Place {
  return {
    organizationId: place.organizationId.toUpperCase(),
    productId: place.productId,
    dimensions: Object.fromEntries(place.dimensions),
    dataSource: dataSource.toLowerCase(),
    physicalMeasure: physicalMeasure.toLowerCase(),
  };
}
