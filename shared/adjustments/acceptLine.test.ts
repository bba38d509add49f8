import { describe, expect, test } from 'vitest';
import type { AcceptanceSettings } from './acceptanceRules.ts';
import { acceptLine } from './acceptLine.ts';
import type { AdjustmentLine, LineProblem, SubmittedLine } from './adjustmentLine.ts';
import { submittedDimensions } from './dimensions.ts';

const mapping = {
  targetTransactionType: 'InventoryAdjustmentJournal',
  direction: 'same',
  groupBy: 'allDimensions',
  mergeGrain: 'all',
} as const;

const settings: AcceptanceSettings = {
  dataSources: [
    {
      name: 'Pos',
      physicalMeasures: ['Inbound', 'Counted', 'Free'],
      dimensionNames: { Store: 'locationId', Farbe: 'ColorId', Reason: 'ExtendedDimension1' },
    },
    { name: '@iv', physicalMeasures: ['adjustment'], dimensionNames: {} },
  ],
  mappings: [
    { ...mapping, dataSource: 'pos', physicalMeasure: 'INBOUND', targetTransactionStatus: 'Posted' },
    { ...mapping, dataSource: 'pos', physicalMeasure: 'Counted', targetTransactionStatus: 'None' },
  ],
  scmDimensionColumns: {
    SiteId: 'INVENTORYSITEID',
    LocationId: 'INVENTORYWAREHOUSEID',
    ColorId: 'PRODUCTCOLORID',
    SerialId: 'ITEMSERIALNUMBER',
    LicensePlateId: 'LICENSEPLATENUMBER',
  },
  legalEntities: [
    { organizationId: 'demf', timeZone: 'Europe/Berlin', blankTransDate: 'accepted' },
    { organizationId: 'NZMF', timeZone: 'Pacific/Auckland', blankTransDate: 'accepted' },
    { organizationId: 'FRMF', timeZone: 'Europe/Paris', blankTransDate: 'journal' },
  ],
  defaultLegalEntity: { timeZone: 'America/Los_Angeles', blankTransDate: 'accepted' },
};

const seed: SubmittedLine = {
  id: 'A-1',
  organizationId: 'usmf',
  productId: 'D0001',
  quantityDataSource: 'pos',
  physicalMeasure: 'inbound',
  dimensions: submittedDimensions([
    ['locationId', '13'],
    ['siteId', '1'],
  ]),
  quantity: '5',
};

const dimensions = (given: Record<string, string>): SubmittedLine['dimensions'] =>
  submittedDimensions(Object.entries({ siteId: '1', locationId: '13', ...given }));

const NEW_YEAR = Date.parse('2026-01-01T00:30:00Z');
const accept = (changes: Partial<SubmittedLine>): AdjustmentLine | LineProblem[] =>
  acceptLine({ ...seed, ...changes }, 3, settings, NEW_YEAR);

describe('a line that the settings allow', () => {
  test('is spelled as the settings spell it', () => {
    expect(accept({})).toEqual({
      ...seed,
      quantityDataSource: 'Pos',
      physicalMeasure: 'Inbound',
      dimensions: [
        ['LocationId', '13'],
        ['SiteId', '1'],
      ],
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
      dimensions: [
        ['ColorId', 'rot'],
        ['ExtendedDimension1', 'broken'],
        ['LocationId', '13'],
        ['SiteId', '1'],
        ['WMSLocationId', 'A1'],
      ],
    });
  });

  test('two names of one dimension with one value are one dimension', () => {
    expect(accept({ dimensions: dimensions({ Store: '13' }) })).toMatchObject({
      dimensions: [
        ['LocationId', '13'],
        ['SiteId', '1'],
      ],
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
  const days = [0, 1, 0].map((day) => acceptLine(seed, 0, settings, NEW_YEAR + day * 86_400_000));
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

describe('the limits of Supply Chain Management', () => {
  test.each(['counted', 'free'])('do not hold for measure %s, which is not sent there', (physicalMeasure) => {
    const long = {
      physicalMeasure,
      productId: 'x'.repeat(21),
      fnoJournalNameId: 'x'.repeat(11),
      dimensions: dimensions({ farbe: 'x'.repeat(11), serialId: 'S-1' }),
    };
    expect(accept(long)).not.toBeInstanceOf(Array);
  });

  test('allow what just fits, one serial number up or down, and any length of what has no column', () => {
    for (const quantity of ['1', '-1']) {
      const line = accept({
        quantity,
        productId: 'x'.repeat(20),
        fnoJournalNameId: 'x'.repeat(10),
        dimensions: dimensions({
          serialId: 's'.repeat(20),
          licensePlateId: 'l'.repeat(25),
          reason: 'r'.repeat(50),
          batchId: 'b'.repeat(50),
        }),
      });
      expect(line).not.toBeInstanceOf(Array);
    }
  });
});
