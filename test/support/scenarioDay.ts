/** A small day of adjustments in which every way that a line can go occurs, with what the ERP is to hold of each. */
import { line, type PostedLine } from './localSettings.ts';

/** Where a line goes when nothing goes wrong: one of two journals, nowhere (three ways), or not even into the cache. */
export type DayPart = 'first' | 'second' | 'held' | 'zero' | 'parked';

export interface DayLine {
  readonly posted: PostedLine;
  readonly part: DayPart;
}

/** The journal name of the second journal. */
export const SECOND_NAME = 'Other';
/** In no mapping, hence held. */
const UNMAPPED = 'counted';
/** Counts what left; its mapping has the opposite direction. */
export const OPPOSITE = 'sold';

/**
 * @param tag begins every id and item of the day
 * @param refused item that Inventory Visibility is told to refuse
 */
export function scenarioDay(tag: string, refused: string): DayLine[] {
  const of = (part: DayPart, item: string, changes: Readonly<Record<string, unknown>>): DayLine => ({
    part,
    posted: line(`${tag}-${item}`, { productId: `${tag}-${item.split('.')[0]}`, ...changes }),
  });
  const second = { fnoJournalNameId: SECOND_NAME };
  return [
    of('first', 'a', { quantity: 3 }),
    of('first', 'b', { quantity: -2 }),
    of('first', 'c', { quantity: '0.0000000001', costPrice: 12.5 }),
    of('first', 'd', { quantity: 10, physicalMeasure: OPPOSITE }),
    of('first', 'e', { quantity: 4, transDate: '2025-12-30' }),
    of('first', 'f.1', { quantity: 2 }),
    of('first', 'f.2', { quantity: 5 }),
    of('second', 'g', { quantity: 1, ...second }),
    of('second', 'h', { quantity: '8.25', ...second, costPrice: '0.5' }),
    of('held', 'i', { quantity: 6, physicalMeasure: UNMAPPED }),
    of('zero', 'j.1', { quantity: 7 }),
    of('zero', 'j.2', { quantity: -7 }),
    of('parked', 'k', { quantity: 9, productId: refused }),
  ];
}

/** Offsets of the measures, as an administrator sets them up for the mappings of the tests. */
export const OFFSET_ROWS = ['inbound', OPPOSITE].map((physicalMeasure) => ({
  dataSource: 'pos',
  physicalMeasure,
  trigger: 'Post' as const,
  sign: physicalMeasure === OPPOSITE ? ('opposite' as const) : ('same' as const),
  dimensions: {
    site: true,
    warehouse: true,
    status: true,
    location: true,
    licensePlate: true,
    batch: true,
    serial: true,
  },
}));
