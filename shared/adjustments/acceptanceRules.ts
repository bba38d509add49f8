/** The settings of an environment, prepared for looking up what lines name, without regard to case. */

import type {
  DataSource,
  EnvironmentSettings,
  LegalEntitySettings,
} from '../settings/environmentSettings.ts';
import { BASE_DIMENSIONS } from '../settings/baseDimensions.ts';
import { dayAt } from '../settings/zonedTime.ts';
import { organizationKey } from './keys.ts';

/** What acceptance depends on. */
export type AcceptanceSettings = Pick<
  EnvironmentSettings,
  'dataSources' | 'mappings' | 'legalEntities' | 'defaultLegalEntity' | 'scmDimensionColumns'
>;

export interface DataSourceRules {
  /** As configured. */
  readonly name: string;
  /** Lower-cased name → as configured. */
  readonly measures: ReadonlyMap<string, string>;
  /** Lower-cased dimension name, own or base → base dimension. */
  readonly baseDimensions: ReadonlyMap<string, string>;
  /** Names to show: its own, then the base dimensions. */
  readonly dimensionNames: readonly string[];
  /** Lower-cased measures whose lines go to Supply Chain Management. */
  readonly travellingMeasures: ReadonlySet<string>;
}

export interface AcceptanceRules {
  /** Lower-cased name → data source. */
  readonly dataSources: ReadonlyMap<string, DataSourceRules>;
  /** Organization key → its settings, where it has some of its own. */
  readonly legalEntities: ReadonlyMap<string, LegalEntitySettings>;
  readonly defaultLegalEntity: Omit<LegalEntitySettings, 'organizationId'>;
  /** Base dimension → column of the journal entity. */
  readonly scmColumns: ReadonlyMap<string, string>;
  /** The day of an instant (milliseconds since the Unix epoch) in an IANA time zone, yyyy-MM-dd. */
  readonly dayOf: (instant: number, timeZone: string) => string;
}

const prepared = new WeakMap<AcceptanceSettings, AcceptanceRules>();

/** Prepared once per settings object; settings are immutable. */
export function acceptanceRules(settings: AcceptanceSettings): AcceptanceRules {
  let rules = prepared.get(settings);
  if (rules === undefined) {
    rules = prepare(settings);
    prepared.set(settings, rules);
  }
  return rules;
}

function prepare(settings: AcceptanceSettings): AcceptanceRules {
  return {
    dataSources: new Map(
      settings.dataSources.map((source) => [source.name.toLowerCase(), dataSourceRules(source, settings)]),
    ),
    legalEntities: new Map(
      settings.legalEntities.map((entity) => [organizationKey(entity.organizationId), entity]),
    ),
    defaultLegalEntity: settings.defaultLegalEntity,
    scmColumns: new Map(
      Object.entries(settings.scmDimensionColumns).map(([name, column]) => [baseSpelling(name), column]),
    ),
    dayOf: rememberedDays(),
  };
}

/** The lines of a request are accepted at one instant: the last day per zone is kept, because it is costly to find. */
function rememberedDays(): AcceptanceRules['dayOf'] {
  const last = new Map<string, { readonly instant: number; readonly day: string }>();
  return (instant, timeZone) => {
    let known = last.get(timeZone);
    if (known?.instant !== instant) {
      known = { instant, day: dayAt(instant, timeZone) };
      last.set(timeZone, known);
    }
    return known.day;
  };
}

function dataSourceRules(source: DataSource, settings: AcceptanceSettings): DataSourceRules {
  const own = Object.entries(source.dimensionNames);
  const name = source.name.toLowerCase();
  return {
    name: source.name,
    measures: new Map(source.physicalMeasures.map((measure) => [measure.toLowerCase(), measure])),
    baseDimensions: new Map([
      ...BASE_DIMENSIONS.map((base): [string, string] => [base.toLowerCase(), base]),
      ...own.map(([given, base]): [string, string] => [given.toLowerCase(), baseSpelling(base)]),
    ]),
    dimensionNames: [...own.map(([given]) => given), ...BASE_DIMENSIONS],
    travellingMeasures: new Set(
      settings.mappings
        .filter(
          (mapping) =>
            mapping.dataSource.toLowerCase() === name && mapping.targetTransactionStatus !== 'None',
        )
        .map((mapping) => mapping.physicalMeasure.toLowerCase()),
    ),
  };
}

function baseSpelling(name: string): string {
  return BASE_DIMENSIONS.find((base) => base.toLowerCase() === name.toLowerCase()) ?? name;
}
