/** Settings documents for simulated environments. */
import type { BusinessLayerParts } from '../../../shared/app/businessLayer.ts';
import type { IntegrationMapping } from '../../../shared/settings/environmentSettings.ts';
import type { Prng } from '../engine/prng.ts';

export const ENVIRONMENT_IDS = [
  '22222222-2222-4222-8222-222222222222',
  '99999999-9999-4999-8999-999999999999',
] as const;

export const SCM_URL = 'https://scm.example.com';

export function mapping(
  dataSource: string,
  physicalMeasure: string,
  targetTransactionStatus: IntegrationMapping['targetTransactionStatus'],
  changes: Partial<IntegrationMapping> = {},
): IntegrationMapping {
  return {
    dataSource,
    physicalMeasure,
    targetTransactionType: 'InventoryAdjustmentJournal',
    targetTransactionStatus,
    direction: 'same',
    groupBy: 'allDimensions',
    mergeGrain: 'all',
    ...changes,
  };
}

/** Measures whose lines are sent and posted, sent the other way round, sent and left unposted, held, and not mapped. */
export const DATA_SOURCES = [
  { name: '@iv', physicalMeasures: ['adjustment'], dimensionNames: {} },
  {
    name: 'pos',
    physicalMeasures: ['sold', 'draft', 'counted', 'loose'],
    dimensionNames: { shop: 'LocationId' },
  },
];

export const MAPPINGS: readonly IntegrationMapping[] = [
  mapping('@iv', 'adjustment', 'Posted'),
  mapping('pos', 'sold', 'Posted', { direction: 'opposite' }),
  mapping('pos', 'draft', 'Created'),
  mapping('pos', 'counted', 'None'),
];

export interface SettingsChoice {
  readonly eventIdWindowHours: number;
  readonly processingBoundSeconds: number;
  readonly unknownOutcomeSeconds: number;
  readonly postingJobEveryHours: number;
  readonly linesDeletedAfterPosting: 'yes' | 'no' | 'unknown';
  readonly synchronizationFrequency: number;
  readonly packageEveryMinutes: number;
  readonly maxLineCountPerJournal: number;
  readonly maxJournalCountPerPackage: number;
}

export const PLAIN_CHOICE: SettingsChoice = {
  eventIdWindowHours: 24,
  processingBoundSeconds: 300,
  unknownOutcomeSeconds: 3_600,
  postingJobEveryHours: 1,
  linesDeletedAfterPosting: 'no',
  synchronizationFrequency: 1,
  packageEveryMinutes: 1,
  maxLineCountPerJournal: 10_000,
  maxJournalCountPerPackage: 1,
};

export function drawnChoice(prng: Prng): SettingsChoice {
  return {
    eventIdWindowHours: prng.pick([1, 1, 2, 2, 6, 24, 72]),
    processingBoundSeconds: prng.pick([30, 300, 300]),
    unknownOutcomeSeconds: prng.pick([120, 120, 900, 3_600]),
    postingJobEveryHours: prng.pick([1, 1, 6, 24]),
    linesDeletedAfterPosting: prng.pick(['no', 'no', 'unknown', 'yes']),
    synchronizationFrequency: prng.pick([1, 2, 5]),
    packageEveryMinutes: prng.pick([1, 3, 10]),
    maxLineCountPerJournal: prng.pick([1, 2, 5, 10_000]),
    maxJournalCountPerPackage: prng.pick([1, 2, 10]),
  };
}

/** Bounds of the id index: mostly small ones, under which even a short run writes, merges and drops checkpoints. */
export function drawnIdIndex(prng: Prng): NonNullable<BusinessLayerParts['idIndex']> {
  return prng.pick([
    {},
    { checkpointDueIds: 2 },
    { checkpointDueIds: 10 },
    { checkpointDueIds: 5, memoryBytes: 1 },
  ]);
}

export function settingsDocument(environmentId: string, choice: SettingsChoice): Record<string, unknown> {
  return {
    environmentId,
    synchronizationFrequency: choice.synchronizationFrequency,
    jobSettings: {
      startTime: '2026-01-01T00:00:00Z',
      recurrenceInterval: choice.packageEveryMinutes,
      recurrenceUnit: 'minute',
      timeZone: 'UTC',
    },
    maxLineCountPerJournal: choice.maxLineCountPerJournal,
    maxJournalCountPerPackage: choice.maxJournalCountPerPackage,
    dataSources: DATA_SOURCES,
    mappings: MAPPINGS,
    inventoryVisibility: {
      endpoint: 'https://iv.example.com',
      credential: { kind: 'managedIdentity' },
      eventIdWindowHours: choice.eventIdWindowHours,
      processingBoundSeconds: choice.processingBoundSeconds,
    },
    supplyChain: {
      url: SCM_URL,
      credential: { kind: 'managedIdentity' },
      activityId: '44444444-4444-4444-8444-444444444444',
      linesDeletedAfterPosting: choice.linesDeletedAfterPosting,
      unknownOutcomeSeconds: choice.unknownOutcomeSeconds,
      postingJobEveryHours: choice.postingJobEveryHours,
    },
  };
}
