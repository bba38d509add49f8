import { expect, test } from 'vitest';
import { JsonNumber } from '../json/jsonValue.ts';
import { parseExecutionStatus, parseMessageStatus } from './messageStatus.ts';

test.each([
  ['Enqueued', 'Enqueued', 'underWay'],
  ['Processed', 'Processed', 'ended'],
  ['PROCESSED', 'Processed', 'ended'],
  ['Preprocessing', 'PreProcessing', 'underWay'],
  ['InProcess', 'Processing', 'underWay'],
  ['PreProcessingError', 'PreProcessingError', 'failed'],
  ['preprocessing_error', 'PreProcessingError', 'failed'],
  ['ProcessedWithErrors', 'ProcessedWithErrors', 'failed'],
  ['PostProcessingFailed', 'PostProcessingFailed', 'failed'],
  ['PostProcessingError', 'PostProcessingFailed', 'failed'],
  ['5', 'Processed', 'ended'],
  ['Something new', 'Something new', 'underWay'],
])('message status %s is %s, %s', (text, name, stage) => {
  expect(parseMessageStatus(text)).toEqual({ name, stage });
});

test('message statuses also come as numbers, and nothing else is one', () => {
  expect(parseMessageStatus(new JsonNumber('6'))?.name).toBe('ProcessedWithErrors');
  for (const value of [undefined, null, '', ' ', {}, true]) expect(parseMessageStatus(value)).toBeUndefined();
});

test.each([
  ['Succeeded', 'succeeded'],
  ['succeeded', 'succeeded'],
  ['PartiallySucceeded', 'failed'],
  ['Failed', 'failed'],
  ['Canceled', 'failed'],
  ['Cancelled', 'failed'],
  ['Unknown', 'underWay'],
  ['NotRun', 'underWay'],
  ['Executing', 'underWay'],
])('execution status %s is %s', (text, stage) => {
  expect(parseExecutionStatus(text)?.stage).toBe(stage);
});
