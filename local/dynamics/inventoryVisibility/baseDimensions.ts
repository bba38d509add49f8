/**
 * The base dimensions of Inventory Visibility. Names are understood without regard to case.
 * Source: inventory-visibility-configuration.md, "Data source configuration – Dimensions".
 */

const NAMES = [
  'BatchId',
  'ColorId',
  'LocationId',
  'SerialId',
  'SiteId',
  'SizeId',
  'StatusId',
  'StyleId',
  'LicensePlateId',
  'WMSLocationId',
  'WMSPalletId',
  'ConfigId',
  'VersionId',
  ...numbered('CustomDimension', 12),
  ...numbered('ExtendedDimension', 8),
];

const BY_FOLDED_NAME = new Map(NAMES.map((name) => [name.toLowerCase(), name]));

function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}${index + 1}`);
}

/** A data source of the configuration: its measures, and its own names for base dimensions. */
export interface DataSource {
  readonly name: string;
  readonly physicalMeasures: readonly string[];
  readonly dimensionNames?: Readonly<Record<string, string>>;
}

/** The base dimension a name stands for, by itself or in the dimension mapping of `source`. */
export function baseDimension(name: string, source?: DataSource): string | undefined {
  const folded = name.toLowerCase();
  const mapped = Object.entries(source?.dimensionNames ?? {}).find(([own]) => own.toLowerCase() === folded);
  return BY_FOLDED_NAME.get((mapped?.[1] ?? name).toLowerCase());
}
