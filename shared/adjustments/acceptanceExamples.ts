/** Settings and lines that the tests of acceptance start from. */
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

export const exampleAcceptance: AcceptanceSettings = {
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

export const exampleSubmitted: SubmittedLine = {
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

export const dimensions = (given: Record<string, string>): SubmittedLine['dimensions'] =>
  submittedDimensions(Object.entries({ siteId: '1', locationId: '13', ...given }));

export const NEW_YEAR = Date.parse('2026-01-01T00:30:00Z');
/** Under settings of its own, because what is prepared of them is kept. */
export const accept = (
  changes: Partial<SubmittedLine>,
  other: Partial<AcceptanceSettings> = {},
): AdjustmentLine | LineProblem[] =>
  acceptLine({ ...exampleSubmitted, ...changes }, 3, { ...exampleAcceptance, ...other }, NEW_YEAR);

/** Dimensions of which some are named and have no value, as a line of many with the same names may. */
export function withGaps(given: Record<string, string | undefined>): SubmittedLine['dimensions'] {
  const { names } = submittedDimensions(Object.keys(given).map((name) => [name, 'x']));
  return { names, values: names.given.map((name) => given[name]) };
}
