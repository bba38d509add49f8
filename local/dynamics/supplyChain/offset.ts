/**
 * Inventory adjustment offset: what a journal line does to Inventory Visibility. The measure the stock was first
 * posted to goes back, `fno` rises. Source: inventory-visibility-adjustment-offset.md (row, trigger, check boxes;
 * dimensions without a box are matched exactly). The sign is not documented: see OffsetRow.sign.
 */
import { formatDecimal, storedDecimal } from '../decimal.ts';
import { placeKey } from '../inventoryVisibility/onHand.ts';
import type { StockChange } from '../inventoryVisibility/onHand.ts';
import type { JournalLine } from './journalRecords.ts';

/** The check boxes of an offset row. */
export interface OffsetDimensions {
  readonly site: boolean;
  readonly warehouse: boolean;
  readonly status: boolean;
  readonly location: boolean;
  readonly licensePlate: boolean;
  readonly batch: boolean;
  readonly serial: boolean;
}

export interface OffsetRow {
  readonly dataSource: string;
  readonly physicalMeasure: string;
  readonly trigger: 'Create' | 'Post';
  /**
   * How the measure counts stock. `same`: a line of +5 takes 5 off the measure. `opposite`: the measure holds
   * positive numbers for stock that left, so a line of -5 takes 5 off it.
   */
  readonly sign: 'same' | 'opposite';
  readonly dimensions: OffsetDimensions;
}

export const ALL_OFFSET_DIMENSIONS: OffsetDimensions = {
  site: true,
  warehouse: true,
  status: true,
  location: true,
  licensePlate: true,
  batch: true,
  serial: true,
};

/** Staging column → base dimension of Inventory Visibility, and its check box if it has one. */
export const DIMENSION_COLUMNS: ReadonlyMap<
  string,
  { readonly base: string; readonly box?: keyof OffsetDimensions }
> = new Map([
  ['INVENTORYSITEID', { base: 'SiteId', box: 'site' }],
  ['INVENTORYWAREHOUSEID', { base: 'LocationId', box: 'warehouse' }],
  ['WAREHOUSELOCATIONID', { base: 'WMSLocationId', box: 'location' }],
  ['LICENSEPLATENUMBER', { base: 'LicensePlateId', box: 'licensePlate' }],
  ['INVENTORYSTATUSID', { base: 'StatusId', box: 'status' }],
  ['ITEMBATCHNUMBER', { base: 'BatchId', box: 'batch' }],
  ['ITEMSERIALNUMBER', { base: 'SerialId', box: 'serial' }],
  ['PRODUCTCONFIGURATIONID', { base: 'ConfigId' }],
  ['PRODUCTCOLORID', { base: 'ColorId' }],
  ['PRODUCTSIZEID', { base: 'SizeId' }],
  ['PRODUCTSTYLEID', { base: 'StyleId' }],
  ['PRODUCTVERSIONID', { base: 'VersionId' }],
]);

/** Dimensions of a line by their names in Inventory Visibility, sorted; those with an unchecked box left out. */
export function stockDimensions(line: JournalLine, boxes: OffsetDimensions): StockChange['dimensions'] {
  const found: (readonly [string, string])[] = [];
  for (const [column, value] of Object.entries(line.dimensions)) {
    const dimension = DIMENSION_COLUMNS.get(column);
    if (!dimension || (dimension.box && !boxes[dimension.box])) continue;
    found.push([dimension.base, value]);
  }
  return found.sort(([a], [b]) => (a < b ? -1 : 1));
}

/**
 * What the offset of one line changes when `trigger` happens; nothing where no row covers the line's measure.
 * @param rows undefined: every measure is covered, on posting, with the same sign and all boxes checked.
 */
export function offsetOf(
  line: JournalLine,
  trigger: 'Create' | 'Post',
  rows: readonly OffsetRow[] | undefined,
): StockChange[] {
  const row = rows ? coveringRow(line, rows) : anyMeasure(line);
  if (row?.trigger !== trigger) return [];
  const quantity = storedDecimal(line.quantity);
  return [
    {
      organizationId: line.company,
      productId: line.itemNumber,
      dimensions: stockDimensions(line, row.dimensions),
      dataSource: row.dataSource,
      physicalMeasure: row.physicalMeasure,
      quantity: formatDecimal(row.sign === 'same' ? -quantity : quantity),
    },
  ];
}

/** SCM's own measure follows the posted line. */
export function fnoRiseOf(line: JournalLine, fnoMeasure: string): StockChange {
  return {
    organizationId: line.company,
    productId: line.itemNumber,
    dimensions: stockDimensions(line, ALL_OFFSET_DIMENSIONS),
    dataSource: 'fno',
    physicalMeasure: fnoMeasure,
    quantity: line.quantity,
  };
}

export function reversed(changes: readonly StockChange[]): StockChange[] {
  return changes.map((change) => ({ ...change, quantity: formatDecimal(-storedDecimal(change.quantity)) }));
}

/** Adds up changes of the same measure at the same place. */
export function summed(changes: Iterable<StockChange>): StockChange[] {
  const sums = new Map<string, { change: StockChange; units: bigint }>();
  for (const change of changes) {
    const key = `${placeKey(change)}${change.dataSource}.${change.physicalMeasure}`.toLowerCase();
    const sum = sums.get(key) ?? { change, units: 0n };
    sum.units += storedDecimal(change.quantity);
    sums.set(key, sum);
  }
  return [...sums.values()]
    .filter(({ units }) => units !== 0n)
    .map(({ change, units }) => ({ ...change, quantity: formatDecimal(units) }));
}

function coveringRow(line: JournalLine, rows: readonly OffsetRow[]): OffsetRow | undefined {
  return rows.find(
    (row) =>
      row.dataSource.toLowerCase() === line.offsetDataSource.toLowerCase() &&
      row.physicalMeasure.toLowerCase() === line.offsetPhysicalMeasure.toLowerCase(),
  );
}

function anyMeasure(line: JournalLine): OffsetRow | undefined {
  if (line.offsetDataSource === '' || line.offsetPhysicalMeasure === '') return undefined;
  return {
    dataSource: line.offsetDataSource,
    physicalMeasure: line.offsetPhysicalMeasure,
    trigger: 'Post',
    sign: 'same',
    dimensions: ALL_OFFSET_DIMENSIONS,
  };
}
