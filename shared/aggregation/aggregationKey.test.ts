import { describe, expect, test } from 'vitest';
import type { IntegrationMapping } from '../settings/environmentSettings.ts';
import { aggregationKeyOf } from './aggregationKey.ts';
import { foldRun } from './foldRun.ts';
import {
  type ExampleChanges,
  exampleLine,
  exampleMapping,
  exampleSettings,
  without,
} from './foldingExamples.ts';
import { foldingRules, type FoldingSettings } from './foldingRules.ts';

type Changes = ExampleChanges;

/** How many aggregated lines two lines make, which differ from the example in the given fields. */
function aggregates(one: Changes, other: Changes, settings: Partial<FoldingSettings> = {}): number {
  const folding = foldRun([exampleLine(0, one), exampleLine(1, other)], exampleSettings(settings));
  return folding.journals.reduce((count, journal) => count + journal.lines.length, 0);
}

const withMapping = (changes: Partial<IntegrationMapping>) => ({ mappings: [exampleMapping(changes)] });

describe('lines fold together', () => {
  test.each<[string, Changes, Changes]>([
    ['all alike', {}, {}],
    ['another id and quantity', { id: 'a', quantity: '2' }, { id: 'b', quantity: '-7.5' }],
    ['another external reference', { externalReferenceId: 'SO-1' }, { externalReferenceId: 'SO-2' }],
    ['product in another case', { productId: 'a0001' }, { productId: 'A0001' }],
    ['legal entity in another case', { organizationId: 'usmf' }, { organizationId: 'USMF' }],
    ['measure in another case', { physicalMeasure: 'Inbound' }, { physicalMeasure: 'inbound' }],
    ['journal name in another case', { fnoJournalNameId: 'iadj' }, { fnoJournalNameId: 'IAdj' }],
    [
      'dimension values in another case',
      { dimensions: [['SiteId', 'a']] },
      { dimensions: [['SiteId', 'A']] },
    ],
    [
      'dimensions in another order',
      {
        dimensions: [
          ['SiteId', '1'],
          ['ColorId', 'red'],
        ],
      },
      {
        dimensions: [
          ['ColorId', 'red'],
          ['SiteId', '1'],
        ],
      },
    ],
    ['issues of different cost', { quantity: '-1', costPrice: '5' }, { quantity: '-1', costPrice: '6' }],
    ['an issue with cost and one without', { quantity: '-1', costPrice: '5' }, { quantity: '-1' }],
  ])('%s', (_case, one, other) => {
    expect(aggregates(one, other)).toBe(1);
  });
});

describe('lines stay apart', () => {
  test.each<[string, Changes, Changes]>([
    ['another product', { productId: 'A' }, { productId: 'B' }],
    ['another legal entity', { organizationId: 'USMF' }, { organizationId: 'DEMF' }],
    ['another measure', { physicalMeasure: 'inbound' }, { physicalMeasure: 'outbound' }],
    ['another data source', { quantityDataSource: 'pos' }, { quantityDataSource: 'wms' }],
    ['another journal name', { fnoJournalNameId: 'A' }, {}],
    ['another date', { resolvedDate: '2026-03-11' }, {}],
    ['another dimension value', { dimensions: [['SiteId', '1']] }, { dimensions: [['SiteId', '2']] }],
    [
      'one dimension more',
      { dimensions: [['SiteId', '1']] },
      {
        dimensions: [
          ['SiteId', '1'],
          ['ColorId', '1'],
        ],
      },
    ],
    [
      'the same value in another dimension',
      { dimensions: [['SiteId', '1']] },
      { dimensions: [['LocationId', '1']] },
    ],
    ['receipts of different cost', { costPrice: '5' }, { costPrice: '6' }],
    ['a cost of zero and no cost', { costPrice: '0' }, {}],
    ['a receipt with cost and an issue', { costPrice: '5' }, { costPrice: '5', quantity: '-1' }],
    ['values that would run together', { productId: 'A","B' }, { productId: 'A', quantityDataSource: 'B' }],
  ])('%s', (_case, one, other) => {
    expect(aggregates(one, other)).toBe(2);
  });

  test('a key names cost and date where there are such, and nothing where there are none', () => {
    const rules = foldingRules(exampleSettings());
    const key = aggregationKeyOf(exampleLine(0, { costPrice: '5' }), 1n, rules);
    expect(key).toMatchObject({ cost: '5', date: '2026-03-10' });
    const { line } = exampleLine(0);
    const plain = { ...exampleLine(0), line: without(line, 'resolvedDate') };
    expect(Object.keys(aggregationKeyOf(plain, 1n, rules)).toSorted()).toEqual(['dimensions', 'withoutCost']);
  });

  test('a line without a date and one with', () => {
    const line = without(exampleLine(0).line, 'resolvedDate');
    const folding = foldRun([{ ...exampleLine(0), line }, exampleLine(1)], exampleSettings());
    expect(folding.journals.flatMap((journal) => journal.lines.map((folded) => folded.transDate))).toEqual([
      undefined,
      '2026-03-10',
    ]);
  });
});

describe('the cost of issues', () => {
  test('joins the key where the cost policy sends it', () => {
    const costPolicy = { aggregation: 'separate', sendOnIssues: true } as const;
    expect(
      aggregates({ quantity: '-1', costPrice: '5' }, { quantity: '-1', costPrice: '6' }, { costPolicy }),
    ).toBe(2);
  });

  test('is none where the quantity is zero, whatever the cost policy', () => {
    const costPolicy = { aggregation: 'separate', sendOnIssues: true } as const;
    expect(
      aggregates({ quantity: '0', costPrice: '5' }, { quantity: '0', costPrice: '6' }, { costPolicy }),
    ).toBe(1);
  });

  test('is that of positive quantities for a measure of opposite direction', () => {
    const opposite = withMapping({ direction: 'opposite' });
    expect(aggregates({ costPrice: '5' }, { costPrice: '6' }, opposite)).toBe(1);
    expect(aggregates({ quantity: '-1', costPrice: '5' }, { quantity: '-1', costPrice: '6' }, opposite)).toBe(
      2,
    );
  });
});

describe('merge grain', () => {
  test('day: only lines accepted on one day', () => {
    const settings = exampleSettings(withMapping({ mergeGrain: 'day' }));
    const later = { ...exampleLine(1), acceptedDay: '2026-03-11' };
    expect(foldRun([exampleLine(0), later], settings).journals[0]?.lines).toHaveLength(2);
    expect(foldRun([exampleLine(0), exampleLine(1)], settings).journals[0]?.lines).toHaveLength(1);
  });

  test.each<[number, Changes, Changes]>([
    [1, { externalReferenceId: 'SO-1' }, { externalReferenceId: 'SO-1' }],
    [2, { externalReferenceId: 'SO-1' }, { externalReferenceId: 'SO-2' }],
    [2, { externalReferenceId: '1', externalReferenceCategory: 'SO' }, { externalReferenceId: '1' }],
    [2, { externalReferenceId: 'SO-1' }, {}],
    [1, {}, {}],
  ])('externalReference: %i aggregated line(s) of %j and %j', (count, one, other) => {
    expect(aggregates(one, other, withMapping({ mergeGrain: 'externalReference' }))).toBe(count);
  });

  test('never: each line for itself', () => {
    expect(aggregates({}, {}, withMapping({ mergeGrain: 'never' }))).toBe(2);
  });
});

test('grouping by SCM dimensions folds over the others and leaves them out', () => {
  const one: Changes = {
    dimensions: [
      ['ExtendedDimension1', 'x'],
      ['siteId', '1'],
    ],
  };
  const other: Changes = { dimensions: [['SiteId', '1']] };
  expect(aggregates(one, other)).toBe(2);
  const settings = exampleSettings(withMapping({ groupBy: 'scmDimensions' }));
  const folding = foldRun([exampleLine(0, one), exampleLine(1, other)], settings);
  expect(folding.journals.flatMap((journal) => journal.lines)).toMatchObject([
    { quantity: '2', dimensions: [['siteId', '1']] },
  ]);
});

test('dimensions are put in the order of their names without regard to case', () => {
  const dimensions: [string, string][] = [
    ['siteId', '1'],
    ['ColorId', 'red'],
    ['SIZEID', 'M'],
    ['batchId', 'B'],
  ];
  const folding = foldRun([exampleLine(0, { dimensions })], exampleSettings());
  expect(folding.journals[0]?.lines[0]?.dimensions.map(([name]) => name)).toEqual([
    'batchId',
    'ColorId',
    'siteId',
    'SIZEID',
  ]);
});

test('the spelling of the line accepted first is kept, whichever comes first', () => {
  const lines = [
    exampleLine(0, { productId: 'a0001', dimensions: [['SiteId', 'x']], fnoJournalNameId: 'iadj' }, 2),
    exampleLine(5, { productId: 'A0001', dimensions: [['SiteId', 'X']], fnoJournalNameId: 'IADJ' }, 1),
  ];
  const expected = {
    productId: 'A0001',
    dimensions: [['SiteId', 'X']],
    fnoJournalNameId: 'IADJ',
    quantity: '2',
  };
  for (const order of [lines, lines.toReversed()]) {
    expect(foldRun(order, exampleSettings()).journals[0]?.lines).toMatchObject([expected]);
  }
});
