/**
 * What Inventory Visibility holds: quantities per organization, product, dimensions, data source and measure, and
 * the ids of the events it has counted. A pure state machine.
 *
 * Values are compared without regard to case and keep the spelling they were first seen with; data source and
 * measure names are lower case (the runtime configuration of Microsoft's own tests stores them so).
 */
import { formatDecimal, storedDecimal } from '../decimal.ts';

type Dimensions = readonly (readonly [base: string, value: string])[];

/** Organization, product and dimensions: where a quantity lies. Dimensions are sorted by name, without empty ones. */
export interface StockPlace {
  readonly organizationId: string;
  readonly productId: string;
  readonly dimensions: Dimensions;
}

/** A change of one measure at one place; `quantity` is a canonical decimal. */
export interface StockChange extends StockPlace {
  readonly dataSource: string;
  readonly physicalMeasure: string;
  readonly quantity: string;
}

/** An on-hand change event as accepted. */
export interface StockEvent extends StockPlace {
  readonly id: string;
  readonly quantities: readonly (readonly [dataSource: string, physicalMeasure: string, quantity: string])[];
}

export interface Measure {
  readonly dataSource: string;
  readonly physicalMeasure: string;
  /** Sum of all events ever counted, in units of 10^-10. */
  applied: bigint;
  /** Sum of what Supply Chain Management changed: offsets, and its own measures. */
  synchronized: bigint;
}

export interface StockRow extends StockPlace {
  readonly measures: Map<string, Measure>;
}

export interface StockRowRecord extends StockPlace {
  readonly measures: readonly (readonly [
    dataSource: string,
    physicalMeasure: string,
    applied: string,
    synchronized: string,
  ])[];
}

export function onHandOf(measure: Measure): bigint {
  return measure.applied + measure.synchronized;
}

/** The same text for the same place, whatever the spelling. */
export function placeKey(place: StockPlace): string {
  return JSON.stringify([
    place.organizationId.toUpperCase(),
    place.productId.toUpperCase(),
    place.dimensions.map(([base, value]) => [base, value.toUpperCase()]),
  ]);
}

export class OnHand {
  readonly #ids = new Map<string, number>();
  readonly #rows = new Map<string, StockRow>();
  readonly #windowMs: number | undefined;

  /** `windowMs`: how long event ids are remembered; undefined: for ever. */
  constructor(windowMs: number | undefined) {
    this.#windowMs = windowMs;
  }

  rows(): Iterable<StockRow> {
    return this.#rows.values();
  }

  get knownIdCount(): number {
    return this.#ids.size;
  }

  /**
   * Whether an event id has been counted and is still remembered. Ids are compared exactly.
   * @param windowMs a shorter memory than the usual one
   */
  isKnown(id: string, now: number, windowMs = Infinity): boolean {
    const at = this.#ids.get(id);
    return at !== undefined && now - at < Math.min(windowMs, this.#windowMs ?? Infinity);
  }

  applyEvents(at: number, events: readonly StockEvent[]): void {
    for (const event of events) {
      this.#ids.set(event.id, at);
      for (const [dataSource, physicalMeasure, quantity] of event.quantities) {
        this.#measure(event, dataSource, physicalMeasure).applied += storedDecimal(quantity);
      }
    }
  }

  applyChanges(changes: readonly StockChange[]): void {
    for (const change of changes) {
      const measure = this.#measure(change, change.dataSource, change.physicalMeasure);
      measure.synchronized += storedDecimal(change.quantity);
    }
  }

  rememberIds(ids: readonly (readonly [string, number])[]): void {
    for (const [id, at] of ids) this.#ids.set(id, at);
  }

  putRows(rows: readonly StockRowRecord[]): void {
    for (const row of rows) {
      for (const [dataSource, physicalMeasure, applied, synchronized] of row.measures) {
        const measure = this.#measure(row, dataSource, physicalMeasure);
        measure.applied = storedDecimal(applied);
        measure.synchronized = storedDecimal(synchronized);
      }
    }
  }

  *knownIds(now: number): Generator<readonly [string, number]> {
    for (const [id, at] of this.#ids) if (this.isKnown(id, now)) yield [id, at];
  }

  *rowRecords(): Generator<StockRowRecord> {
    for (const { organizationId, productId, dimensions, measures } of this.#rows.values()) {
      yield {
        organizationId,
        productId,
        dimensions,
        measures: [...measures.values()].map((measure) => [
          measure.dataSource,
          measure.physicalMeasure,
          formatDecimal(measure.applied),
          formatDecimal(measure.synchronized),
        ]),
      };
    }
  }

  #measure(place: StockPlace, dataSource: string, physicalMeasure: string): Measure {
    const key = placeKey(place);
    let row = this.#rows.get(key);
    if (!row) {
      const { organizationId, productId, dimensions } = place;
      row = { organizationId, productId, dimensions, measures: new Map() };
      this.#rows.set(key, row);
    }
    const name = `${dataSource}.${physicalMeasure}`.toLowerCase();
    let measure = row.measures.get(name);
    if (!measure) {
      measure = {
        dataSource: dataSource.toLowerCase(),
        physicalMeasure: physicalMeasure.toLowerCase(),
        applied: 0n,
        synchronized: 0n,
      };
      row.measures.set(name, measure);
    }
    return measure;
  }
}
