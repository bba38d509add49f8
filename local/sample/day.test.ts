import { describe, expect, test } from 'vitest';
import { negateDecimal } from '../../shared/adjustments/decimal.ts';
import { type DayOptions, sampleDay } from './day.ts';
import type { SampleLine } from './sampleLine.ts';

const options: DayOptions = { seed: 1, tag: 'T1', lineCount: 2_000, bookingDate: '2026-11-22' };
const day = sampleDay(options);
const lines = day.requests.flatMap((request) => request.lines);

function keyOf({ posted, dimensions }: SampleLine): string {
  const { organizationId, productId, quantityDataSource, physicalMeasure } = posted;
  return JSON.stringify([organizationId, productId, quantityDataSource, physicalMeasure, dimensions]);
}

function measureOf({ posted }: SampleLine): string {
  return `${posted.quantityDataSource}.${posted.physicalMeasure}`;
}

describe('the sample day', () => {
  test('is the same for the same seed, but for the tag of its ids and items', () => {
    expect(sampleDay(options)).toEqual(day);
    const untagged = (text: string): unknown => JSON.parse(text.replaceAll(/-T[12]\b/g, ''));
    expect(untagged(JSON.stringify(sampleDay({ ...options, tag: 'T2' })))).toEqual(
      untagged(JSON.stringify(day)),
    );
    expect(sampleDay({ ...options, seed: 2 })).not.toEqual(day);
  });

  test('has as many lines as asked for, each with an id of its own', () => {
    for (const lineCount of [1, 7, 300, 2_000]) {
      const some = sampleDay({ ...options, lineCount }).requests.flatMap((request) => request.lines);
      expect(new Set(some.map(({ posted }) => `${posted.organizationId} ${posted.id}`)).size).toBe(lineCount);
    }
  });

  test('comes from three legal entities, over two channels with all their measures', () => {
    expect(new Set(lines.map(({ posted }) => posted.organizationId))).toEqual(
      new Set(['USMF', 'DEMF', 'FRRT']),
    );
    expect(new Set(lines.map(measureOf))).toEqual(
      new Set(['@iv.adjustment', 'pos.inbound', 'pos.outbound', 'pos.reserved']),
    );
  });

  test('has receipts with a cost and without, some with a journal name, a date or decimals', () => {
    const inbound = lines.filter((line) => measureOf(line) === 'pos.inbound');
    for (const hasCost of [true, false])
      expect(inbound.some(({ posted }) => (posted.costPrice !== undefined) === hasCost)).toBe(true);
    expect(new Set(lines.map(({ posted }) => posted.fnoJournalNameId))).toEqual(
      new Set([undefined, 'IScrap']),
    );
    expect(lines.some(({ posted }) => posted.transDate === '2026-11-22')).toBe(true);
    expect(lines.some(({ quantity }) => quantity.includes('.'))).toBe(true);
    expect(lines.every(({ posted }) => posted.externalReferenceId !== undefined)).toBe(true);
  });

  test('has pairs that net to zero, both in one request and alone with their item', () => {
    const pairs = day.requests.flatMap((request) => {
      const keys = Map.groupBy(
        request.lines.filter(({ posted }) => posted.productId.startsWith('X')),
        keyOf,
      );
      return [...keys.values()];
    });
    expect(pairs.length).toBeGreaterThan(10);
    for (const [sold, returned, ...more] of pairs) {
      expect(more).toEqual([]);
      expect(returned?.quantity).toBe(negateDecimal(sold?.quantity ?? ''));
    }
  });

  test('folds: many lines share their item, place and measure', () => {
    expect(new Set(lines.map(keyOf)).size).toBeLessThan(lines.length / 2);
  });

  test('states the quantity that it is counted with', () => {
    for (const { posted, quantity } of lines) expect(String(posted.quantity)).toBe(quantity);
  });
});
