import { expect, test } from 'vitest';
import { exampleAggregate, exampleMapping, exampleSettings, without } from './foldingExamples.ts';
import { foldingRules } from './foldingRules.ts';
import type { FoldingSettings } from './foldingRules.ts';
import type { AggregatedLine } from './aggregatedLine.ts';
import { splitIntoJournals } from './journals.ts';

function split(changes: readonly Partial<AggregatedLine>[], settings: Partial<FoldingSettings> = {}) {
  const lines = changes.map((change, index) => exampleAggregate(index, change));
  return splitIntoJournals(lines, foldingRules(exampleSettings(settings)));
}

test('lines are sorted by date, receipts before issues, item, dimensions', () => {
  const [journal] = split([
    { productId: 'B', quantity: '-1' },
    { productId: 'C' },
    { productId: 'b', transDate: '2026-03-09', quantity: '-1' },
    { productId: 'a', quantity: '-2' },
    { productId: 'c', dimensions: [['SiteId', '0']] },
    { productId: 'B' },
  ]);
  expect(journal?.lines.map((line) => [line.transDate, line.quantity, line.productId])).toEqual([
    ['2026-03-09', '-1', 'b'],
    ['2026-03-10', '1', 'B'],
    ['2026-03-10', '1', 'c'],
    ['2026-03-10', '1', 'C'],
    ['2026-03-10', '-2', 'a'],
    ['2026-03-10', '-1', 'B'],
  ]);
});

test('receipts and issues are told apart after the direction', () => {
  const [journal] = split(
    [
      { physicalMeasure: 'sold' },
      { quantity: '-1' },
      { productId: 'Z' },
      { physicalMeasure: 'sold', quantity: '-3' },
    ],
    {
      mappings: [exampleMapping(), exampleMapping({ physicalMeasure: 'sold', direction: 'opposite' })],
    },
  );
  expect(journal?.lines.map((line, index) => [line.quantity, journal.directions[index]])).toEqual([
    ['-3', -1],
    ['1', 1],
    ['-1', 1],
    ['1', -1],
  ]);
});

test('a journal holds one target status and one journal name', () => {
  const journals = split(
    [
      { fnoJournalNameId: 'B' },
      {},
      { fnoJournalNameId: 'a' },
      { physicalMeasure: 'sold', fnoJournalNameId: 'A' },
      { fnoJournalNameId: 'A', quantity: '5' },
    ],
    {
      mappings: [
        exampleMapping(),
        exampleMapping({ physicalMeasure: 'sold', targetTransactionStatus: 'Created' }),
      ],
    },
  );
  expect(
    journals.map((journal) => [
      journal.number,
      journal.targetStatus,
      journal.journalNameId,
      journal.lines.length,
    ]),
  ).toEqual([
    [1, 'Created', 'A', 1],
    [2, 'Posted', undefined, 1],
    [3, 'Posted', 'a', 2],
    [4, 'Posted', 'B', 1],
  ]);
});

test('a journal ends where the month ends, and where it is full', () => {
  const dates = ['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02', '2026-03-03', '2027-03-03'];
  const journals = split(
    dates.map((transDate) => ({ transDate })),
    { maxLineCountPerJournal: 2 },
  );
  expect(journals.map((journal) => journal.lines.map((line) => line.transDate))).toEqual([
    ['2026-02-27', '2026-02-28'],
    ['2026-03-01', '2026-03-02'],
    ['2026-03-03'],
    ['2027-03-03'],
  ]);
});

test('lines whose date the journal decides stand in a journal of their own', () => {
  const undated = without(exampleAggregate(0), 'transDate');
  const journals = splitIntoJournals([exampleAggregate(1), undated], foldingRules(exampleSettings()));
  expect(journals.map((journal) => journal.lines.map((line) => line.transDate))).toEqual([
    [undefined],
    ['2026-03-10'],
  ]);
});

test('held lines and sums of zero stand in journals of their kind, cut at the same size, months together', () => {
  const journals = split(
    [
      { quantity: '0' },
      { physicalMeasure: 'lost', transDate: '2026-01-01', fnoJournalNameId: 'X' },
      { physicalMeasure: 'lost' },
      { physicalMeasure: 'lost' },
      { physicalMeasure: 'damaged' },
      {},
    ],
    {
      maxLineCountPerJournal: 2,
      mappings: [
        exampleMapping(),
        exampleMapping({ physicalMeasure: 'damaged', targetTransactionStatus: 'None' }),
      ],
    },
  );
  expect(
    journals.map(({ kind, holdReason, journalNameId, lines }) => [
      kind,
      holdReason,
      journalNameId,
      lines.length,
    ]),
  ).toEqual([
    ['adjustment', undefined, undefined, 1],
    ['held', 'NotMapped', undefined, 2],
    ['held', 'NotMapped', undefined, 1],
    ['held', 'TargetNone', undefined, 1],
    ['doNotSync', undefined, undefined, 1],
  ]);
});

test('nothing makes no journal', () => {
  expect(split([])).toEqual([]);
});
