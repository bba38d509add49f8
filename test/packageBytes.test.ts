/** Packages are packed by an estimate of their bytes; what is really built must never be larger, in any kind of data file. */
import fc from 'fast-check';
import { unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import type { AggregatedLine, Journal } from '../shared/aggregation/aggregatedLine.ts';
import { exampleSettings } from '../shared/aggregation/foldingExamples.ts';
import { packJournals } from '../shared/aggregation/packages.ts';
import { BASE_DIMENSIONS } from '../shared/settings/baseDimensions.ts';
import type { CommittedRun } from '../shared/log/runRow.ts';
import { scmJournals } from '../shared/posting/scmJournals.ts';
import { DEFAULT_SETTINGS } from '../shared/settings/defaultSettings.ts';
import type { SupplyChainSettings } from '../shared/settings/environmentSettings.ts';
import { buildDataPackage } from '../shared/supplyChain/dataPackage/buildDataPackage.ts';
import { packageFormat } from '../shared/supplyChain/dataPackage/packageFormat.ts';

const { scmDimensionColumns } = DEFAULT_SETTINGS;
const DIMENSIONS = Object.keys(scmDimensionColumns);

/** As long as the settings let names be. */
const LONGEST_NAMES = {
  headerLabel: 'H'.repeat(100),
  lineLabel: 'L'.repeat(100),
  headerElement: 'H'.repeat(200),
  lineElement: 'L'.repeat(200),
  offsetDataSourceColumn: 'S'.repeat(80),
  offsetPhysicalMeasureColumn: 'M'.repeat(80),
  expectedStatusPosted: 'P'.repeat(80),
};

const FORMATS = (['CSV-Unicode', 'XML-Element', 'XML-Attribute'] as const).flatMap((sourceFormat) =>
  [{}, LONGEST_NAMES].flatMap((names) =>
    (['service', 'generic-v2'] as const).map((entityProfile) => {
      const dataPackage = { ...DEFAULT_SETTINGS.supplyChain.dataPackage, sourceFormat, ...names };
      return packageFormat({ entityProfile, dataPackage } satisfies Pick<
        SupplyChainSettings,
        'entityProfile' | 'dataPackage'
      >);
    }),
  ),
);

const text = (maxLength: number) =>
  fc
    .array(fc.constantFrom('A', '1', ' ', '"', '&', '<', '>', "'", ',', 'é', '€', '漢', '😀'), {
      minLength: 1,
      maxLength,
    })
    .map((characters) => `x${characters.join('')}`.slice(0, maxLength).toWellFormed());

const line: fc.Arbitrary<AggregatedLine> = fc.record(
  {
    quantity: fc.constantFrom('1', '-2.5', '123456789012345678.0123456789'),
    organizationId: fc.constant('USMF'),
    productId: text(20),
    dataSource: text(40),
    physicalMeasure: text(40),
    dimensions: fc.uniqueArray(fc.tuple(fc.constantFrom(...DIMENSIONS), text(25)), {
      selector: ([name]) => name,
    }),
    costPrice: fc.constantFrom('0.5', '12345678901234.5678'),
    transDate: fc.constantFrom('2026-03-10', '2026-04-01'),
    sources: fc.constant([[1, 0]] as const),
  },
  {
    requiredKeys: [
      'quantity',
      'organizationId',
      'productId',
      'dataSource',
      'physicalMeasure',
      'dimensions',
      'sources',
    ],
  },
);

const journals = fc
  .array(fc.tuple(fc.array(line, { minLength: 1, maxLength: 60 }), fc.option(text(10), { nil: undefined })), {
    minLength: 2,
    maxLength: 12,
  })
  .map((some) =>
    some.map(([lines, journalNameId], index): Journal => ({
      number: index + 1,
      kind: 'adjustment',
      targetStatus: 'Posted',
      directions: lines.map(() => -1),
      lines,
      ...(journalNameId === undefined ? {} : { journalNameId }),
    })),
  );

const run = {
  number: 123_456,
  state: { nonce: 'abcdef12-3456-4789-8abc-def012345678', settings: { scmDimensionColumns } },
} as unknown as CommittedRun;

function bytesOf(some: readonly Journal[], format: (typeof FORMATS)[number]): number {
  const content = {
    company: 'usmf',
    submissionId: 'x'.repeat(120),
    journals: scmJournals('environment~USMF', run, some, () => true),
  };
  const members = Object.values(unzipSync(buildDataPackage(content, format)));
  return members.reduce((sum, { length }) => sum + length, 0);
}

test('a package of several journals never has more bytes than it is allowed', () => {
  expect(DIMENSIONS.every((dimension) => BASE_DIMENSIONS.includes(dimension))).toBe(true);
  let several = 0;
  const check = fc.property(journals, fc.integer({ min: 130_000, max: 400_000 }), (some, maxPackageBytes) => {
    const settings = exampleSettings({ scmDimensionColumns, maxJournalCountPerPackage: 10, maxPackageBytes });
    for (const numbers of packJournals(some, settings)) {
      if (numbers.length === 1) continue;
      several += 1;
      const packed = some.filter(({ number }) => numbers.includes(number));
      for (const format of FORMATS) expect(bytesOf(packed, format)).toBeLessThanOrEqual(maxPackageBytes);
    }
  });
  fc.assert(check, { numRuns: 10 });
  expect(several).toBeGreaterThan(0);
});

test('many lines of one kind, whose package is nearly full, do not have more either', () => {
  const many = (number: number): Journal => ({
    number,
    kind: 'adjustment',
    targetStatus: 'Posted',
    directions: Array<1>(400).fill(1),
    lines: Array.from({ length: 400 }, (_, position) => ({
      quantity: '1',
      organizationId: 'USMF',
      productId: `P${position}`,
      dataSource: '"'.repeat(40),
      physicalMeasure: '漢'.repeat(40),
      dimensions: DIMENSIONS.map((dimension): [string, string] => [dimension, '"'.repeat(10)]),
      costPrice: '1',
      transDate: '2026-03-10',
      sources: [[1, position]],
    })),
  });
  const some = [1, 2, 3, 4, 5, 6].map(many);
  const settings = exampleSettings({ scmDimensionColumns, maxJournalCountPerPackage: 10 });
  const packedIn = (maxPackageBytes: number) => packJournals(some, { ...settings, maxPackageBytes });
  const least = Array.from({ length: 500 }, (_, step) => 1_000_000 + step * 20_000).find(
    (maxPackageBytes) => packedIn(maxPackageBytes).length < some.length,
  );
  const [packed = []] = packedIn(least ?? 0);
  expect(packed.length).toBeGreaterThan(1);
  for (const format of FORMATS)
    expect(
      bytesOf(
        some.filter(({ number }) => packed.includes(number)),
        format,
      ),
    ).toBeLessThanOrEqual(least ?? 0);
});
