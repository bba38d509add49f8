/**
 * From staging rows to journals and lines: what SCM checks and fills in. Entities and their keys: headers by
 * (dataAreaId, JournalNumber), service entries by (dataAreaId, InventoryServiceTransactionId), generic lines by
 * journal, item, dimensions and line number; all are upserts unless a fault says otherwise.
 */
import type { Faults } from '../http/faults.ts';
import type { EntityFormat } from './entityFormats.ts';
import { recordKey } from './journalRecords.ts';
import type { ExpectedStatus, Journal, JournalLine, LineIdentity } from './journalRecords.ts';
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
  readonly faults: Faults;
  /** yyyy-MM-dd: where the file gives no date. */
  readonly today: string;
  journal(journalNumber: string): Journal | undefined;
  /** The line that has this key. */
  line(identity: LineIdentity): JournalLine | undefined;
  /** Record key of the line that has this number in the journal. */
  lineNumberHolder(journalNumber: string, lineNumber: number): string | undefined;
  nextLineNumber(journalNumber: string): number;
  nextLot(): string;
}

/** A line to put in the place of `before`, or beside what has its key; nothing where the row is passed over. */
export interface LineChange {
  readonly line: JournalLine;
  readonly before: JournalLine | undefined;
}

/** Undefined where the row is passed over. @throws RowError */
export function journalFromRow(
  row: RowReader,
  { profile }: EntityFormat,
  context: ImportContext,
): Journal | undefined {
  const journalNumber = row.requiredText('JOURNALNUMBER');
  const existing = context.journal(journalNumber);
  if (existing?.posting) {
    if (repeatedKey(existing, context) === 'ignore') return undefined;
    refuseIfPosted(existing);
  }
  const expected = row.choice('INVENTORYSERVICEJOURNALEXPECTEDSTATUS');
  return {
    company: context.company,
    journalNumber,
    journalNameId: journalName(row, context.rules),
    description: row.text('DESCRIPTION'),
    ...(profile === 'service'
      ? { expectedStatus: expected === '' ? 'None' : (expected as ExpectedStatus) }
      : {}),
  };
}

/** @param journalNumber of the row, or the one it was given @throws RowError */
export function lineFromRow(
  row: RowReader,
  { profile, keyColumn }: EntityFormat,
  journalNumber: string,
  context: ImportContext,
): LineChange | undefined {
  const { company, rules, today } = context;
  const transactionId = profile === 'service' ? row.requiredText('INVENTORYSERVICETRANSACTIONID') : '';
  const journal = context.journal(journalNumber);
  if (!journal) {
    throw new RowError(
      'JOURNALNUMBER',
      `The value '${journalNumber}' in field 'Journal' is not found in the related table 'Inventory journal table'.`,
    );
  }
  const itemNumber = row.requiredText('ITEMNUMBER');
  const dimensions: Record<string, string> = {};
  for (const column of DIMENSION_COLUMNS.keys()) {
    const value = row.text(column);
    if (value !== '') dimensions[column] = value;
  }
  const lineNumber = lineNumberOf(row, context, journalNumber);
  const identity: LineIdentity = { transactionId, journalNumber, lineNumber, itemNumber, dimensions };
  const existing = context.line(identity);
  const repeat = existing && repeatedKey(context.journal(existing.journalNumber), context);
  if (repeat === 'ignore') return undefined;
  refuseIfPosted(journal);
  if (existing && repeat === 'update') refuseIfPosted(context.journal(existing.journalNumber));
  if (repeat === 'refuse') {
    throw new RowError(keyColumn, 'Cannot create a record. The record already exists.');
  }
  refuseOtherName(row, journal, rules);
  const before = repeat === 'insert' ? undefined : existing;
  const holder = context.lineNumberHolder(journalNumber, lineNumber);
  if (holder !== undefined && repeat !== 'insert' && (!before || holder !== recordKey(before))) {
    throw new RowError('LINENUMBER', `Line number ${lineNumber} of journal ${journalNumber} already exists.`);
  }
  return {
    line: {
      ...identity,
      company,
      journalNumber: journal.journalNumber,
      transactionDate: row.date('TRANSACTIONDATE') ?? today,
      quantity: row.number('INVENTORYQUANTITY'),
      ...costOf(row, itemNumber, rules),
      offsetDataSource: row.text('INVENTORYSERVICEADJUSTMENTOFFSETDATASOURCE'),
      offsetPhysicalMeasure: row.text('INVENTORYSERVICEADJUSTMENTOFFSETPHYSICALMEASURE'),
      lotId: before?.lotId ?? context.nextLot(),
    },
    before,
  };
}

/** What happens to a key that is there already: nobody has published it, so either can be had. */
function repeatedKey(
  journal: Journal | undefined,
  { faults }: ImportContext,
): 'update' | 'refuse' | 'ignore' | 'insert' {
  const state = journal?.posting ? 'posted' : 'unposted';
  const fault = faults.take('repeatedKey', (rule) => (rule.journal ?? state) === state);
  return fault?.answer ?? 'update';
}

function refuseIfPosted(journal: Journal | undefined): void {
  if (journal?.posting) {
    throw new RowError('JOURNALNUMBER', `Journal ${journal.journalNumber} is posted and cannot be changed.`);
  }
}

function refuseOtherName(row: RowReader, journal: Journal, rules: ImportRules): void {
  const name = journalName(row, rules);
  if (name.toLowerCase() === journal.journalNameId.toLowerCase()) return;
  throw new RowError(
    'JOURNALNAMEID',
    `Journal ${journal.journalNumber} has the name ${journal.journalNameId}, not ${name}.`,
  );
}

/** The row's journal name, or the default where the file has no such column. @throws RowError when unknown */
export function journalName(row: RowReader, rules: ImportRules): string {
  if (!row.has('JOURNALNAMEID')) return rules.defaultJournalName;
  const name = row.requiredText('JOURNALNAMEID');
  if (!isKnownName(name, rules)) {
    throw new RowError(
      'JOURNALNAMEID',
      `The value '${name}' in field 'Name' is not found in the related table 'Inventory journal names'.`,
    );
  }
  return name;
}

export function isKnownName(name: string, { journalNames }: Pick<ImportRules, 'journalNames'>): boolean {
  return journalNames?.some((known) => known.toLowerCase() === name.toLowerCase()) ?? true;
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
