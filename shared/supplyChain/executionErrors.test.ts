import { expect, test } from 'vitest';
import { parseExecutionErrors } from './executionErrors.ts';

test('reads well-formed records', () => {
  const text = JSON.stringify([
    { RecordId: 'a-1', Field: 'ITEMNUMBER', ErrorMessage: 'Item "X"\r\ndoes not exist.' },
    { RecordId: 17, Field: null, ErrorMessage: 'Stopped.' },
  ]);
  expect(parseExecutionErrors(text)).toEqual([
    { recordId: 'a-1', field: 'ITEMNUMBER', message: 'Item "X" does not exist.' },
    { recordId: '17', field: '', message: 'Stopped.' },
  ]);
});

test('takes apart what is not JSON because quotes and line breaks are not escaped', () => {
  const text =
    '[{"RecordId":"a-1","Field":"ITEMNUMBER","ErrorMessage":"Item "X", size "12"",\nnot found, \\"as is\\" \\u00e4"},' +
    '{"RecordId":"a-2","Field":"","ErrorMessage":"The value {"a":1} is bad"}, { "RecordId" : 3 , "Field":"F" , "ErrorMessage":"last"} ]';
  expect(parseExecutionErrors(text)).toEqual([
    { recordId: 'a-1', field: 'ITEMNUMBER', message: 'Item "X", size "12"", not found, "as is" ä' },
    { recordId: 'a-2', field: '', message: 'The value {"a":1} is bad' },
    { recordId: '3', field: 'F', message: 'last' },
  ]);
});

test('thousands of records with one bad quote are all read', () => {
  const record = (n: number) => `{"RecordId":"line-${n}","Field":"QTY","ErrorMessage":"Bad "value" ${n}."}`;
  const errors = parseExecutionErrors(`[${Array.from({ length: 3506 }, (_, n) => record(n)).join(',')}]`);
  expect(errors).toHaveLength(3506);
  expect(errors[3505]).toEqual({ recordId: 'line-3505', field: 'QTY', message: 'Bad "value" 3505.' });
});

test('nothing is nothing, and any other text is kept as one error', () => {
  expect(parseExecutionErrors('')).toEqual([]);
  expect(parseExecutionErrors(' [] ')).toEqual([]);
  expect(parseExecutionErrors('SSIS: 0xC0010009')).toEqual([
    { recordId: '', field: '', message: 'SSIS: 0xC0010009' },
  ]);
  expect(parseExecutionErrors('[1,2]')).toEqual([{ recordId: '', field: '', message: '[1,2]' }]);
});

test('long messages are cut', () => {
  const text = JSON.stringify([{ RecordId: '1', Field: '', ErrorMessage: 'x'.repeat(10_000) }]);
  expect(parseExecutionErrors(text)[0]?.message).toHaveLength(500);
});
