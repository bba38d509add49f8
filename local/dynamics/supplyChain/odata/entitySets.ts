/** The entity sets that can be read, their properties as in the OData types of a real environment, and their rows. */
import { amountOf, formatDecimal, storedDecimal } from '../../decimal.ts';
import { NumberText } from '../../exactJson.ts';
import type { Erp, Journal, JournalLine } from '../erp.ts';

export type PropertyType = 'string' | 'decimal' | 'int' | 'dateTime' | { readonly enum: string };
export type Row = Readonly<Record<string, string | NumberText>>;

/** Upper-case values the reader may go by; undefined: all. */
export interface RowHint {
  readonly journalNumbers: ReadonlySet<string> | undefined;
  readonly transactionIds: ReadonlySet<string> | undefined;
}

export interface EntitySet {
  readonly name: string;
  readonly key: readonly string[];
  /** Property with the journal's number and the line's id, where it has them: what hints are taken from. */
  readonly journalProperty: string;
  readonly transactionProperty?: string;
  readonly properties: Readonly<Record<string, PropertyType>>;
  rows(erp: Erp, hint: RowHint): Iterable<Row>;
}

const NO_YES: PropertyType = { enum: 'NoYes' };
const EXPECTED_STATUS: PropertyType = { enum: 'InventoryServiceJournalExpectedStatus' };
/** Dates that are not set read as 1900-01-01. */
const NO_DATE = '1900-01-01T00:00:00Z';

const LINE_DIMENSIONS: Readonly<Record<string, string>> = {
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

export const ENTITY_SETS: readonly EntitySet[] = [
  {
    name: 'InventoryServiceAdjustmentJournalHeaders',
    key: ['dataAreaId', 'JournalNumber'],
    journalProperty: 'JournalNumber',
    properties: {
      dataAreaId: 'string',
      JournalNumber: 'string',
      JournalNameId: 'string',
      Description: 'string',
      IsPosted: NO_YES,
      PostedDateTime: 'dateTime',
      PostedUserId: 'string',
      AreLinesDeletedAfterPosting: NO_YES,
      InventoryServiceJournalExpectedStatus: EXPECTED_STATUS,
    },
    *rows(erp, hint) {
      for (const journal of journals(erp, hint)) {
        yield {
          dataAreaId: journal.company.toLowerCase(),
          JournalNumber: journal.journalNumber,
          JournalNameId: journal.journalNameId,
          Description: journal.description,
          IsPosted: journal.posting ? 'Yes' : 'No',
          ...postedColumns(journal),
          AreLinesDeletedAfterPosting: 'No',
          InventoryServiceJournalExpectedStatus: journal.expectedStatus,
        };
      }
    },
  },
  {
    name: 'InventoryServiceAdjustmentJournalEntries',
    key: ['dataAreaId', 'InventoryServiceTransactionId'],
    journalProperty: 'JournalNumber',
    transactionProperty: 'InventoryServiceTransactionId',
    properties: {
      dataAreaId: 'string',
      InventoryServiceTransactionId: 'string',
      JournalNumber: 'string',
      LineNumber: 'decimal',
      JournalNameId: 'string',
      ItemNumber: 'string',
      TransactionDate: 'dateTime',
      InventoryQuantity: 'decimal',
      UnitCost: 'decimal',
      UnitCostQuantity: 'decimal',
      CostAmount: 'decimal',
      ...Object.fromEntries(Object.keys(LINE_DIMENSIONS).map((name) => [name, 'string' as const])),
      InventoryServiceAdjustmentOffsetDatasource: 'string',
      InventoryServiceAdjustmentOffsetPhysicalMeasure: 'string',
    },
    *rows(erp, hint) {
      for (const line of lines(erp, hint)) {
        yield {
          dataAreaId: line.company.toLowerCase(),
          InventoryServiceTransactionId: line.transactionId,
          JournalNumber: line.journalNumber,
          LineNumber: new NumberText(String(line.lineNumber)),
          JournalNameId: erp.journal(line.company, line.journalNumber)?.journalNameId ?? '',
          ItemNumber: line.itemNumber,
          TransactionDate: `${line.transactionDate}T12:00:00Z`,
          InventoryQuantity: new NumberText(line.quantity),
          UnitCost: new NumberText(line.unitCost),
          UnitCostQuantity: new NumberText(line.unitCostQuantity),
          CostAmount: costAmount(line),
          ...Object.fromEntries(
            Object.entries(LINE_DIMENSIONS).map(([name, column]) => [name, line.dimensions[column] ?? '']),
          ),
          InventoryServiceAdjustmentOffsetDatasource: line.offsetDataSource,
          InventoryServiceAdjustmentOffsetPhysicalMeasure: line.offsetPhysicalMeasure,
        };
      }
    },
  },
  {
    name: 'InventoryJournalTableBiEntities',
    key: ['dataAreaId', 'JournalId'],
    journalProperty: 'JournalId',
    properties: {
      dataAreaId: 'string',
      JournalId: 'string',
      JournalNameId: 'string',
      Description: 'string',
      Posted: NO_YES,
      PostedDateTime: 'dateTime',
      PostedUserId: 'string',
      NumOfLines: 'int',
      DeletePostedLines: NO_YES,
      SystemBlocked: NO_YES,
      InventoryServiceJournalExpectedStatus: EXPECTED_STATUS,
    },
    *rows(erp, hint) {
      for (const journal of journals(erp, hint)) {
        yield {
          dataAreaId: journal.company.toLowerCase(),
          JournalId: journal.journalNumber,
          JournalNameId: journal.journalNameId,
          Description: journal.description,
          Posted: journal.posting ? 'Yes' : 'No',
          ...postedColumns(journal),
          NumOfLines: new NumberText(String(erp.lineCountOf(journal.company, journal.journalNumber))),
          DeletePostedLines: 'No',
          SystemBlocked: 'No',
          InventoryServiceJournalExpectedStatus: journal.expectedStatus,
        };
      }
    },
  },
  {
    name: 'InventoryJournalTransBiEntities',
    key: ['dataAreaId', 'JournalId', 'LineNum'],
    journalProperty: 'JournalId',
    transactionProperty: 'InventoryServiceTransactionId',
    properties: {
      dataAreaId: 'string',
      JournalId: 'string',
      LineNum: 'decimal',
      ItemId: 'string',
      TransDate: 'dateTime',
      Qty: 'decimal',
      CostPrice: 'decimal',
      CostAmount: 'decimal',
      Voucher: 'string',
      InventTransId: 'string',
      InventoryServiceTransactionId: 'string',
    },
    *rows(erp, hint) {
      for (const line of lines(erp, hint)) {
        const posting = erp.journal(line.company, line.journalNumber)?.posting;
        yield {
          dataAreaId: line.company.toLowerCase(),
          JournalId: line.journalNumber,
          LineNum: new NumberText(String(line.lineNumber)),
          ItemId: line.itemNumber,
          TransDate: `${line.transactionDate}T12:00:00Z`,
          Qty: new NumberText(line.quantity),
          CostPrice: new NumberText(line.unitCost),
          CostAmount: costAmount(line),
          Voucher: posting?.voucher ?? '',
          InventTransId: posting ? line.lotId : '',
          InventoryServiceTransactionId: line.transactionId,
        };
      }
    },
  },
];

function* journals(erp: Erp, hint: RowHint): Generator<Journal> {
  for (const journal of erp.journals.values()) {
    if (hint.journalNumbers?.has(journal.journalNumber.toUpperCase()) ?? true) yield journal;
  }
}

function* lines(erp: Erp, hint: RowHint): Generator<JournalLine> {
  if (hint.transactionIds) {
    const companies = new Set([...erp.journals.values()].map((journal) => journal.company));
    for (const company of companies) {
      for (const id of hint.transactionIds) {
        const line = erp.line(company, id);
        if (line) yield line;
      }
    }
    return;
  }
  for (const journal of journals(erp, hint)) yield* erp.linesOf(journal.company, journal.journalNumber);
}

function postedColumns(journal: Journal): { PostedDateTime: string; PostedUserId: string } {
  if (!journal.posting) return { PostedDateTime: NO_DATE, PostedUserId: '' };
  const at = new Date(journal.posting.at).toISOString().replace(/\.\d+Z$/, 'Z');
  return { PostedDateTime: at, PostedUserId: 'IVPosting' };
}

function costAmount(line: JournalLine): NumberText {
  const [quantity, cost, per] = [line.quantity, line.unitCost, line.unitCostQuantity].map(storedDecimal);
  return new NumberText(formatDecimal(amountOf(quantity ?? 0n, cost ?? 0n, per ?? 0n)));
}
