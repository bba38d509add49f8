/**
 * The data entities a package may hold, with the columns of their staging tables. Columns are those of the OData
 * types of a real environment (inventory service adjustment journals, inventory adjustment journals V2); the labels
 * of the two service entities, the names of all staging entities, and lengths are assumptions.
 */
import { DIMENSION_COLUMNS } from './offset.ts';

export type Column =
  | { readonly type: 'text'; readonly maxLength: number }
  | { readonly type: 'number' }
  | { readonly type: 'date' }
  | { readonly type: 'choice'; readonly values: readonly string[] };

export interface EntityFormat {
  readonly kind: 'headers' | 'lines';
  /** `service`: the entities of the business layer's journals; `generic`: those of every adjustment journal. */
  readonly profile: 'service' | 'generic';
  /** The name in the data management workspace, which a manifest must use. */
  readonly label: string;
  /** The staging entity, which a manifest may name as `TargetEntity`; in upper case, the element of a row in XML data. */
  readonly targetEntity: string;
  readonly columns: ReadonlyMap<string, Column>;
  /** Column whose value identifies a row in error lists. */
  readonly keyColumn: string;
  /** Columns that make up the key: a file may not hold one twice. */
  readonly keyColumns: readonly string[];
  /** Columns that must be in the file. */
  readonly required: readonly string[];
}

const text = (maxLength: number): Column => ({ type: 'text', maxLength });
const NUMBER: Column = { type: 'number' };

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

const HEADER_COLUMNS: readonly (readonly [string, Column])[] = [
  ['JOURNALNUMBER', text(20)],
  ['JOURNALNAMEID', text(10)],
  ['DESCRIPTION', text(60)],
];

const LINE_COLUMNS: readonly (readonly [string, Column])[] = [
  ['JOURNALNUMBER', text(20)],
  ['LINENUMBER', NUMBER],
  ['JOURNALNAMEID', text(10)],
  ['ITEMNUMBER', text(20)],
  ['TRANSACTIONDATE', { type: 'date' }],
  ['INVENTORYQUANTITY', NUMBER],
  ['UNITCOST', NUMBER],
  ['UNITCOSTQUANTITY', NUMBER],
  ...[...DIMENSION_COLUMNS.keys()].map((name) => [name, text(DIMENSION_LENGTHS[name] ?? 10)] as const),
  ['INVENTORYSERVICEADJUSTMENTOFFSETDATASOURCE', text(50)],
  ['INVENTORYSERVICEADJUSTMENTOFFSETPHYSICALMEASURE', text(50)],
];

export const ENTITY_FORMATS: readonly EntityFormat[] = [
  {
    kind: 'headers',
    profile: 'service',
    label: 'Inventory service adjustment journal headers',
    targetEntity: 'InventInventoryServiceAdjustmentJournalHeaderEntity',
    columns: new Map<string, Column>([
      ...HEADER_COLUMNS,
      ['INVENTORYSERVICEJOURNALEXPECTEDSTATUS', { type: 'choice', values: ['None', 'Created', 'Posted'] }],
    ]),
    keyColumn: 'JOURNALNUMBER',
    keyColumns: ['JOURNALNUMBER'],
    required: ['JOURNALNUMBER'],
  },
  {
    kind: 'lines',
    profile: 'service',
    label: 'Inventory service adjustment journal entries',
    targetEntity: 'InventInventoryServiceAdjustmentJournalEntryEntity',
    columns: new Map([['INVENTORYSERVICETRANSACTIONID', text(50)], ...LINE_COLUMNS]),
    keyColumn: 'INVENTORYSERVICETRANSACTIONID',
    keyColumns: ['INVENTORYSERVICETRANSACTIONID'],
    required: ['INVENTORYSERVICETRANSACTIONID', 'JOURNALNUMBER', 'ITEMNUMBER', 'INVENTORYQUANTITY'],
  },
  {
    kind: 'headers',
    profile: 'generic',
    label: 'Inventory adjustment headers',
    targetEntity: 'InventInventoryAdjustmentJournalHeaderEntity',
    columns: new Map(HEADER_COLUMNS),
    keyColumn: 'JOURNALNUMBER',
    keyColumns: ['JOURNALNUMBER'],
    required: ['JOURNALNUMBER'],
  },
  {
    kind: 'lines',
    profile: 'generic',
    label: 'Inventory adjustment journal headers and lines V2',
    targetEntity: 'InventInventoryAdjustmentJournalEntryV2Entity',
    columns: new Map(LINE_COLUMNS),
    keyColumn: 'LINENUMBER',
    keyColumns: ['JOURNALNUMBER', 'ITEMNUMBER', ...DIMENSION_COLUMNS.keys(), 'LINENUMBER'],
    required: ['ITEMNUMBER', 'INVENTORYQUANTITY'],
  },
];

/** The format of the entity with this label; labels are compared exactly. */
export function entityFormat(label: string): EntityFormat | undefined {
  return ENTITY_FORMATS.find((format) => format.label === label);
}
