/**
 * What Supply Chain Management can hold is shorter than what Inventory Visibility accepts. A line that will travel is
 * refused at the door, where its sender can still mend it, instead of failing as a journal line at night.
 *
 * Source: the lengths of the extended data types behind the columns of the adjustment journal entities.
 */

export const SCM_ITEM_NUMBER_LENGTH = 20;
export const SCM_JOURNAL_NAME_LENGTH = 10;

/** Column of the journal entity → characters it holds. A column that is not listed has no limit known. */
export const SCM_COLUMN_LENGTHS: ReadonlyMap<string, number> = new Map([
  ['INVENTORYSITEID', 10],
  ['INVENTORYWAREHOUSEID', 10],
  ['WAREHOUSELOCATIONID', 10],
  ['LICENSEPLATENUMBER', 25],
  ['INVENTORYSTATUSID', 10],
  ['ITEMBATCHNUMBER', 20],
  ['ITEMSERIALNUMBER', 20],
  ['PRODUCTCONFIGURATIONID', 10],
  ['PRODUCTCOLORID', 10],
  ['PRODUCTSIZEID', 10],
  ['PRODUCTSTYLEID', 10],
  ['PRODUCTVERSIONID', 10],
]);

/** The column of serial numbers: one piece each. */
export const SCM_SERIAL_NUMBER_COLUMN = 'ITEMSERIALNUMBER';
