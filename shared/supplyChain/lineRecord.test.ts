import { expect, test } from 'vitest';
import { isRecord, parseAnswer } from '../dynamics/answerJson.ts';
import { lineFacts } from './lineRecord.ts';

/** Numbers are read as they stand in the answer. */
function factsOf(changes: string) {
  const text = `{"JournalNumber":"J1","LineNumber":2.0,"InventoryQuantity":5.500,"JournalNameId":""${changes}}`;
  const record = parseAnswer(new TextEncoder().encode(text));
  if (!isRecord(record)) throw new Error(`no record: ${text}`);
  return lineFacts(record, 'lines');
}
const LEAST = { journalNumber: 'J1', lineNumber: 2, quantity: '5.5' };

test('a line is read with its date and its cost for one unit', () => {
  const dated = ',"TransactionDate":"2026-03-10T12:00:00Z","UnitCost":12.340000,"UnitCostQuantity":1.0000';
  expect(factsOf(dated)).toEqual({ ...LEAST, transDate: '2026-03-10', costPrice: '12.34' });
});

test('a cost for several units says for how many', () => {
  expect(factsOf(',"UnitCost":10,"UnitCostQuantity":5')).toEqual({ ...LEAST, costPrice: '10 per 5' });
});

test.each([
  ',"TransactionDate":"1900-01-01T12:00:00Z"',
  ',"TransactionDate":null,"UnitCost":null,"UnitCostQuantity":null',
  ',"UnitCost":10',
  ',"TransactionDate":20260310,"UnitCost":"10","UnitCostQuantity":"1"',
])('what SCM does not say is left out: %s', (changes) => {
  expect(factsOf(changes)).toEqual(LEAST);
});
