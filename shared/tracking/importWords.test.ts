import { expect, test } from 'vitest';
import type { ImportError } from '../supplyChain/supplyChain.ts';
import { wordsFor } from './importWords.ts';

const line = { aggregatedLineId: 'aaaaaaaa-0000-8000-8000-000000000001', productId: 'A1', lineNumber: 7 };

function words(...errors: ImportError[]): string {
  return wordsFor({ kind: 'final', messageStatus: 'ProcessedWithErrors', succeeded: false, errors }, line);
}

test('the error that names the line by its id is its own', () => {
  const { aggregatedLineId } = line;
  expect(words({ message: 'Item A1 is stopped.' }, { aggregatedLineId, message: 'No such site.' })).toBe(
    'No such site.',
  );
});

test('else those that name its item, as a word and in any case', () => {
  expect(
    words(
      { record: '7', message: 'A10 is stopped.' },
      { message: "Item 'a1' is stopped." },
      { record: 'IV1|A1|7', message: 'No such site.' },
    ),
  ).toBe("Item 'a1' is stopped. · No such site.");
});

test('else those of its number in the journal', () => {
  expect(words({ record: '70', message: 'No such item.' }, { record: '7', message: 'No such site.' })).toBe(
    'No such site.',
  );
});

test('else all that name no other line, once each, and not without end', () => {
  const other = { aggregatedLineId: 'aaaaaaaa-0000-8000-8000-000000000002', message: 'of another' };
  expect(words(other, { message: 'one' }, { message: 'two' }, { message: 'one' })).toBe('one · two');
  expect(words({ message: 'x'.repeat(400) }, { message: 'y'.repeat(400) })).toHaveLength(500);
});

test('an item is taken literally', () => {
  const odd = { ...line, productId: 'A.1(*)' };
  const errors = [{ message: 'Item AX1 fails.' }, { message: 'Item A.1(*) fails.' }];
  const status = { kind: 'final', messageStatus: 'Failed', succeeded: false, errors } as const;
  expect(wordsFor(status, odd)).toBe('Item A.1(*) fails.');
});

test('an import without a word is told by its status', () => {
  expect(words()).toBe('The import ended as ProcessedWithErrors.');
});
