/**
 * The base dimensions of Inventory Visibility: every data source's own dimension names are mapped to one of these.
 * Source: "Inventory Visibility configuration", base dimensions (Microsoft Learn).
 */
export const BASE_DIMENSIONS: readonly string[] = [
  'SiteId',
  'LocationId',
  'ColorId',
  'SizeId',
  'StyleId',
  'ConfigId',
  'VersionId',
  'BatchId',
  'SerialId',
  'StatusId',
  'WMSLocationId',
  'WMSPalletId',
  'LicensePlateId',
  ...numbered('CustomDimension', 12),
  ...numbered('ExtendedDimension', 8),
];

function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}${index + 1}`);
}
