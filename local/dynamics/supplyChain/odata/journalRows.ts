/** What several entity sets tell of journals and lines alike. */
import { amountOf, formatDecimal, storedDecimal } from '../../decimal.ts';
import { NumberText } from '../../exactJson.ts';
import type { Erp } from '../erp.ts';
import type { Journal, JournalLine } from '../journalRecords.ts';
import { NO_DATE } from './entitySet.ts';
import type { PropertyType, Row, RowHint } from './entitySet.ts';

const DIMENSION_PROPERTIES: Readonly<Record<string, string>> = {
  InventorySiteId: 'INVENTORYSITEID',
  InventoryWarehouseId: 'INVENTORYWAREHOUSEID',
  WarehouseLocationId: 'WAREHOUSELOCATIONID',
  LicensePlateNumber: 'LICENSEPLATENUMBER',
  InventoryStatusId: 'INVENTORYSTATUSID',
  ItemBatchNumber: 'ITEMBATCHNUMBER',
  ItemSerialNumber: 'ITEMSERIALNUMBER',
  ProductConfigurationId: 'PRODUCTCONFIGURATIONID',
  ProductColorId: 'PRODUCTCOLORID',
  ProductSizeId: 'PRODUCTSIZEID',
  ProductStyleId: 'PRODUCTSTYLEID',
  ProductVersionId: 'PRODUCTVERSIONID',
};

/** Names of the dimensions, which are part of the generic lines' key. */
export const DIMENSION_NAMES: readonly string[] = Object.keys(DIMENSION_PROPERTIES);

/** Properties of a line that the service and the generic entity share. */
export const LINE_PROPERTIES: Readonly<Record<string, PropertyType>> = {
  JournalNumber: 'string',
  LineNumber: 'decimal',
  JournalNameId: 'string',
  ItemNumber: 'string',
  TransactionDate: 'dateTime',
  InventoryQuantity: 'decimal',
  UnitCost: 'decimal',
  UnitCostQuantity: 'decimal',
  CostAmount: 'decimal',
  ...Object.fromEntries(DIMENSION_NAMES.map((name) => [name, 'string' as const])),
  InventoryServiceAdjustmentOffsetDatasource: 'string',
  InventoryServiceAdjustmentOffsetPhysicalMeasure: 'string',
};

export function lineRow(erp: Erp, line: JournalLine): Row {
  return {
    JournalNumber: line.journalNumber,
    LineNumber: new NumberText(String(line.lineNumber)),
    JournalNameId: erp.journal(line.company, line.journalNumber)?.journalNameId ?? '',
    ItemNumber: line.itemNumber,
    TransactionDate: dateOf(line),
    InventoryQuantity: new NumberText(line.quantity),
    UnitCost: new NumberText(line.unitCost),
    UnitCostQuantity: new NumberText(line.unitCostQuantity),
    CostAmount: costAmount(line),
    ...Object.fromEntries(
      Object.entries(DIMENSION_PROPERTIES).map(([name, column]) => [name, line.dimensions[column] ?? '']),
    ),
    InventoryServiceAdjustmentOffsetDatasource: line.offsetDataSource,
    InventoryServiceAdjustmentOffsetPhysicalMeasure: line.offsetPhysicalMeasure,
  };
}

export function* journals(erp: Erp, hint: RowHint): Generator<Journal> {
  for (const journal of erp.journals.values()) {
    if (hint.journalNumbers?.has(journal.journalNumber.toUpperCase()) ?? true) yield journal;
  }
}

export function* lines(erp: Erp, hint: RowHint): Generator<JournalLine> {
  if (hint.transactionIds) {
    const companies = new Set([...erp.journals.values()].map((journal) => journal.company));
    for (const company of companies) {
      for (const id of hint.transactionIds) yield* erp.linesByTransaction(company, id);
    }
    return;
  }
  for (const journal of journals(erp, hint)) yield* erp.linesOf(journal.company, journal.journalNumber);
}

export function postedColumns(journal: Journal): { PostedDateTime: string; PostedUserId: string } {
  if (!journal.posting) return { PostedDateTime: NO_DATE, PostedUserId: '' };
  const at = new Date(journal.posting.at).toISOString().replace(/\.\d+Z$/, 'Z');
  return { PostedDateTime: at, PostedUserId: 'IVPosting' };
}

/** Days are kept at noon, so that no time zone moves them. */
export function dateOf(line: JournalLine): string {
  return `${line.transactionDate}T12:00:00Z`;
}

export function costAmount(line: JournalLine): NumberText {
  const [quantity, cost, per] = [line.quantity, line.unitCost, line.unitCostQuantity].map(storedDecimal);
  return new NumberText(formatDecimal(amountOf(quantity ?? 0n, cost ?? 0n, per ?? 0n)));
}
