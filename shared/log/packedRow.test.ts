import { describe, expect, it, test } from 'vitest';
import type { Row, RowProperties } from '../tables/tableStore.ts';
import {
  DamagedRowError,
  decoded,
  jsonOf,
  jsonProperties,
  numberOf,
  pack,
  packedBytesOf,
  packedProperties,
  textOf,
  UnknownRowVersionError,
  unpack,
} from './packedRow.ts';

const row = (properties: RowProperties): Row => ({
  partitionKey: 'env~usmf',
  rowKey: 'sync~1',
  etag: 'e',
  timestamp: 0,
  properties,
});
const NAME = 'Row sync~1 of partition env~usmf of table AdjustmentLog';
const PROPERTY = 64 * 1024;

describe('bytes in a row', () => {
  it.each([
    [0, [0]],
    [1, [1]],
    [PROPERTY, [PROPERTY]],
    [PROPERTY + 1, [PROPERTY, 1]],
    [2 * PROPERTY, [PROPERTY, PROPERTY]],
  ])('%d of them are cut into properties of %j', (length, sizes) => {
    const bytes = Uint8Array.from({ length }, (_, index) => index % 251);
    const properties = packedProperties(bytes, { kind: 'x' });
    const cut = Object.entries(properties).filter(([name]) => /^d\d/.test(name));
    expect(cut.map(([name, value]) => [name, (value as Uint8Array).length])).toEqual(
      sizes.map((size, index) => [`d${index}`, size]),
    );
    expect(properties).toMatchObject({ v: 1, kind: 'x' });
    expect(Buffer.compare(packedBytesOf(row(properties)), bytes)).toBe(0);
  });

  it('are compressed and come back as they were', () => {
    const bytes = Buffer.from('x'.repeat(10_000));
    expect(pack(bytes).length).toBeLessThan(100);
    expect(Buffer.compare(unpack(pack(bytes)), bytes)).toBe(0);
  });
});

test('a document is read back as it was stored', () => {
  const document = { a: [1, 'ä', null], b: { c: false } };
  expect(jsonOf(row(jsonProperties(document)))).toEqual(document);
  expect(jsonProperties(document, { parts: 3 })).toMatchObject({ v: 1, parts: 3 });
});

describe('a row that cannot be understood is named, with what to do', () => {
  const failure = (read: () => unknown): Error => {
    try {
      read();
    } catch (error) {
      return error as Error;
    }
    throw new Error('it was understood');
  };

  it.each([2, 0, '1', true])('its version is %j', (v) => {
    const error = failure(() => jsonOf(row({ ...jsonProperties({}), v })));
    expect(error).toBeInstanceOf(UnknownRowVersionError);
    expect(error.name).toBe('UnknownRowVersionError');
    expect(error.message).toBe(
      `${NAME} has v ${String(v)}; this version of the app understands 1. ` +
        'Deploy the newer version; the row is left alone.',
    );
  });

  it('its bytes are damaged', () => {
    const error = failure(() => jsonOf(row({ v: 1, d0: new Uint8Array([7]) })));
    expect(error).toBeInstanceOf(DamagedRowError);
    expect(error.name).toBe('DamagedRowError');
    expect(error.cause).toBeInstanceOf(Error);
    expect(error.message).toBe(`${NAME} is damaged: invalid block type. Restore the row from a backup.`);
  });

  it('it cannot be decoded, whatever is thrown', () => {
    const thrown: unknown = 'a word';
    expect(
      failure(() =>
        decoded(row({}), () => {
          throw thrown;
        }),
      ).message,
    ).toContain('is damaged: a word.');
    expect(decoded(row({}), () => 5)).toBe(5);
  });

  it('a property is of another type', () => {
    expect(failure(() => textOf(row({ a: 1 }), 'a')).message).toContain('its property a is no text');
    expect(failure(() => numberOf(row({ a: '1' }), 'a')).message).toContain('its property a is no number');
    expect([textOf(row({ a: '' }), 'a'), numberOf(row({ a: 0 }), 'a')]).toEqual(['', 0]);
  });
});
