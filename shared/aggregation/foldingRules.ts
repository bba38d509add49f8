/** The part of the settings that decides how a run folds, captured when the run opens, and indexed for look-up. */
import type {
  EnvironmentSettings,
  IntegrationMapping,
  LegalEntitySettings,
} from '../settings/environmentSettings.ts';
import { foldCase } from '../settings/foldCase.ts';

export type FoldingSettings = Pick<
  EnvironmentSettings,
  | 'mappings'
  | 'scmDimensionColumns'
  | 'legalEntities'
  | 'defaultLegalEntity'
  | 'costPolicy'
  | 'maxLineCountPerJournal'
  | 'maxJournalCountPerPackage'
  | 'maxPackageBytes'
>;

/** Look-ups without regard to case: a later version of the settings may spell a name differently than a stored line. */
export interface FoldingRules {
  readonly settings: FoldingSettings;
  mappingOf(dataSource: string, physicalMeasure: string): IntegrationMapping | undefined;
  openFromOf(organizationId: string): LegalEntitySettings['openFrom'];
  /** Whether SCM has a column for the base dimension. */
  reachesScm(baseDimension: string): boolean;
}

export function foldingRules(settings: FoldingSettings): FoldingRules {
  const mappings = new Map<string, Map<string, IntegrationMapping>>();
  for (const mapping of settings.mappings) {
    const source = foldCase(mapping.dataSource);
    const byMeasure = mappings.get(source) ?? new Map<string, IntegrationMapping>();
    mappings.set(source, byMeasure.set(foldCase(mapping.physicalMeasure), mapping));
  }
  const legalEntities = new Map(
    settings.legalEntities.map((entity) => [foldCase(entity.organizationId), entity]),
  );
  const columns = new Set(Object.keys(settings.scmDimensionColumns).map(foldCase));
  return {
    settings,
    mappingOf: (dataSource, physicalMeasure) =>
      mappings.get(foldCase(dataSource))?.get(foldCase(physicalMeasure)),
    openFromOf: (organizationId) =>
      (legalEntities.get(foldCase(organizationId)) ?? settings.defaultLegalEntity).openFrom,
    reachesScm: (baseDimension) => columns.has(foldCase(baseDimension)),
  };
}

/** What a quantity is multiplied with on its way into the journal. */
export function directionOf(mapping: IntegrationMapping | undefined): 1 | -1 {
  return mapping?.direction === 'opposite' ? -1 : 1;
}
