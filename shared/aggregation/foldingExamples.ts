/** Lines and settings that the tests of this folder start from. */
import { type BaseDimension, baseDimensions } from '../adjustments/baseDimensions.ts';
import type { AdjustmentLine } from '../adjustments/adjustmentLine.ts';
import type { IntegrationMapping } from '../settings/environmentSettings.ts';
import type { AggregatedLine } from './aggregatedLine.ts';
import type { RunLine } from './aggregationKey.ts';
import type { FoldingSettings } from './foldingRules.ts';

export function exampleMapping(changes: Partial<IntegrationMapping> = {}): IntegrationMapping {
  return {
    dataSource: 'pos',
    physicalMeasure: 'inbound',
    targetTransactionType: 'InventoryAdjustmentJournal',
    targetTransactionStatus: 'Posted',
    direction: 'same',
    groupBy: 'allDimensions',
    mergeGrain: 'all',
    ...changes,
  };
}

export function exampleSettings(changes: Partial<FoldingSettings> = {}): FoldingSettings {
  return {
    mappings: [exampleMapping()],
    scmDimensionColumns: { SiteId: 'INVENTORYSITEID', LocationId: 'INVENTORYWAREHOUSEID' },
    legalEntities: [],
    defaultLegalEntity: { timeZone: 'UTC', blankTransDate: 'accepted' },
    costPolicy: { aggregation: 'separate', sendOnIssues: false },
    maxLineCountPerJournal: 10_000,
    maxJournalCountPerPackage: 1,
    maxPackageBytes: 50_000_000,
    ...changes,
  };
}

/** What an example is to have of its own. */
export type ExampleChanges = Partial<Omit<AdjustmentLine, 'dimensions'>> & {
  readonly dimensions?: readonly BaseDimension[];
};

/** Line number `position` of batch 1, unless `seq` says otherwise. */
export function exampleLine(position: number, changes: ExampleChanges = {}, seq = 1): RunLine {
  const {
    dimensions = [
      ['LocationId', '11'],
      ['SiteId', '1'],
    ],
    ...others
  } = changes;
  const line: AdjustmentLine = {
    id: `line-${seq}-${position}`,
    organizationId: 'USMF',
    productId: 'A0001',
    quantityDataSource: 'pos',
    physicalMeasure: 'inbound',
    dimensions: baseDimensions(dimensions),
    quantity: '1',
    resolvedDate: '2026-03-10',
    ...others,
  };
  return { seq, position, line, acceptedDay: '2026-03-10' };
}

export function exampleAggregate(position: number, changes: Partial<AggregatedLine> = {}): AggregatedLine {
  return {
    quantity: '1',
    organizationId: 'USMF',
    productId: 'A0001',
    dataSource: 'pos',
    physicalMeasure: 'inbound',
    dimensions: [['SiteId', '1']],
    transDate: '2026-03-10',
    sources: [[1, position]],
    ...changes,
  };
}

export function without<T extends object, K extends keyof T>(object: T, key: K): Omit<T, K> {
  const copy: Partial<T> = { ...object };
  delete copy[key];
  return copy as Omit<T, K>;
}
