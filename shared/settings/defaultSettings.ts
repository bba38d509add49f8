/**
 * What holds where a settings document says nothing. What has no sensible default (the environment's id, the
 * addresses and sign-ins of Dynamics, the activity id) must be given.
 *
 * Sources: the defaults of the article's "Manage the feature configuration"; the rest are this product's decisions.
 */
import type {
  EnvironmentSettings,
  InventoryVisibilitySettings,
  SupplyChainSettings,
} from './environmentSettings.ts';

type Ungiven = 'environmentId' | 'inventoryVisibility' | 'supplyChain';

export interface DefaultSettings extends Omit<EnvironmentSettings, Ungiven> {
  readonly inventoryVisibility: Omit<InventoryVisibilitySettings, 'endpoint' | 'credential'>;
  readonly supplyChain: Omit<SupplyChainSettings, 'url' | 'credential' | 'activityId'>;
}

/**
 * Most lines of a journal under the profile `generic-v2`: where SCM cuts journals of that entity itself. Source:
 * "Inventory journals", import of adjustment journals.
 */
export const GENERIC_LINES_PER_JOURNAL = 1_000;

export const DEFAULT_SETTINGS: DefaultSettings = {
  enableFeature: true,
  periodicallySynchronize: true,
  synchronizationFrequency: 5,
  enableSyncJob: true,
  jobSettings: {
    startTime: '2024-01-01T00:00:00Z',
    recurrenceInterval: 1,
    recurrenceUnit: 'day',
    timeZone: 'UTC',
  },
  maxLineCountPerJournal: 10_000,
  maxJournalCountPerPackage: 1,
  maxPackageBytes: 50_000_000,
  mappings: [
    {
      dataSource: '@iv',
      physicalMeasure: 'adjustment',
      targetTransactionType: 'InventoryAdjustmentJournal',
      targetTransactionStatus: 'Posted',
      direction: 'same',
      groupBy: 'allDimensions',
      mergeGrain: 'all',
    },
  ],
  dataSources: [{ name: '@iv', physicalMeasures: ['adjustment'], dimensionNames: {} }],
  scmDimensionColumns: {
    SiteId: 'INVENTORYSITEID',
    LocationId: 'INVENTORYWAREHOUSEID',
    WMSLocationId: 'WAREHOUSELOCATIONID',
    LicensePlateId: 'LICENSEPLATENUMBER',
    StatusId: 'INVENTORYSTATUSID',
    BatchId: 'ITEMBATCHNUMBER',
    SerialId: 'ITEMSERIALNUMBER',
    ConfigId: 'PRODUCTCONFIGURATIONID',
    ColorId: 'PRODUCTCOLORID',
    SizeId: 'PRODUCTSIZEID',
    StyleId: 'PRODUCTSTYLEID',
    VersionId: 'PRODUCTVERSIONID',
  },
  legalEntities: [],
  defaultLegalEntity: { timeZone: 'UTC', blankTransDate: 'accepted' },
  costPolicy: { aggregation: 'separate', sendOnIssues: false },
  limits: { maxLinesPerRequest: 1_000, maxRequestBytes: 1_048_576 },
  inventoryVisibility: {
    authority: 'https://login.microsoftonline.com',
    securityService: 'https://securityservice.operations365.dynamics.com/token',
    redirectHosts: ['*.gateway.prod.island.powerapps.com', '*.operations365.dynamics.com'],
    eventIdWindowHours: 24,
    processingBoundSeconds: 300,
  },
  supplyChain: {
    authority: 'https://login.microsoftonline.com',
    entityProfile: 'service',
    journalNumberFrom: 'sequence',
    dataPackage: {
      sourceFormat: 'CSV-Unicode',
      offsetDataSourceColumn: 'INVENTORYSERVICEADJUSTMENTOFFSETDATASOURCE',
      offsetPhysicalMeasureColumn: 'INVENTORYSERVICEADJUSTMENTOFFSETPHYSICALMEASURE',
      expectedStatusCreated: 'Created',
      expectedStatusPosted: 'Posted',
    },
    transport: 'recurring',
    dataProject: 'Inventory Visibility business layer',
    importAction: 'ImportFromPackageAsync',
    linesDeletedAfterPosting: 'unknown',
    unknownOutcomeSeconds: 3_600,
    postingJobEveryHours: 24,
  },
  afterRewind: 'hold',
  retention: { days: 0 },
  closedBacklogs: [],
};
