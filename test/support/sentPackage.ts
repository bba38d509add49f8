/** What a data package holds, as the ERP would read it. */
import { readDataPackage } from '../simulator/models/dataPackageReader.ts';

export interface SentLine {
  readonly aggregatedLineId: string;
  readonly journalNumber: string;
  readonly lineNumber: number;
  readonly itemNumber: string;
  readonly quantity: string;
}

/** The lines of a package, in the order of its files. */
export function linesOfPackage(zip: Uint8Array): SentLine[] {
  return readDataPackage(zip).lines.map((row) => ({
    aggregatedLineId: (row['INVENTORYSERVICETRANSACTIONID'] ?? '').toLowerCase(),
    journalNumber: row['JOURNALNUMBER'] ?? '',
    lineNumber: Number(row['LINENUMBER']),
    itemNumber: row['ITEMNUMBER'] ?? '',
    quantity: row['INVENTORYQUANTITY'] ?? '',
  }));
}
