import { BaseDimensions, baseDimensions } from '../adjustments/baseDimensions.ts';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type Column, columnReader, dimensionsReader, encodeColumn, encodeDimensions } from './columns.ts';

const encode = (...values: readonly (string | undefined)[]): Column =>
  encodeColumn(values.length, (index) => values[index]);

describe('a column', () => {
  it('in which all are alike is one value, otherwise one per line', () => {
    expect(encode('a', 'a', 'a')).toEqual({ all: 'a' });
    expect(encode('a')).toEqual({ all: 'a' });
    expect(encode(undefined, undefined)).toEqual({ all: null });
    expect(encode()).toEqual({ all: null });
    expect(encode('a', 'a', 'b', undefined)).toEqual({ each: ['a', 'a', 'b', null] });
    expect(encode(undefined, 'b')).toEqual({ each: [null, 'b'] });
    expect(encode('', undefined)).toEqual({ each: ['', null] });
  });

  it('is read back as it was written', () => {
    const values = fc.array(fc.constantFrom(undefined, '', 'a', 'b'), { maxLength: 6 });
    fc.assert(
      fc.property(values, (written) => {
        const read = columnReader(encode(...written), written.length, 'x');
        expect(written.map((_, index) => read(index))).toEqual(written);
      }),
    );
  });

  it('that is not there is absent in every line', () => {
    expect(columnReader(undefined, 2, 'x')(1)).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['too few values', { each: ['a'] }],
    ['too many values', { each: ['a', 'b', 'c'] }],
    ['a value that is no text', { each: ['a', 1] }],
    ['a first value that is no text', { each: [1, 'a'] }],
    ['no list', { each: 'ab' }],
    ['a common value that is no text', { all: 1 }],
    ['no value at all', {}],
  ])('of %s is refused', (_what, column) => {
    expect(() => columnReader(column as Column, 2, 'quantity')).toThrow(
      'column quantity does not hold 2 values',
    );
  });
});

describe('dimensions', () => {
  const lines = [
    { dimensions: new BaseDimensions(['10', 'ColorId', 'SizeId'], ['x', 'red', undefined]) },
    { dimensions: baseDimensions([]) },
    { dimensions: new BaseDimensions(['2', 'ColorId', '__proto__'], ['y', 'blue', 'z']) },
  ];

  it('are a column per name that has a value, sorted by name', () => {
    expect(encodeDimensions(lines)).toEqual([
      ['10', { each: ['x', null, null] }],
      ['2', { each: [null, null, 'y'] }],
      ['ColorId', { each: ['red', null, 'blue'] }],
      ['__proto__', { each: [null, null, 'z'] }],
    ]);
  });

  it('are read back as they were written', () => {
    const read = dimensionsReader(encodeDimensions(lines), 3);
    expect(lines.map((_, index) => read(index))).toEqual(lines.map(({ dimensions }) => dimensions));
  });

  test('that are damaged are refused, and the column is named', () => {
    expect(() => dimensionsReader({} as [], 3)).toThrow('the dimensions are no list of columns');
    expect(() => dimensionsReader([['SiteId', { each: [] }]], 3)).toThrow(
      'column of dimension SiteId does not hold 3 values',
    );
  });
});
