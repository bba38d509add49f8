/** What a data package holds, as the ERP would read it. */
import { readDataPackage } from '../simulator/models/dataPackageReader.ts';

export interface SentLine {
  readonly aggregatedLineId: string;
  readonly journalNumber: string;
  readonly lineNumber: number;
  readonly itemNumber: string;
  readonly quantity: string;
  /** Absent where its file has no such column. */
  readonly journalNameId?: string;
  readonly transDate?: string;
  readonly costPrice?: string;
}

/** The lines of a package, in the order of its files. */
export function linesOfPackage(zip: Uint8Array): SentLine[] {
  return readDataPackage(zip).lines.map((row) => ({
    aggregatedLineId: (row['INVENTORYSERVICETRANSACTIONID'] ?? '').toLowerCase(),
    journalNumber: row['JOURNALNUMBER'] ?? '',
    lineNumber: Number(row['LINENUMBER']),
    itemNumber: row['ITEMNUMBER'] ?? '',
    quantity: row['INVENTORYQUANTITY'] ?? '',
    ...given('journalNameId', row['JOURNALNAMEID']),
    ...given('transDate', row['TRANSACTIONDATE']),
    ...given('costPrice', row['UNITCOST']),
  }));
}

function given<Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> {
  return value === undefined || value === '' ? {} : ({ [name]: value } as Partial<Record<Name, string>>);
}
