import { expect, test } from 'vitest';
import { adjustmentLine } from '../../test/support/logUnderTest.ts';
import type { RowProperties } from '../tables/tableStore.ts';
import { BatchTooLargeError, batchInsert, batchOf } from './batchRow.ts';
import { MAX_PACKED_BYTES, packedProperties, packJson } from './packedRow.ts';

const lines = ['a', 'b'].map((id) => adjustmentLine(id));

function rowOf(changes: RowProperties = {}) {
  const { rowKey, ...operation } = batchInsert(7, 'batch', 1_000, lines);
  if (!('properties' in operation)) throw new Error('a batch is inserted');
  const properties = { ...operation.properties, ...changes };
  return { partitionKey: 'env~usmf', rowKey, etag: 'x', timestamp: 0, properties };
}

test('a batch is read back as it was written', () => {
  expect(batchOf(rowOf())).toEqual({
    seq: 7,
    batchId: 'batch',
    kind: 'adjustments',
    createdAt: 1_000,
    canonicalForm: 1,
    lines,
  });
});

test('a batch of a kind of a later version is left to that', () => {
  expect(() => batchOf(rowOf({ kind: 'history' }))).toThrow(/kind history.*adjustments and redrive/);
});

test('a batch that does not hold the lines that it names is damaged', () => {
  expect(() => batchOf(rowOf({ lineCount: 3 }))).toThrow('it holds 2 lines and names 3');
  for (const n of [-1, 1.5, 'x']) {
    const document = { n, columns: {}, dimensions: {} };
    expect(() => batchOf(rowOf(packedProperties(packJson(document))))).toThrow(`${n} is no number of lines`);
  }
});

test('a batch that is too large says how large it is and may be, and what to do', () => {
  const error = new BatchTooLargeError(1_000_000);
  expect(error.name).toBe('BatchTooLargeError');
  expect(error.message).toBe(
    `The request's lines take 1000000 bytes packed; a batch holds ${MAX_PACKED_BYTES}. Send fewer lines at once.`,
  );
});
