/** Completes a settings document with the defaults. Objects are completed member by member, lists are taken as given. */
import { DEFAULT_SETTINGS, GENERIC_LINES_PER_JOURNAL } from './defaultSettings.ts';
import type {
  CostPolicy,
  DataPackageSettings,
  DataSource,
  EnvironmentSettings,
  IntegrationMapping,
  InventoryVisibilitySettings,
  JobSettings,
  LegalEntitySettings,
  SupplyChainSettings,
} from './environmentSettings.ts';
import { foldCase } from './foldCase.ts';

type Given<T, Required extends keyof T> = Partial<T> & Pick<T, Required>;

/** A document that has passed the schema. */
export interface SettingsDocument extends Partial<
  Omit<
    EnvironmentSettings,
    | 'environmentId'
    | 'jobSettings'
    | 'mappings'
    | 'dataSources'
    | 'legalEntities'
    | 'defaultLegalEntity'
    | 'costPolicy'
    | 'limits'
    | 'inventoryVisibility'
    | 'supplyChain'
    | 'retention'
  >
> {
  readonly environmentId: string;
  readonly jobSettings?: Partial<JobSettings>;
  readonly mappings?: readonly Given<
    IntegrationMapping,
    'dataSource' | 'physicalMeasure' | 'targetTransactionStatus'
  >[];
  readonly dataSources?: readonly Given<DataSource, 'name' | 'physicalMeasures'>[];
  readonly legalEntities?: readonly Given<LegalEntitySettings, 'organizationId'>[];
  readonly defaultLegalEntity?: Partial<EnvironmentSettings['defaultLegalEntity']>;
  readonly costPolicy?: Partial<CostPolicy>;
  readonly limits?: Partial<EnvironmentSettings['limits']>;
  readonly retention?: Partial<EnvironmentSettings['retention']>;
  readonly inventoryVisibility: Given<InventoryVisibilitySettings, 'endpoint' | 'credential'>;
  readonly supplyChain: Given<Omit<SupplyChainSettings, 'dataPackage'>, 'url' | 'credential'> & {
    readonly dataPackage?: Partial<DataPackageSettings>;
  };
}

export function completeSettings(document: SettingsDocument): EnvironmentSettings {
  const defaults = DEFAULT_SETTINGS;
  const dataSources = document.dataSources?.map(completeDataSource) ?? defaults.dataSources;
  const defaultLegalEntity = { ...defaults.defaultLegalEntity, ...document.defaultLegalEntity };
  const inventoryVisibility = { ...defaults.inventoryVisibility, ...document.inventoryVisibility };
  const supplyChain = {
    ...defaults.supplyChain,
    ...document.supplyChain,
    dataPackage: { ...defaults.supplyChain.dataPackage, ...document.supplyChain.dataPackage },
  };
  return {
    ...defaults,
    ...(supplyChain.entityProfile === 'generic-v2'
      ? { maxLineCountPerJournal: GENERIC_LINES_PER_JOURNAL }
      : {}),
    ...document,
    jobSettings: { ...defaults.jobSettings, ...document.jobSettings },
    dataSources,
    mappings: document.mappings?.map(completeMapping) ?? defaultMappings(dataSources),
    defaultLegalEntity,
    legalEntities: (document.legalEntities ?? defaults.legalEntities).map((entity) => ({
      timeZone: defaultLegalEntity.timeZone,
      blankTransDate: defaultLegalEntity.blankTransDate,
      ...entity,
    })),
    costPolicy: { ...defaults.costPolicy, ...document.costPolicy },
    limits: { ...defaults.limits, ...document.limits },
    retention: { ...defaults.retention, ...document.retention },
    inventoryVisibility: {
      ...inventoryVisibility,
      endpoint: withoutTrailingSlash(inventoryVisibility.endpoint),
      authority: withoutTrailingSlash(inventoryVisibility.authority),
      securityService: withoutTrailingSlash(inventoryVisibility.securityService),
    },
    supplyChain: {
      ...supplyChain,
      url: withoutTrailingSlash(supplyChain.url),
      authority: withoutTrailingSlash(supplyChain.authority),
    },
  };
}

function completeDataSource(given: Given<DataSource, 'name' | 'physicalMeasures'>): DataSource {
  return { dimensionNames: {}, ...given };
}

function completeMapping(
  given: Given<IntegrationMapping, 'dataSource' | 'physicalMeasure' | 'targetTransactionStatus'>,
): IntegrationMapping {
  return {
    targetTransactionType: 'InventoryAdjustmentJournal',
    direction: 'same',
    groupBy: 'allDimensions',
    mergeGrain: 'all',
    ...given,
  };
}

/** The default mappings whose measure is configured: other data sources may stand in the place of the default one. */
function defaultMappings(dataSources: readonly DataSource[]): IntegrationMapping[] {
  return DEFAULT_SETTINGS.mappings.filter((mapping) => isConfigured(mapping, dataSources));
}

/** Whether the data sources have the mapping's measure; names are compared without regard to case. */
export function isConfigured(
  { dataSource, physicalMeasure }: Pick<IntegrationMapping, 'dataSource' | 'physicalMeasure'>,
  dataSources: readonly DataSource[],
): boolean {
  const source = dataSources.find(({ name }) => foldCase(name) === foldCase(dataSource));
  return source?.physicalMeasures.some((name) => foldCase(name) === foldCase(physicalMeasure)) ?? false;
}

function withoutTrailingSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
