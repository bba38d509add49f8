/** Inventory adjustment journals and their lines, as Supply Chain Management holds them. */
import type { StockChange } from '../inventoryVisibility/onHand.ts';

export type ExpectedStatus = 'None' | 'Created' | 'Posted';

export interface Journal {
  readonly company: string;
  readonly journalNumber: string;
  readonly journalNameId: string;
  readonly description: string;
  /** Of the Inventory Visibility posting job; a journal of the generic entities has none. */
  readonly expectedStatus?: ExpectedStatus;
  /** Present once it is posted. */
  readonly posting?: { readonly at: number; readonly voucher: string };
  readonly linesDeletedAfterPosting?: true;
  /** What the last try to post it ended in. Only its user interface shows it. */
  readonly postingError?: string;
}

export interface JournalLine {
  readonly company: string;
  /** '' for a line of the generic entities. */
  readonly transactionId: string;
  readonly journalNumber: string;
  readonly lineNumber: number;
  readonly itemNumber: string;
  /** yyyy-MM-dd */
  readonly transactionDate: string;
  /** Canonical decimals. */
  readonly quantity: string;
  readonly unitCost: string;
  readonly unitCostQuantity: string;
  /** Staging column → value; blank ones are left out. */
  readonly dimensions: Readonly<Record<string, string>>;
  readonly offsetDataSource: string;
  readonly offsetPhysicalMeasure: string;
  /** The lot id (InventTransId). */
  readonly lotId: string;
  /** Tells lines of one key apart where a key did not find the line that was there before. */
  readonly copy?: number;
  /** Posted, and then deleted from the journal: what it did to the stock stays. */
  readonly deletedAfterPosting?: true;
}

/** Stock changes that reach Inventory Visibility with the next synchronization after `dueAt`. */
export interface PendingSync {
  readonly syncId: string;
  readonly dueAt: number;
  readonly changes: readonly StockChange[];
}

/** Last numbers given out. */
export interface Numbers {
  readonly voucher: number;
  readonly lot: number;
  readonly journal: number;
}

/** SCM's collation tells no upper from lower case. */
export function erpKey(company: string, id: string): string {
  return `${company}|${id}`.toUpperCase();
}

/** What the entity's key consists of, without the company. */
export type LineIdentity = Pick<
  JournalLine,
  'transactionId' | 'journalNumber' | 'lineNumber' | 'itemNumber' | 'dimensions'
>;

/**
 * The key of the entity a line came by: the transaction id, or for a line of the generic entities its journal,
 * item, dimensions and number.
 */
export function lineKey(company: string, line: LineIdentity): string {
  if (line.transactionId !== '') return erpKey(company, line.transactionId);
  const dimensions = Object.entries(line.dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  const id = [line.journalNumber, line.lineNumber, line.itemNumber, ...dimensions.flat()];
  return erpKey(company, JSON.stringify(id));
}

/** Tells every line from every other, of the same key too. */
export function recordKey(line: JournalLine): string {
  const key = lineKey(line.company, line);
  return line.copy === undefined ? key : `${key}#${line.copy}`;
}
