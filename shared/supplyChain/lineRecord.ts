/** A journal line as the entities of both profiles give it. */
import { wholeNumber } from '../dynamics/answerJson.ts';
import type { AnswerRecord } from '../dynamics/answerJson.ts';
import { quantityText } from '../dynamics/quantityText.ts';
import { given, text, unreadable } from './entityRecords.ts';
import type { ReadBackLine } from './supplyChain.ts';

/** What is asked for of a line, beside what identifies it. */
export const LINE_FIELDS = [
  'JournalNumber',
  'LineNumber',
  'JournalNameId',
  'TransactionDate',
  'InventoryQuantity',
  'UnitCost',
  'UnitCostQuantity',
] as const;

/** SCM's date of no date. */
const NO_DATE = '1900-01-01';

/** @throws DependencyError when number or quantity cannot be read; what else cannot is left out */
export function lineFacts(
  record: AnswerRecord,
  entity: string,
): Omit<ReadBackLine, 'aggregatedLineId' | 'voucher' | 'inventTransId'> {
  const quantity = quantityText(record.InventoryQuantity);
  const lineNumber = wholeNumber(record.LineNumber);
  if (quantity === undefined || lineNumber === undefined)
    throw unreadable(entity, 'InventoryQuantity or LineNumber');
  return {
    journalNumber: text(record, 'JournalNumber', entity),
    lineNumber,
    quantity,
    ...given('journalNameId', record.JournalNameId),
    ...given('transDate', dayOf(record.TransactionDate)),
    ...given('costPrice', costOf(record)),
  };
}

/** Dates stand in date-times, at an hour that no time zone moves to another day. */
function dayOf(value: unknown): string | undefined {
  const day = typeof value === 'string' ? /^(\d{4}-\d\d-\d\d)(?:T|$)/.exec(value)?.[1] : undefined;
  return day === NO_DATE ? undefined : day;
}

function costOf({ UnitCost, UnitCostQuantity }: AnswerRecord): string | undefined {
  const cost = quantityText(UnitCost);
  const per = quantityText(UnitCostQuantity);
  if (cost === undefined || per === undefined) return undefined;
  return per === '1' ? cost : `${cost} per ${per}`;
}
