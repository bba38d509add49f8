import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonObject } from '../json/jsonValue.ts';
import { parseStrictJson } from '../json/strictJson.ts';
import { canonicalForm } from './canonicalForm.ts';
import { parseAdjustments } from './parseAdjustments.ts';
import { PlainLines } from './plainLines.ts';

const seed = {
  id: 'A-1',
  organizationId: 'usmf',
  productId: 'D0001',
  quantityDataSource: 'pos',
  physicalMeasure: 'inbound',
  dimensions: { siteId: '1', locationId: '13' },
  quantity: 5,
};

const plain = (text: string, lines = new PlainLines()) => {
  const value = parseStrictJson(text);
  if (!(value instanceof JsonObject)) throw new Error('not an object');
  return lines.read(value);
};

/** The line as it comes out when the short way is closed to it: an array of one shape more, written with an escape. */
const thorough = (text: string) =>
  parseAdjustments(Buffer.from(`[${text.replace('"id":"', '"id":"\\u0041')}]`), 1);

/** Mostly right, so that whole lines often are. */
const mostly = (right: fc.Arbitrary<unknown>, other: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 14, arbitrary: right }, { weight: 1, arbitrary: other });
const anyValue = mostly(
  fc.constantFrom<unknown>('x', 'Red', 'a b', '~!', '', null),
  fc.oneof(
    fc.constantFrom<unknown>(
      ' x',
      'x ',
      'é',
      'e\u0301',
      '"',
      '\\',
      '\u007f',
      '\u200b',
      'x'.repeat(51),
      0,
      true,
      [],
      {},
    ),
    fc.string({ maxLength: 12 }),
  ),
);
const anyDecimal = mostly(
  fc.oneof(fc.constantFrom<unknown>(0, 12.5, '12.50', '-0', '1e3', 0.1 + 0.2), fc.integer({ max: 1e9 })),
  fc.oneof(fc.constantFrom<unknown>(1e21, '1,5', '', null, 'x', true), fc.double()),
);
const anyDate = mostly(
  fc.constantFrom<unknown>('2026-01-31', '2026-01-31T00:00:00Z', '', null),
  fc.constantFrom<unknown>('2026-02-30', 'today', 5),
);
const nameCase = (name: string) => fc.constantFrom(name, name.toUpperCase(), name.toLowerCase());
const renamed = (name: string, value: fc.Arbitrary<unknown>) => fc.tuple(nameCase(name), value);

const dimensions = fc
  .array(
    fc.tuple(
      fc.constantFrom('siteId', 'SITEID', 'locationId', 'ColorId', 'é', '', 'x y', 'n'.repeat(51)),
      anyValue,
    ),
    { maxLength: 5 },
  )
  .map((pairs): unknown => Object.fromEntries(pairs));

const anyLine = fc
  .record({
    texts: fc.tuple(
      ...['organizationId', 'productId', 'quantityDataSource', 'physicalMeasure'].map((name) =>
        renamed(
          name,
          fc.oneof({ weight: 4, arbitrary: fc.constant<unknown>('x1') }, { weight: 1, arbitrary: anyValue }),
        ),
      ),
    ),
    optional: fc.subarray(['externalReferenceCategory', 'externalReferenceId', 'fnoJournalNameId']),
    optionalValue: anyValue,
    quantity: renamed('quantity', anyDecimal),
    costPrice: fc.option(renamed('costPrice', anyDecimal), { nil: undefined }),
    transDate: fc.option(renamed('transDate', anyDate), { nil: undefined }),
    dimensions: mostly(dimensions, anyValue),
    surplus: fc.option(fc.constantFrom('colour', 'ID', 'Quantity'), { nil: undefined, freq: 8 }),
  })
  .map(
    ({ texts, optional, optionalValue, quantity, costPrice, transDate, dimensions: given, surplus }) =>
      [
        ['id', 'B'],
        ...texts,
        ...optional.map((name): [string, unknown] => [name, optionalValue]),
        quantity,
        ...(costPrice ? [costPrice] : []),
        ...(transDate ? [transDate] : []),
        ['dimensions', given],
        ...(surplus === undefined ? [] : [[surplus, 'x']]),
      ] as [string, unknown][],
  );

/** As JSON.stringify would write an object, names twice included. */
const jsonOf = (members: readonly (readonly [string, unknown])[]): string =>
  `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`;

test('what it takes, the thorough way takes, and both mean the same', () => {
  let taken = 0;
  const shared = new PlainLines();
  fc.assert(
    fc.property(anyLine, (members) => {
      const text = jsonOf(members);
      let short;
      try {
        short = plain(text, shared);
      } catch {
        return;
      }
      if (short === undefined) return;
      taken++;
      const { lines, problems } = thorough(text);
      expect(problems).toEqual([]);
      const [other] = lines;
      // The thorough way met an id with one letter more, so that it could not be the short one.
      expect(other?.id).toBe(`A${short.id}`);
      expect(other && canonicalForm({ ...other, id: short.id })).toBe(canonicalForm(short));
      expect(Object.keys(short).sort()).toEqual(Object.keys(other ?? {}).sort());
    }),
    { numRuns: 3000 },
  );
  expect(taken).toBeGreaterThan(50);
});

describe('is taken', () => {
  test.each<[string, object]>([
    ['the plainest line', {}],
    [
      'empty strings and nulls',
      { costPrice: '', transDate: null, externalReferenceId: '', dimensions: { siteId: '1', x: null } },
    ],
    ['another order and case of names', { QUANTITY: undefined, quantity: '5.50', TransDate: '2026-01-31' }],
  ])('%s', (_what, changes) => {
    expect(plain(JSON.stringify({ ...seed, ...changes }))).toBeDefined();
  });
});

describe('is left to the thorough way', () => {
  test.each<[string, object]>([
    ['text beyond ASCII', { productId: 'Ä' }],
    ['a dimension beyond ASCII', { dimensions: { siteId: 'é' } }],
    ['a field nobody knows', { colour: 'red' }],
    ['a field in two spellings', { Id: 'A-1' }],
    ['a missing field', { productId: '' }],
    ['a text that is too long', { productId: 'x'.repeat(101) }],
    ['a wrong type', { productId: 5 }],
    ['a quantity that is none', { quantity: '5,5' }],
    ['a day that is none', { transDate: '2026-02-30' }],
    ['a dimension in two spellings', { dimensions: { siteId: '1', SITEID: '1' } }],
    [
      'too many dimensions',
      { dimensions: Object.fromEntries(Array.from({ length: 34 }, (_, n) => [`d${n}`, 'x'])) },
    ],
  ])('%s', (_what, changes) => {
    expect(plain(JSON.stringify({ ...seed, ...changes }))).toBeUndefined();
  });
});
