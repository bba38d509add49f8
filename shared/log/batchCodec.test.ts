import { baseDimensions } from '../adjustments/baseDimensions.ts';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { adjustmentLine } from '../../test/support/logUnderTest.ts';
import type { AdjustmentLine } from '../adjustments/adjustmentLine.ts';
import { decodeBatch, encodeBatch } from './batchCodec.ts';
import { BatchTooLargeError, batchInsert, batchOf } from './batchRow.ts';
import { packJson, unpackJson } from './packedRow.ts';

/** Text of every kind: controls, quotes, half surrogate pairs, names that objects have of themselves. */
const text = fc.oneof(
  fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) }),
  fc.constantFrom(
    '',
    '\u0000',
    '\ud800',
    '"\\',
    '__proto__',
    'constructor',
    '10',
    '\u2028',
    '🂡',
    'é',
    'e\u0301',
  ),
);

const dimensions = fc
  .uniqueArray(fc.tuple(text, text), { selector: ([name]) => name, maxLength: 5 })
  .map(baseDimensions);

const line: fc.Arbitrary<AdjustmentLine> = fc.record(
  {
    id: text,
    organizationId: text,
    productId: text,
    quantityDataSource: text,
    physicalMeasure: text,
    quantity: text,
    dimensions,
    externalReferenceCategory: text,
    externalReferenceId: text,
    fnoJournalNameId: text,
    costPrice: text,
    transDate: text,
    resolvedDate: text,
  },
  {
    requiredKeys: [
      'id',
      'organizationId',
      'productId',
      'quantityDataSource',
      'physicalMeasure',
      'quantity',
      'dimensions',
    ],
  },
);

describe('lines of a batch', () => {
  it('are read back as they were written', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        expect(decodeBatch(encodeBatch(lines))).toEqual(lines);
      }),
    );
  });

  it('take a few dozen bytes each', () => {
    const lines = Array.from({ length: 1_000 }, (_, index) =>
      adjustmentLine(`order-2026-${index}`, `${index % 7}.5`),
    );
    expect(encodeBatch(lines).length / lines.length).toBeLessThan(30);
  });
});

test.each<[string, { n?: unknown; columns?: object; dimensions?: unknown }]>([
  ['no number of lines', { n: undefined }],
  ['another number of lines', { n: 3 }],
  ['no ids', { columns: { id: undefined } }],
  ['an id that is no text', { columns: { id: { all: 5 } } }],
  ['a damaged column', { columns: { id: { each: 'ab' } } }],
  ['no dimensions', { dimensions: undefined }],
  ['a dimension that is no text', { dimensions: [['SiteId', { all: {} }]] }],
])('a stored batch with %s is refused', (_what, change) => {
  const stored = unpackJson(encodeBatch([adjustmentLine('a'), adjustmentLine('b')])) as { columns: object };
  const columns = change.columns && { columns: { ...stored.columns, ...change.columns } };
  expect(() => decodeBatch(packJson({ ...stored, ...change, ...columns }))).toThrow();
});

describe('the row of a batch', () => {
  const stored = (
    lines: readonly AdjustmentLine[],
    change: Record<string, string | number | Uint8Array> = {},
  ) => {
    const insert = batchInsert(7, 'an id', 5, lines);
    if (insert.kind !== 'insert') throw new Error('no insert');
    const properties = { ...insert.properties, ...change };
    return { partitionKey: 'p', rowKey: insert.rowKey, etag: 'e', timestamp: 0, properties };
  };

  it('is read back, also when it takes many properties', () => {
    const lines = Array.from({ length: 4_000 }, (_, index) =>
      adjustmentLine(`${Math.sin(index)}${Math.cos(3 * index)}${Math.tan(index)}`),
    );
    const row = stored(lines);
    expect(row.properties['d1']).toBeDefined();
    expect(batchOf(row)).toEqual({
      seq: 7,
      batchId: 'an id',
      kind: 'adjustments',
      createdAt: 5,
      canonicalForm: 1,
      lines,
    });
  });

  it.each([
    ['a version of a later time', { v: 2 }, 'understands 1'],
    ['a kind of a later time', { kind: 'history' }, 'understands adjustments'],
    ['another number of lines', { lineCount: 2 }, 'is damaged'],
    ['bytes cut short', { d0: new Uint8Array(3) }, 'is damaged'],
    ['no time', { createdAt: 'x' }, 'is damaged'],
  ])('with %s is refused', (_what, change, message) => {
    expect(() => batchOf(stored([adjustmentLine('a')], change))).toThrow(message);
  });

  it('is refused before it is too large for storage', () => {
    let seed = 1;
    const noise = () => String.fromCharCode(0x4e00 + ((seed = (seed * 48_271) % 0x7fff_ffff) % 20_000));
    const lines = Array.from({ length: 4_000 }, () =>
      adjustmentLine(Array.from({ length: 150 }, noise).join('')),
    );
    expect(() => stored(lines)).toThrow(BatchTooLargeError);
  });
});
