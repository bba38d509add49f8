import { expect, test } from 'vitest';
import type { Journal } from './aggregatedLine.ts';
import { exampleAggregate, exampleLine, exampleSettings } from './foldingExamples.ts';
import { foldRun } from './foldRun.ts';
import { estimatedBytes, packJournals } from './packages.ts';

function journal(number: number, lineCount: number, kind: Journal['kind'] = 'adjustment'): Journal {
  const lines = Array.from({ length: lineCount }, (_, index) => exampleAggregate(index));
  return { number, kind, directions: lines.map(() => 1 as const), lines };
}

test('journals are packed in order, up to the count', () => {
  const journals = [1, 2, 3, 4, 5].map((number) => journal(number, 1));
  const limits = { maxJournalCountPerPackage: 2, maxPackageBytes: 50_000_000 };
  expect(packJournals(journals, limits)).toEqual([[1, 2], [3, 4], [5]]);
});

test('a package ends where its bytes end, and one journal always fits', () => {
  const journals = [journal(1, 10), journal(2, 10), journal(3, 1_000), journal(4, 10)];
  const maxPackageBytes = 40_000 + 2 * estimatedBytes(journal(1, 10));
  const packages = packJournals(journals, { maxJournalCountPerPackage: 10, maxPackageBytes });
  expect(packages).toEqual([[1, 2], [3], [4]]);
});

test('the bytes of a package: a fixed part, and two for every character of its lines', () => {
  const bytes = (changes: Parameters<typeof exampleAggregate>[1]) =>
    estimatedBytes({ ...journal(1, 0), lines: [exampleAggregate(0, changes)] });
  const plain = { productId: 'A', quantity: '1', dataSource: 'a', physicalMeasure: 'b', dimensions: [] };
  const least = bytes(plain);
  expect(least).toBe(2 * (150 + 134 + 4));
  for (const name of ['productId', 'quantity', 'dataSource', 'physicalMeasure'] as const)
    expect(bytes({ ...plain, [name]: `${plain[name]}12345` })).toBe(least + 10);
  expect(bytes({ ...plain, costPrice: '12.5' })).toBe(least + 8);
  expect(bytes({ ...plain, dimensions: [['SiteId', '1234']] })).toBe(least + 2 * (4 + 3));
  const one = estimatedBytes(journal(1, 10));
  const packed = (maxPackageBytes: number) =>
    packJournals([journal(1, 10), journal(2, 10)], { maxJournalCountPerPackage: 10, maxPackageBytes });
  expect(packed(40_000 + 2 * one)).toEqual([[1, 2]]);
  expect(packed(40_000 + 2 * one - 1)).toEqual([[1], [2]]);
});

test('what is held or not synchronized is not packed', () => {
  const journals = [journal(1, 1), journal(2, 1, 'held'), journal(3, 1, 'doNotSync')];
  expect(packJournals(journals, exampleSettings())).toEqual([[1]]);
});

test('25,000 lines of one legal entity make three journals in three packages, or in two', () => {
  const lines = Array.from({ length: 25_000 }, (_, index) => exampleLine(index, { productId: `P${index}` }));
  const folding = foldRun(lines, exampleSettings());
  expect(folding.journals.map((each) => each.lines.length)).toEqual([10_000, 10_000, 5_000]);
  expect(folding.packages).toEqual([[1], [2], [3]]);
  expect(foldRun(lines, exampleSettings({ maxJournalCountPerPackage: 2 })).packages).toEqual([[1, 2], [3]]);
});
