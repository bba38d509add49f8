import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimalFromScaled, scaledFromDecimal } from '../adjustments/decimal.ts';
import type { AggregatedLine, Folding } from './aggregatedLine.ts';
import type { RunLine } from './aggregationKey.ts';
import { foldRun } from './foldRun.ts';
import { exampleLine, exampleMapping, exampleSettings, without } from './foldingExamples.ts';
import type { FoldingSettings } from './foldingRules.ts';

/** Few values, so that keys meet; large quantities among them, so that sums overflow. */
const changes = fc.record(
  {
    productId: fc.constantFrom('A', 'a', 'B'),
    physicalMeasure: fc.constantFrom('inbound', 'sold', 'damaged', 'lost'),
    quantity: fc.oneof(
      fc.bigInt({ min: -3n * 10n ** 10n, max: 3n * 10n ** 10n }).map(decimalFromScaled),
      fc.constantFrom('1', '-1', '0', '60000000000', '-60000000000'),
    ),
    dimensions: fc.constantFrom<(readonly [string, string])[]>(
      [['SiteId', '1']],
      [['SiteId', '2']],
      [
        ['ColorId', 'red'],
        ['SiteId', '1'],
      ],
    ),
    resolvedDate: fc.constantFrom('2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02'),
    costPrice: fc.constantFrom('0', '1', '2.5'),
    fnoJournalNameId: fc.constantFrom('IADJ', 'iadj', 'OTHER'),
    externalReferenceId: fc.constantFrom('1', '2'),
  },
  { requiredKeys: ['productId', 'physicalMeasure', 'quantity', 'dimensions'] },
);

const runLines: fc.Arbitrary<RunLine[]> = fc
  .array(fc.tuple(changes, fc.constantFrom('2026-03-01', '2026-03-02')), { maxLength: 60 })
  .map((drawn) =>
    drawn.map(([change, acceptedDay], index) => ({
      ...exampleLine(index % 7, change, 1 + Math.floor(index / 7)),
      acceptedDay,
    })),
  );

const settings: fc.Arbitrary<FoldingSettings> = fc
  .record({
    aggregation: fc.constantFrom('separate' as const, 'weightedAverage' as const),
    sendOnIssues: fc.boolean(),
    closedPeriod: fc.constantFrom('send' as const, 'hold' as const, 'move' as const),
    groupBy: fc.constantFrom('allDimensions' as const, 'scmDimensions' as const),
    mergeGrain: fc.constantFrom(
      'all' as const,
      'day' as const,
      'externalReference' as const,
      'never' as const,
    ),
    maxLineCountPerJournal: fc.integer({ min: 1, max: 5 }),
    maxJournalCountPerPackage: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ aggregation, sendOnIssues, closedPeriod, groupBy, mergeGrain, ...limits }) =>
    exampleSettings({
      ...limits,
      costPolicy: { aggregation, sendOnIssues },
      mappings: [
        exampleMapping({ groupBy, mergeGrain }),
        exampleMapping({
          physicalMeasure: 'sold',
          direction: 'opposite',
          targetTransactionStatus: 'Created',
        }),
        exampleMapping({ physicalMeasure: 'damaged', targetTransactionStatus: 'None' }),
      ],
      defaultLegalEntity: {
        timeZone: 'UTC',
        blankTransDate: 'accepted',
        openFrom: { date: '2026-03-01', closedPeriod },
      },
    }),
  );

const aggregatedLinesOf = (folding: Folding): AggregatedLine[] =>
  folding.journals.flatMap((journal) => journal.lines);
const sum = (quantities: Iterable<string>) =>
  [...quantities].reduce((total, quantity) => total + scaledFromDecimal(quantity), 0n);

/** Checks `property` for drawn lines and settings. */
function forRuns(property: (lines: RunLine[], settings: FoldingSettings) => void): void {
  fc.assert(fc.property(runLines, settings, property), { numRuns: 300 });
}

describe('whatever the lines and the settings', () => {
  test('each line is in exactly one aggregated line, or unfoldable', () => {
    forRuns((lines, drawn) => {
      const folding = foldRun(lines, drawn);
      const found = [
        ...aggregatedLinesOf(folding).flatMap((line) =>
          line.sources.map(([seq, position]) => `${seq}/${position}`),
        ),
        ...folding.unfoldable.map(({ seq, position }) => `${seq}/${position}`),
      ];
      expect(found.toSorted()).toEqual(lines.map(({ seq, position }) => `${seq}/${position}`).toSorted());
    });
  });

  test('an aggregated line has the exact sum of its lines and agrees with each of them', () => {
    forRuns((lines, drawn) => {
      const byOrigin = new Map(lines.map((line) => [`${line.seq}/${line.position}`, line]));
      for (const aggregate of aggregatedLinesOf(foldRun(lines, drawn))) {
        const members = aggregate.sources.map(([seq, position]) => byOrigin.get(`${seq}/${position}`)?.line);
        expect(scaledFromDecimal(aggregate.quantity)).toBe(
          sum(members.map((member) => member?.quantity ?? '')),
        );
        for (const member of members) {
          expect(member?.productId.toUpperCase()).toBe(aggregate.productId.toUpperCase());
          expect(member?.fnoJournalNameId?.toUpperCase()).toBe(aggregate.fnoJournalNameId?.toUpperCase());
          expect(member?.physicalMeasure).toBe(aggregate.physicalMeasure);
        }
      }
    });
  });

  test('no aggregated line is out of range, and every unfoldable line has a reason', () => {
    forRuns((lines, drawn) => {
      const folding = foldRun(lines, drawn);
      for (const { quantity } of aggregatedLinesOf(folding)) {
        expect(Math.abs(Number(quantity))).toBeLessThanOrEqual(1e11);
      }
      for (const { reason } of folding.unfoldable) expect(reason).toMatch(/add up to -?1[0-9]{11}/);
    });
  });

  test('the order of the lines makes no difference', () => {
    fc.assert(
      fc.property(
        runLines.chain((lines) =>
          fc.tuple(fc.constant(lines), fc.shuffledSubarray(lines, { minLength: lines.length })),
        ),
        settings,
        ([lines, shuffled], drawn) => {
          expect(foldRun(shuffled, drawn)).toEqual(foldRun(lines, drawn));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('journals and packages keep their limits', () => {
    forRuns((lines, drawn) => {
      const { journals, packages } = foldRun(lines, drawn);
      expect(journals.map((journal) => journal.number)).toEqual(journals.map((_, index) => index + 1));
      for (const journal of journals) {
        expect(journal.lines.length).toBeGreaterThan(0);
        expect(journal.lines.length).toBeLessThanOrEqual(drawn.maxLineCountPerJournal);
        expect(journal.directions).toHaveLength(journal.lines.length);
        const zeros = journal.lines.filter((line) => line.quantity === '0').length;
        expect(zeros).toBe(journal.kind === 'doNotSync' ? journal.lines.length : 0);
        if (journal.kind !== 'adjustment') continue;
        expect(new Set(journal.lines.map((line) => line.transDate?.slice(0, 7))).size).toBe(1);
        expect(new Set(journal.lines.map((line) => line.fnoJournalNameId?.toUpperCase())).size).toBe(1);
      }
      for (const each of packages) expect(each.length).toBeLessThanOrEqual(drawn.maxJournalCountPerPackage);
      const toSend = journals
        .filter((journal) => journal.kind === 'adjustment')
        .map((journal) => journal.number);
      expect(packages.flat()).toEqual(toSend);
    });
  });
});

describe('an aggregated line and its journal', () => {
  test('name what the lines have', () => {
    const line = exampleLine(0, { fnoJournalNameId: 'IADJ', costPrice: '5' });
    expect(foldRun([line], exampleSettings()).journals).toStrictEqual([
      {
        number: 1,
        kind: 'adjustment',
        targetStatus: 'Posted',
        journalNameId: 'IADJ',
        directions: [1],
        lines: [
          {
            quantity: '1',
            organizationId: 'USMF',
            productId: 'A0001',
            dataSource: 'pos',
            physicalMeasure: 'inbound',
            dimensions: [
              ['LocationId', '11'],
              ['SiteId', '1'],
            ],
            fnoJournalNameId: 'IADJ',
            costPrice: '5',
            transDate: '2026-03-10',
            sources: [[1, 0]],
          },
        ],
      },
    ]);
  });

  test('have no property for what the lines have not', () => {
    const dated = exampleLine(0, { physicalMeasure: 'lost', dimensions: [] });
    const undated = { ...dated, line: without(dated.line, 'resolvedDate') };
    expect(foldRun([undated], exampleSettings()).journals).toStrictEqual([
      {
        number: 1,
        kind: 'held',
        holdReason: 'NotMapped',
        directions: [1],
        lines: [
          {
            quantity: '1',
            organizationId: 'USMF',
            productId: 'A0001',
            dataSource: 'pos',
            physicalMeasure: 'lost',
            dimensions: [],
            sources: [[1, 0]],
          },
        ],
      },
    ]);
  });
});

describe('a sum at the edge of the range', () => {
  test.each(['', '-'])('is folded when it is just in range, whatever the sums on the way ("%s")', (sign) => {
    const other = sign === '' ? '-' : '';
    const quantities = [`${sign}100000000000`, `${sign}100000000000`, `${other}100000000000`];
    const folding = foldRun(
      quantities.map((quantity, index) => exampleLine(index, { quantity })),
      exampleSettings(),
    );
    expect(aggregatedLinesOf(folding)).toMatchObject([{ quantity: `${sign}100000000000` }]);
  });

  test.each(['', '-'])('is unfoldable beyond it, and other keys are not concerned (sign "%s")', (sign) => {
    const folding = foldRun(
      [
        exampleLine(0, { quantity: `${sign}100000000000` }),
        exampleLine(1, { productId: 'B' }),
        exampleLine(2, { quantity: `${sign}0.0000000001` }),
      ],
      exampleSettings(),
    );
    expect(aggregatedLinesOf(folding)).toMatchObject([{ productId: 'B' }]);
    expect(folding.unfoldable).toMatchObject([
      { seq: 1, position: 0 },
      { seq: 1, position: 2 },
    ]);
    for (const { reason } of folding.unfoldable)
      expect(reason).toBe(
        `the quantities of 2 lines of product "A0001" and measure "pos.inbound" add up to ${sign}100000000000.0000000001, ` +
          'beyond the ±100,000,000,000 that one journal line can hold; correct the quantities, or let the mapping merge ' +
          'fewer lines (mergeGrain "day", "externalReference" or "never")',
      );
  });

  test('makes its lines unfoldable in the order of their acceptance, whatever keys they have', () => {
    const line = (position: number, productId: string, seq: number) =>
      exampleLine(position, { productId, quantity: '60000000000' }, seq);
    const lines = [line(0, 'A', 2), line(1, 'B', 1), line(3, 'A', 1), line(0, 'B', 3)];
    const { unfoldable } = foldRun(lines, exampleSettings());
    expect(unfoldable.map(({ seq, position }) => [seq, position])).toEqual([
      [1, 1],
      [1, 3],
      [2, 0],
      [3, 0],
    ]);
  });
});
