/**
 * The two data entities a package may hold, with the columns of their staging tables. Columns are those of the OData
 * types of a real environment (inventory service adjustment journals); the labels and lengths are assumptions.
 */
import { DIMENSION_COLUMNS } from './offset.ts';

export type Column =
  | { readonly type: 'text'; readonly maxLength: number }
  | { readonly type: 'number' }
  | { readonly type: 'date' }
  | { readonly type: 'choice'; readonly values: readonly string[] };

export interface EntityFormat {
  readonly kind: 'headers' | 'lines';
  readonly label: string;
  readonly columns: ReadonlyMap<string, Column>;
  /** Column whose value identifies a row in error lists. */
  readonly keyColumn: string;
  /** Columns that must be in the file. */
  readonly required: readonly string[];
}

const text = (maxLength: number): Column => ({ type: 'text', maxLength });

const DIMENSION_LENGTHS: Readonly<Record<string, number>> = {
  INVENTORYSITEID: 10,
  INVENTORYWAREHOUSEID: 10,
  WAREHOUSELOCATIONID: 25,
  LICENSEPLATENUMBER: 25,
  INVENTORYSTATUSID: 10,
  ITEMBATCHNUMBER: 20,
  ITEMSERIALNUMBER: 20,
  PRODUCTCONFIGURATIONID: 50,
  PRODUCTCOLORID: 10,
  PRODUCTSIZEID: 10,
  PRODUCTSTYLEID: 10,
  PRODUCTVERSIONID: 10,
};

const HEADERS: EntityFormat = {
  kind: 'headers',
  label: 'Inventory service adjustment journal headers',
  columns: new Map<string, Column>([
    ['JOURNALNUMBER', text(20)],
    ['JOURNALNAMEID', text(10)],
    ['DESCRIPTION', text(60)],
    ['INVENTORYSERVICEJOURNALEXPECTEDSTATUS', { type: 'choice', values: ['None', 'Created', 'Posted'] }],
  ]),
  keyColumn: 'JOURNALNUMBER',
  required: ['JOURNALNUMBER'],
};

const LINES: EntityFormat = {
  kind: 'lines',
  label: 'Inventory service adjustment journal entries',
  columns: new Map<string, Column>([
    ['INVENTORYSERVICETRANSACTIONID', text(50)],
    ['JOURNALNUMBER', text(20)],
    ['LINENUMBER', { type: 'number' }],
    ['JOURNALNAMEID', text(10)],
    ['ITEMNUMBER', text(20)],
    ['TRANSACTIONDATE', { type: 'date' }],
    ['INVENTORYQUANTITY', { type: 'number' }],
    ['UNITCOST', { type: 'number' }],
    ['UNITCOSTQUANTITY', { type: 'number' }],
    ...[...DIMENSION_COLUMNS.keys()].map((name) => [name, text(DIMENSION_LENGTHS[name] ?? 10)] as const),
    ['INVENTORYSERVICEADJUSTMENTOFFSETDATASOURCE', text(50)],
    ['INVENTORYSERVICEADJUSTMENTOFFSETPHYSICALMEASURE', text(50)],
  ]),
  keyColumn: 'INVENTORYSERVICETRANSACTIONID',
  required: ['INVENTORYSERVICETRANSACTIONID', 'JOURNALNUMBER', 'ITEMNUMBER', 'INVENTORYQUANTITY'],
};

const FORMATS = [HEADERS, LINES];

/** The format of the entity with this label; labels are compared exactly. */
export function entityFormat(label: string): EntityFormat | undefined {
  return FORMATS.find((format) => format.label === label);
}
