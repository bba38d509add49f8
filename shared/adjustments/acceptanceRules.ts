/** The settings of an environment, prepared for looking up what lines name, without regard to case. */

import type {
  DataSource,
  EnvironmentSettings,
  LegalEntitySettings,
} from '../settings/environmentSettings.ts';
import { BASE_DIMENSIONS } from '../settings/baseDimensions.ts';
import { dayAt } from '../settings/zonedTime.ts';
import type { DimensionNames } from './dimensions.ts';
import { organizationKey } from './keys.ts';
import { SCM_COLUMN_LENGTHS, SCM_SERIAL_NUMBER_COLUMN } from './scmLimits.ts';

/** What the article shows as required. LocationId is the warehouse. */
export const REQUIRED_DIMENSIONS: readonly string[] = ['SiteId', 'LocationId'];

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
  /** Names to show: its own, then the base dimensions. */
  readonly dimensionNames: readonly string[];
  /** Measures, as configured, whose lines go to Supply Chain Management. */
  readonly travellingMeasures: ReadonlySet<string>;
  /** What the names of dimensions mean to this data source. */
  readonly meaningOf: (names: DimensionNames) => DimensionsMeaning;
}

/** What a list of dimension names means. */
export interface DimensionsMeaning {
  /** Per name, in the order of the names. */
  readonly each: readonly DimensionMeaning[];
  /**
   * Where nothing has to be looked at line by line, because every name means a base dimension of its own: the base
   * dimensions, sorted, and where each of them stands.
   */
  readonly byBase:
    { readonly names: readonly string[]; readonly places: readonly BaseDimensionPlace[] } | undefined;
}

export interface BaseDimensionPlace {
  /** Among the names that were given. */
  readonly position: number;
  readonly isRequired: boolean;
}

/** What one name of a dimension means. */
export interface DimensionMeaning {
  /** Among the names. */
  readonly position: number;
  /** Undefined when the data source has no such dimension. */
  readonly base: string | undefined;
  /** Characters that Supply Chain Management holds of it; undefined when that is not known, or it is not sent there. */
  readonly scmLength: number | undefined;
  readonly isSerialNumber: boolean;
}

export interface AcceptanceRules {
  /** Lower-cased name → data source. */
  readonly dataSources: ReadonlyMap<string, DataSourceRules>;
  /** Organization key → its settings, where it has some of its own. */
  readonly legalEntities: ReadonlyMap<string, LegalEntitySettings>;
  readonly defaultLegalEntity: Omit<LegalEntitySettings, 'organizationId'>;
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
  const scmColumns = new Map(
    Object.entries(settings.scmDimensionColumns).map(([name, column]) => [baseSpelling(name), column]),
  );
  return {
    dataSources: new Map(
      settings.dataSources.map((source) => [
        source.name.toLowerCase(),
        dataSourceRules(source, settings, scmColumns),
      ]),
    ),
    legalEntities: new Map(
      settings.legalEntities.map((entity) => [organizationKey(entity.organizationId), entity]),
    ),
    defaultLegalEntity: settings.defaultLegalEntity,
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

function dataSourceRules(
  source: DataSource,
  settings: AcceptanceSettings,
  scmColumns: ReadonlyMap<string, string>,
): DataSourceRules {
  const own = Object.entries(source.dimensionNames);
  const name = source.name.toLowerCase();
  const travelling = new Set(
    settings.mappings
      .filter(
        (mapping) => mapping.dataSource.toLowerCase() === name && mapping.targetTransactionStatus !== 'None',
      )
      .map((mapping) => mapping.physicalMeasure.toLowerCase()),
  );
  const baseDimensions = new Map([
    ...BASE_DIMENSIONS.map((base): [string, string] => [base.toLowerCase(), base]),
    ...own.map(([given, base]): [string, string] => [given.toLowerCase(), baseSpelling(base)]),
  ]);
  const meanings = new WeakMap<DimensionNames, DimensionsMeaning>();
  return {
    name: source.name,
    measures: new Map(source.physicalMeasures.map((measure) => [measure.toLowerCase(), measure])),
    dimensionNames: [...own.map(([given]) => given), ...BASE_DIMENSIONS],
    travellingMeasures: new Set(
      source.physicalMeasures.filter((measure) => travelling.has(measure.toLowerCase())),
    ),
    meaningOf(names) {
      let meaning = meanings.get(names);
      if (meaning === undefined) {
        const each = names.folded.map((folded, position) =>
          dimensionMeaning(position, baseDimensions.get(folded), scmColumns),
        );
        meaning = { each, byBase: placesByBase(each) };
        meanings.set(names, meaning);
      }
      return meaning;
    },
  };
}

function dimensionMeaning(
  position: number,
  base: string | undefined,
  scmColumns: ReadonlyMap<string, string>,
): DimensionMeaning {
  const column = base === undefined ? undefined : scmColumns.get(base);
  return {
    position,
    base,
    scmLength: column === undefined ? undefined : SCM_COLUMN_LENGTHS.get(column),
    isSerialNumber: column === SCM_SERIAL_NUMBER_COLUMN,
  };
}

/** Undefined when a name means nothing, two mean the same, or a required one is not among them. */
function placesByBase(meanings: readonly DimensionMeaning[]): DimensionsMeaning['byBase'] {
  const places: (BaseDimensionPlace & { readonly base: string })[] = [];
  for (const { base, position } of meanings) {
    if (base === undefined || places.some((place) => place.base === base)) return undefined;
    places.push({ base, position, isRequired: REQUIRED_DIMENSIONS.includes(base) });
  }
  if (places.filter(({ isRequired }) => isRequired).length < REQUIRED_DIMENSIONS.length) return undefined;
  places.sort((left, right) => (left.base < right.base ? -1 : 1));
  return { names: places.map(({ base }) => base), places };
}

function baseSpelling(name: string): string {
  return BASE_DIMENSIONS.find((base) => base.toLowerCase() === name.toLowerCase()) ?? name;
}
