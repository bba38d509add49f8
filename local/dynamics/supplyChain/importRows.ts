/**
 * From staging rows to journals and lines: what SCM checks and fills in. Entities and their keys: headers by
 * (dataAreaId, JournalNumber), entries by (dataAreaId, InventoryServiceTransactionId); both are upserts.
 */
import type { ExpectedStatus, Journal, JournalLine } from './erp.ts';
import { DIMENSION_COLUMNS } from './offset.ts';
import { RowError } from './stagingValues.ts';
import type { RowReader } from './stagingValues.ts';

export interface ImportRules {
  /** Undefined: every journal name is known. */
  readonly journalNames: readonly string[] | undefined;
  /** Journal name where the file gives none. */
  readonly defaultJournalName: string;
  /** Item number → cost where the file gives none. */
  readonly itemCosts: Readonly<Record<string, string>>;
  readonly defaultItemCost: string;
}

/** What the rows before this one, and earlier imports, have made. */
export interface ImportContext {
  readonly company: string;
  readonly rules: ImportRules;
  /** yyyy-MM-dd: where the file gives no date. */
  readonly today: string;
  journal(journalNumber: string): Journal | undefined;
  line(transactionId: string): JournalLine | undefined;
  /** Transaction id of the line that has this number in the journal. */
  lineNumberHolder(journalNumber: string, lineNumber: number): string | undefined;
  nextLineNumber(journalNumber: string): number;
  nextLot(): string;
}

/** @throws RowError */
export function journalFromRow(row: RowReader, context: ImportContext): Journal {
  const journalNumber = row.requiredText('JOURNALNUMBER');
  const existing = context.journal(journalNumber);
  refuseIfPosted(existing);
  const expected = row.choice('INVENTORYSERVICEJOURNALEXPECTEDSTATUS');
  return {
    company: context.company,
    journalNumber,
    journalNameId: journalName(row, context.rules),
    description: row.text('DESCRIPTION'),
    expectedStatus: expected === '' ? 'None' : (expected as ExpectedStatus),
  };
}

/** @throws RowError */
export function lineFromRow(row: RowReader, context: ImportContext): JournalLine {
  const { company, rules, today } = context;
  const transactionId = row.requiredText('INVENTORYSERVICETRANSACTIONID');
  const journalNumber = row.requiredText('JOURNALNUMBER');
  const journal = context.journal(journalNumber);
  if (!journal) {
    throw new RowError(
      'JOURNALNUMBER',
      `The value '${journalNumber}' in field 'Journal' is not found in the related table 'Inventory journal table'.`,
    );
  }
  refuseIfPosted(journal);
  const existing = context.line(transactionId);
  if (existing) refuseIfPosted(context.journal(existing.journalNumber));
  const name = journalName(row, rules);
  if (name.toLowerCase() !== journal.journalNameId.toLowerCase()) {
    throw new RowError(
      'JOURNALNAMEID',
      `Journal ${journalNumber} has the name ${journal.journalNameId}, not ${name}.`,
    );
  }
  const lineNumber = lineNumberOf(row, context, journalNumber);
  const holder = context.lineNumberHolder(journalNumber, lineNumber);
  if (holder !== undefined && holder.toLowerCase() !== transactionId.toLowerCase()) {
    throw new RowError('LINENUMBER', `Line number ${lineNumber} of journal ${journalNumber} already exists.`);
  }
  const itemNumber = row.requiredText('ITEMNUMBER');
  const dimensions: Record<string, string> = {};
  for (const column of DIMENSION_COLUMNS.keys()) {
    const value = row.text(column);
    if (value !== '') dimensions[column] = value;
  }
  return {
    company,
    transactionId,
    journalNumber: journal.journalNumber,
    lineNumber,
    itemNumber,
    transactionDate: row.date('TRANSACTIONDATE') ?? today,
    quantity: row.number('INVENTORYQUANTITY'),
    ...costOf(row, itemNumber, rules),
    dimensions,
    offsetDataSource: row.text('INVENTORYSERVICEADJUSTMENTOFFSETDATASOURCE'),
    offsetPhysicalMeasure: row.text('INVENTORYSERVICEADJUSTMENTOFFSETPHYSICALMEASURE'),
    lotId: existing?.lotId ?? context.nextLot(),
  };
}

function refuseIfPosted(journal: Journal | undefined): void {
  if (journal?.posting) {
    throw new RowError('JOURNALNUMBER', `Journal ${journal.journalNumber} is posted and cannot be changed.`);
  }
}

function journalName(row: RowReader, rules: ImportRules): string {
  if (!row.has('JOURNALNAMEID')) return rules.defaultJournalName;
  const name = row.requiredText('JOURNALNAMEID');
  if (rules.journalNames && !rules.journalNames.some((known) => known.toLowerCase() === name.toLowerCase())) {
    throw new RowError(
      'JOURNALNAMEID',
      `The value '${name}' in field 'Name' is not found in the related table 'Inventory journal names'.`,
    );
  }
  return name;
}

function lineNumberOf(row: RowReader, context: ImportContext, journalNumber: string): number {
  const given = Number(row.number('LINENUMBER'));
  if (given === 0) return context.nextLineNumber(journalNumber);
  if (!Number.isSafeInteger(given) || given < 0) {
    throw new RowError('LINENUMBER', `Line number ${given} is not a positive whole number.`);
  }
  return given;
}

/** A file without the columns leaves the cost to the item; a blank in them is a cost of zero. */
function costOf(
  row: RowReader,
  itemNumber: string,
  rules: ImportRules,
): Pick<JournalLine, 'unitCost' | 'unitCostQuantity'> {
  if (!row.has('UNITCOST')) {
    return { unitCost: rules.itemCosts[itemNumber] ?? rules.defaultItemCost, unitCostQuantity: '1' };
  }
  return {
    unitCost: row.number('UNITCOST'),
    unitCostQuantity: row.has('UNITCOSTQUANTITY') ? row.number('UNITCOSTQUANTITY') : '1',
  };
}
