/**
 * The sample's bookkeeping: what was accepted must be found again, exactly, in Inventory Visibility and in the ERP. Every
 * item at every place is compared by itself, so that differences that cancel out in a sum still show.
 */
import { decimalFromScaled, scaledFromDecimal } from '../../shared/adjustments/decimal.ts';

/** Where a quantity lies; spelled as the totals spell it: upper-case organization, base dimensions, lower-case measure. */
export interface Place {
  readonly organizationId: string;
  readonly productId: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly dataSource: string;
  readonly physicalMeasure: string;
}

/** What the simulated Dynamics side has counted (`GET /control/totals`), in canonical decimals. */
export interface Totals {
  readonly inventoryVisibility: readonly (Place & { readonly applied: string; readonly onHand: string })[];
  readonly supplyChain: readonly (Place & { readonly quantity: string })[];
}

/**
 * Where an accepted line has ended: in an ERP journal, held (no mapping or target *None*), netted to zero, refused by the
 * cache, or in the cache and refused by every journal. `open`: not settled yet.
 */
export type Disposition = 'erp' | 'held' | 'doNotSync' | 'parkedByCache' | 'parkedByJournal' | 'open';

export interface AcceptedLine extends Place {
  /** Canonical decimal, as posted. */
  readonly quantity: string;
  readonly disposition: Disposition;
}

/** Two sides that must be the same. */
export interface Equation {
  readonly left: string;
  /** Name → canonical decimal: what adds up to `left`. */
  readonly right: Readonly<Record<string, string>>;
  /** Places where the sides differ, with the difference right − left. */
  readonly differences: readonly string[];
}

export interface BalanceRow {
  /** Legal entity; absent for all together. */
  readonly organizationId?: string;
  readonly lines: Readonly<Record<Disposition, number>>;
  /** accepted = applied to IV + parked, as posted. */
  readonly cache: Equation;
  /** accepted = in ERP + held + DoNotSync + parked, as stock: a measure of opposite direction counts with the other sign. */
  readonly journals: Equation;
  /** Stock in IV had nothing been posted by the ERP = fno + the measures, as stock. */
  readonly stock: Equation;
}

/** 1, or -1 for a measure whose mapping has the opposite direction. */
export type DirectionOf = (dataSource: string, physicalMeasure: string) => 1 | -1;

/** One row per legal entity, and one for all together. */
export function balance(
  lines: readonly AcceptedLine[],
  before: Totals,
  after: Totals,
  directionOf: DirectionOf,
): BalanceRow[] {
  const counts = countUp(lines, before, after);
  const organizations = [...new Set([...counts.values()].map(({ place }) => place.organizationId))].sort();
  const rowOf = (organizationId: string | undefined): BalanceRow => {
    const isOwn = (place: Place): boolean =>
      organizationId === undefined || place.organizationId === organizationId;
    const own = [...counts.values()].filter(({ place }) => isOwn(place));
    return {
      ...(organizationId === undefined ? {} : { organizationId }),
      lines: lineCounts(lines.filter(isOwn)),
      cache: equation(own.map(cacheTerms)),
      journals: equation(own.map((count) => journalTerms(count, directionOf))),
      stock: equation(stockTerms(own, directionOf)),
    };
  };
  return [...organizations.map(rowOf), rowOf(undefined)];
}

/** Whether every row holds and no line is left open. */
export function isBalanced(rows: readonly BalanceRow[]): boolean {
  return rows.every(
    ({ lines, cache, journals, stock }) =>
      lines.open === 0 && [cache, journals, stock].every(({ differences }) => differences.length === 0),
  );
}

/** All quantities of one measure at one place, scaled. */
interface Count {
  readonly place: Place;
  readonly accepted: Record<Disposition, bigint>;
  applied: bigint;
  onHand: bigint;
  inErp: bigint;
}

function countUp(lines: readonly AcceptedLine[], before: Totals, after: Totals): Map<string, Count> {
  const counts = new Map<string, Count>();
  const at = (place: Place): Count => {
    const key = placeKey(place);
    let count = counts.get(key);
    if (count === undefined) {
      const accepted = { erp: 0n, held: 0n, doNotSync: 0n, parkedByCache: 0n, parkedByJournal: 0n, open: 0n };
      counts.set(key, (count = { place, accepted, applied: 0n, onHand: 0n, inErp: 0n }));
    }
    return count;
  };
  for (const line of lines) at(line).accepted[line.disposition] += scaledFromDecimal(line.quantity);
  for (const [totals, sign] of [
    [before, -1n],
    [after, 1n],
  ] as const) {
    for (const total of totals.inventoryVisibility) {
      at(total).applied += sign * scaledFromDecimal(total.applied);
      at(total).onHand += sign * scaledFromDecimal(total.onHand);
    }
    for (const total of totals.supplyChain) at(total).inErp += sign * scaledFromDecimal(total.quantity);
  }
  return counts;
}

function lineCounts(lines: readonly AcceptedLine[]): Record<Disposition, number> {
  const counts = { erp: 0, held: 0, doNotSync: 0, parkedByCache: 0, parkedByJournal: 0, open: 0 };
  for (const { disposition } of lines) counts[disposition] += 1;
  return counts;
}

/** One equation at one place. */
interface Terms {
  readonly place: string;
  readonly left: bigint;
  readonly right: Readonly<Record<string, bigint>>;
}

function cacheTerms({ place, accepted, applied }: Count): Terms {
  return {
    place: placeText(place),
    left: sum(accepted),
    right: { 'applied to IV': applied, parked: accepted.parkedByCache },
  };
}

function journalTerms({ place, accepted, inErp }: Count, directionOf: DirectionOf): Terms {
  const direction = BigInt(directionOf(place.dataSource, place.physicalMeasure));
  return {
    place: placeText(place),
    left: direction * sum(accepted),
    right: {
      // The journal has the direction already.
      'in ERP': inErp,
      held: direction * accepted.held,
      DoNotSync: direction * accepted.doNotSync,
      parked: direction * (accepted.parkedByCache + accepted.parkedByJournal),
    },
  };
}

/** Per item and dimensions, over all measures: what was applied, against what is there now. */
function stockTerms(counts: readonly Count[], directionOf: DirectionOf): Terms[] {
  const groups = Map.groupBy(counts, ({ place }) =>
    placeKey({ ...place, dataSource: '', physicalMeasure: '' }),
  );
  return [...groups.values()].map((group) => {
    let [applied, fno, measures] = [0n, 0n, 0n];
    for (const { place, applied: events, onHand } of group) {
      if (place.dataSource === 'fno') {
        fno += onHand;
        continue;
      }
      const direction = BigInt(directionOf(place.dataSource, place.physicalMeasure));
      applied += direction * events;
      measures += direction * onHand;
    }
    const first = group[0]?.place;
    return {
      place: first ? placeText(first, 'fno + measures') : '',
      left: applied,
      right: { fno, measures },
    };
  });
}

function equation(terms: readonly Terms[]): Equation {
  let left = 0n;
  const right: Record<string, bigint> = {};
  const differences: string[] = [];
  for (const term of terms) {
    left += term.left;
    for (const [name, value] of Object.entries(term.right)) right[name] = (right[name] ?? 0n) + value;
    const difference = sum(term.right) - term.left;
    if (difference !== 0n) differences.push(`${term.place}: off by ${decimalFromScaled(difference)}`);
  }
  return {
    left: decimalFromScaled(left),
    right: Object.fromEntries(Object.entries(right).map(([name, value]) => [name, decimalFromScaled(value)])),
    differences,
  };
}

function sum(values: Readonly<Record<string, bigint>>): bigint {
  return Object.values(values).reduce((total, value) => total + value, 0n);
}

function placeKey({ organizationId, productId, dimensions, dataSource, physicalMeasure }: Place): string {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([organizationId, productId, sorted, dataSource, physicalMeasure]);
}

function placeText(place: Place, what = `${place.dataSource}.${place.physicalMeasure}`): string {
  return [place.organizationId, place.productId, ...Object.values(place.dimensions), what].join(' ');
}
