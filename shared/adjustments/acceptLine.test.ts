import { baseDimensions } from './baseDimensions.ts';
import { describe, expect, test } from 'vitest';
import {
  accept,
  dimensions,
  exampleAcceptance,
  exampleSubmitted,
  NEW_YEAR,
  withGaps,
} from './acceptanceExamples.ts';
import { acceptLine } from './acceptLine.ts';
import type { AdjustmentLine, LineProblem, SubmittedLine } from './adjustmentLine.ts';
import { submittedDimensions } from './dimensions.ts';

describe('a line that the settings allow', () => {
  test('is spelled as the settings spell it', () => {
    expect(accept({})).toStrictEqual({
      ...exampleSubmitted,
      quantityDataSource: 'Pos',
      physicalMeasure: 'Inbound',
      dimensions: baseDimensions([
        ['LocationId', '13'],
        ['SiteId', '1'],
      ]),
      resolvedDate: '2025-12-31',
    });
  });

  test('a data source’s own dimension names mean base dimensions, in any case', () => {
    const line = accept({
      dimensions: submittedDimensions([
        ['farbe', 'rot'],
        ['REASON', 'broken'],
        ['SITEID', '1'],
        ['store', '13'],
        ['wmslocationid', 'A1'],
      ]),
    });
    expect(line).toMatchObject({
      dimensions: baseDimensions([
        ['ColorId', 'rot'],
        ['ExtendedDimension1', 'broken'],
        ['LocationId', '13'],
        ['SiteId', '1'],
        ['WMSLocationId', 'A1'],
      ]),
    });
  });

  test('dimensions are sorted by what they mean, also where two names mean one', () => {
    const line = accept({
      dimensions: submittedDimensions([
        ['farbe', 'rot'],
        ['colorId', 'rot'],
        ['Store', '13'],
        ['siteId', '1'],
      ]),
    });
    expect(line).toMatchObject({
      dimensions: baseDimensions([
        ['ColorId', 'rot'],
        ['LocationId', '13'],
        ['SiteId', '1'],
      ]),
    });
  });

  test.each([
    [{ siteId: '1', locationId: '13', farbe: undefined, serialId: undefined }],
    [{ siteId: '1', locationId: '13', Store: undefined, shade: undefined }],
  ])('a dimension without a value is none: %j', (given) => {
    expect(accept({ dimensions: withGaps(given) })).toMatchObject({
      dimensions: baseDimensions([
        ['LocationId', '13'],
        ['SiteId', '1'],
      ]),
    });
  });

  test('without a date has none where the journal decides', () => {
    expect(accept({ organizationId: 'frmf' })).not.toHaveProperty('resolvedDate');
  });

  test('two names of one dimension with one value are one dimension', () => {
    expect(accept({ dimensions: dimensions({ Store: '13' }) })).toMatchObject({
      dimensions: baseDimensions([
        ['LocationId', '13'],
        ['SiteId', '1'],
      ]),
    });
  });

  test.each([['free'], ['counted'], ['inbound']])(
    'the measure %s is accepted, mapped or not',
    (physicalMeasure) => {
      expect(Array.isArray(accept({ physicalMeasure }))).toBe(false);
    },
  );

  test.each<[string, Partial<SubmittedLine>, string | undefined]>([
    ['its own date', { transDate: '2025-06-01', organizationId: 'FRMF' }, '2025-06-01'],
    ['the day of acceptance in the zone of its legal entity', { organizationId: 'DEMF' }, '2026-01-01'],
    ['the day across the date line', { organizationId: 'nzmf' }, '2026-01-01'],
    ['the day in the zone of all others', { organizationId: 'xxxx' }, '2025-12-31'],
    ['none where the journal decides', { organizationId: 'frmf' }, undefined],
  ])('has %s', (_what, changes, date) => {
    const line = accept(changes);
    expect(line).not.toBeInstanceOf(Array);
    expect((line as AdjustmentLine).resolvedDate).toBe(date);
  });
});

test('two lines accepted at two instants have the day of their own', () => {
  const days = [0, 1, 0].map((day) =>
    acceptLine(exampleSubmitted, 0, exampleAcceptance, NEW_YEAR + day * 86_400_000),
  );
  expect(days.map((line) => (line as AdjustmentLine).resolvedDate)).toEqual([
    '2025-12-31',
    '2026-01-01',
    '2025-12-31',
  ]);
});

describe('a line that the settings refuse', () => {
  test.each<[Partial<SubmittedLine>, string, string, string | undefined, string]>([
    [
      { quantityDataSource: 'poss' },
      'UnknownDataSource',
      'quantityDataSource',
      'poss',
      'quantityDataSource of line 3 ("poss") is not configured; the data sources are Pos, @iv.',
    ],
    [
      { quantityDataSource: 'FnO' },
      'ReservedDataSource',
      'quantityDataSource',
      'FnO',
      'quantityDataSource of line 3 ("FnO") belongs to Supply Chain Management, which writes it itself; use the data source of the system the adjustment comes from: Pos, @iv.',
    ],
    [
      { physicalMeasure: 'adjustment' },
      'UnknownPhysicalMeasure',
      'physicalMeasure',
      'adjustment',
      'physicalMeasure of line 3 ("adjustment") is no physical measure of data source Pos; it has Inbound, Counted, Free.',
    ],
    [
      { dimensions: dimensions({ Shade: 'red' }) },
      'UnknownDimension',
      'dimensions.Shade',
      'red',
      'dimensions.Shade of line 3 ("red") is not a dimension of data source Pos; it understands Store, Farbe, Reason, SiteId, ',
    ],
    [
      { dimensions: dimensions({ toString: 'red' }) },
      'UnknownDimension',
      'dimensions.toString',
      'red',
      'dimensions.toString of line 3 ("red") is not a dimension',
    ],
    [
      { dimensions: dimensions({ Store: '14' }) },
      'ConflictingDimensions',
      'dimensions.Store',
      '14',
      'dimensions.Store of line 3 ("14") and dimensions.locationId ("13") both mean LocationId; send one of them.',
    ],
    [
      { dimensions: submittedDimensions([['siteId', '1']]) },
      'MissingDimension',
      'dimensions.locationId',
      undefined,
      'dimensions.locationId of line 3 is missing; it is required.',
    ],
    [
      { productId: 'x'.repeat(21) },
      'TooLongForSupplyChain',
      'productId',
      'x'.repeat(21),
      `productId of line 3 ("${'x'.repeat(21)}") has 21 characters; Supply Chain Management, where this measure is sent, holds 20.`,
    ],
    [
      { fnoJournalNameId: 'x'.repeat(11) },
      'TooLongForSupplyChain',
      'fnoJournalNameId',
      'x'.repeat(11),
      'has 11 characters; Supply Chain Management, where this measure is sent, holds 10.',
    ],
    [
      { dimensions: dimensions({ farbe: 'x'.repeat(11) }) },
      'TooLongForSupplyChain',
      'dimensions.farbe',
      'x'.repeat(11),
      'dimensions.farbe of line 3 ("xxxxxxxxxxx") has 11 characters',
    ],
    [
      { dimensions: dimensions({ serialId: 'S-1' }) },
      'SerialNumberQuantity',
      'quantity',
      '5',
      'quantity of line 3 ("5") must be 1 or -1, because the line has the serial number "S-1" and each number is one piece.',
    ],
  ])('%j: %s', (changes, code, field, value, message) => {
    expect(accept(changes)).toEqual([
      {
        code,
        line: 3,
        field,
        message: expect.stringContaining(message) as string,
        ...(value === undefined ? {} : { value }),
      },
    ]);
  });

  test('a required dimension that is named and has no value is missing', () => {
    expect(accept({ dimensions: withGaps({ siteId: '1', locationId: undefined }) })).toMatchObject([
      { code: 'MissingDimension', field: 'dimensions.locationId' },
    ]);
  });

  test('two names that conflict are both told, whatever else the line names', () => {
    const given = { batchId: 'b', siteId: '1', locationId: '13', Store: '14' };
    const problems = accept({ dimensions: submittedDimensions(Object.entries(given)) });
    expect(problems).toMatchObject([
      {
        code: 'ConflictingDimensions',
        message: expect.stringContaining('("14") and dimensions.locationId ("13") both mean') as string,
      },
    ]);
  });

  test('a conflict names the one that has a value', () => {
    const dimensionNames = { Shop: 'LocationId', Store: 'LocationId' };
    const dataSources = [{ name: 'Pos', physicalMeasures: ['Inbound'], dimensionNames }];
    const given = withGaps({ locationId: undefined, shop: '13', siteId: '1', store: '14' });
    expect(accept({ dimensions: given }, { dataSources })).toMatchObject([
      {
        code: 'ConflictingDimensions',
        field: 'dimensions.store',
        message: expect.stringContaining('("14") and dimensions.shop ("13") both mean LocationId') as string,
      },
    ]);
  });

  test('the data source of Supply Chain Management is its own, even if it is configured', () => {
    const dataSources = [{ name: 'FnO', physicalMeasures: ['inbound'], dimensionNames: {} }];
    expect(accept({ quantityDataSource: 'fno' }, { dataSources })).toMatchObject([
      { code: 'ReservedDataSource' },
    ]);
  });

  test('what is configured of nothing is none', () => {
    expect(accept({}, { dataSources: [] })).toMatchObject([
      { message: 'quantityDataSource of line 3 ("pos") is not configured; the data sources are none.' },
    ]);
  });

  test('all reasons are told', () => {
    const problems = accept({ physicalMeasure: 'x', dimensions: submittedDimensions([['shade', 'red']]) });
    expect((problems as LineProblem[]).map(({ code, field }) => `${code} ${field}`)).toEqual([
      'UnknownPhysicalMeasure physicalMeasure',
      'UnknownDimension dimensions.shade',
      'MissingDimension dimensions.siteId',
      'MissingDimension dimensions.locationId',
    ]);
  });
});
