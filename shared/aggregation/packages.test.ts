import { expect, test } from 'vitest';
import type { Journal } from './aggregatedLine.ts';
import { exampleAggregate, exampleLine, exampleSettings } from './foldingExamples.ts';
import { foldRun } from './foldRun.ts';
import type { FoldingSettings } from './foldingRules.ts';
import { journalBytes, packJournals } from './packages.ts';

function journal(number: number, lineCount: number, kind: Journal['kind'] = 'adjustment'): Journal {
  const lines = Array.from({ length: lineCount }, (_, index) => exampleAggregate(index));
  return { number, kind, directions: lines.map(() => 1 as const), lines };
}

const limits = (changes: Partial<FoldingSettings>) =>
  exampleSettings({ maxJournalCountPerPackage: 10, ...changes });
/** Of one journal among these. */
const bytesOf = (of: Journal, among: readonly Journal[] = [of]) => journalBytes(among, exampleSettings())(of);

test('journals are packed in order, up to the count', () => {
  const journals = [1, 2, 3, 4, 5].map((number) => journal(number, 1));
  expect(packJournals(journals, limits({ maxJournalCountPerPackage: 2 }))).toEqual([[1, 2], [3, 4], [5]]);
});

test('a package ends where its bytes end, and one journal always fits', () => {
  const journals = [journal(1, 10), journal(2, 10), journal(3, 1_000), journal(4, 10)];
  const fitting = 125_000 + 2 * bytesOf(journal(1, 10));
  expect(packJournals(journals, limits({ maxPackageBytes: fitting }))).toEqual([[1, 2], [3], [4]]);
  expect(packJournals(journals, limits({ maxPackageBytes: fitting - 1 }))).toEqual([[1], [2], [3], [4]]);
});

test('every character of a line counts as much as it takes where it takes most', () => {
  const of = (changes: Parameters<typeof exampleAggregate>[1]) =>
    bytesOf({ ...journal(1, 0), lines: [exampleAggregate(0, changes)] });
  const plain = { productId: 'A', quantity: '1', dataSource: 'a', physicalMeasure: 'b' };
  const least = of(plain);
  for (const name of ['productId', 'quantity', 'dataSource', 'physicalMeasure'] as const)
    expect(of({ ...plain, [name]: `${plain[name]}12345` })).toBe(least + 10);
  expect(of({ ...plain, costPrice: '12.5' })).toBe(least + 8);
  const odd = [...'"&<>\t€é'].map((character) => of({ ...plain, productId: `A${character}` }) - least);
  expect(odd).toEqual([6, 5, 4, 4, 5, 3, 2]);
});

test('a line counts the dimensions of all lines, which share its files', () => {
  const [one, other] = [journal(1, 1), journal(2, 0)];
  const located = { ...other, lines: [exampleAggregate(0, { dimensions: [['LocationId', '11']] })] };
  expect(bytesOf(one, [one, located])).toBe(bytesOf(one) + 2 * 'INVENTORYWAREHOUSEID'.length + 5);
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
