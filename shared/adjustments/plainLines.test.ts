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

type Member = readonly [name: string, value: unknown];

const anyCase = (name: string) => fc.constantFrom(name, name, name.toUpperCase(), name.toLowerCase());
const plainText = fc.constantFrom<unknown>('x', 'Red', 'a b', '~!', 'x1');
const absent = fc.constantFrom<unknown>('', null);
const plainDecimal = fc.oneof(
  fc.constantFrom<unknown>(0, 12.5, '12.50', '-0', '1e3', 0.1 + 0.2, '99999999999.9999999999'),
  fc.integer({ max: 1e9 }),
);
const plainDate = fc.constantFrom<unknown>('2026-01-31', '2026-01-31', '2024-02-29', '2026-01-31T00:00:00Z');
const plainDimensions = fc
  .uniqueArray(
    fc.tuple(
      fc.constantFrom('siteId', 'LOCATIONID', 'ColorId', 'x y', 'configid'),
      fc.oneof(plainText, absent),
    ),
    { maxLength: 4, selector: ([name]) => name },
  )
  .map((pairs): unknown => Object.fromEntries(pairs));

/** What may be wrong with a value, or just as right but not plain. */
const oddValue = fc.oneof(
  fc.constantFrom<unknown>(
    '',
    null,
    ' x',
    'x ',
    'é',
    'e\u0301',
    '"',
    '\\',
    '\u007f',
    '\u200b',
    0,
    -5,
    true,
    [],
  ),
  fc.constantFrom<unknown>({}, 'x'.repeat(51), 'x'.repeat(101), 1e21, '1,5', '1e11', 'today', '2026-02-30'),
  fc.string({ maxLength: 12 }),
  fc.double(),
);
const oddName = fc.constantFrom('colour', 'ID', 'Quantity', 'é', '', 'dimensions');
const oddDimension = fc.tuple(
  fc.oneof(
    fc.constantFrom('siteId', 'SITEID', 'x y', ' x', 'x ', '\u200b', 'é', 'e\u0301', '', 'n'.repeat(51)),
    fc.string({ maxLength: 6 }),
  ),
  fc.oneof(plainText, oddValue),
);

const member = (name: string, value: fc.Arbitrary<unknown>) => fc.tuple(anyCase(name), value);
const perhaps = (name: string, value: fc.Arbitrary<unknown>) =>
  fc.option(member(name, fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: absent })), {
    nil: undefined,
  });

/** A line that the short way should take. */
const plainLine = fc
  .tuple(
    fc.constant<Member>(['id', 'B']),
    ...['organizationId', 'productId', 'quantityDataSource', 'physicalMeasure'].map((name) =>
      member(name, plainText),
    ),
    member('dimensions', plainDimensions),
    member('quantity', plainDecimal),
    ...['externalReferenceCategory', 'externalReferenceId', 'fnoJournalNameId'].map((name) =>
      perhaps(name, plainText),
    ),
    perhaps('costPrice', plainDecimal),
    perhaps('transDate', plainDate),
  )
  .map((members) => members.filter((one) => one !== undefined));

/** One thing about a line that may close the short way to it. The id stays, because the thorough way changes it. */
const mutation: fc.Arbitrary<(members: readonly Member[]) => readonly Member[]> = fc.oneof(
  fc.tuple(fc.nat(), oddValue).map(([at, value]) => (members: readonly Member[]) => {
    const [id, ...others] = members as readonly [Member, ...Member[]];
    return [id, ...others.map((one, n): Member => (n === at % others.length ? [one[0], value] : one))];
  }),
  fc.nat().map((at) => ([id, ...others]: readonly Member[]) => {
    const kept = others.filter((_, n) => n !== at % others.length);
    return id === undefined ? kept : [id, ...kept];
  }),
  fc.tuple(oddName, oddValue).map((surplus) => (members: readonly Member[]) => [...members, surplus]),
  oddDimension.map(
    ([name, value]) =>
      (members: readonly Member[]) =>
        members.map(([field, given]): Member => {
          const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
          return [field, isObject ? { ...given, [name]: value } : given];
        }),
  ),
);

/** Half of the lines plain, the others changed in one or two respects. */
const anyLine = fc
  .tuple(
    plainLine,
    fc.oneof(
      { weight: 1, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(mutation, { minLength: 1, maxLength: 2 }) },
    ),
  )
  .map(([line, mutations]) =>
    mutations.reduce<readonly Member[]>((members, mutate) => mutate(members), line),
  );

/** As JSON.stringify would write an object, names twice included. */
const jsonOf = (members: readonly Member[]): string =>
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
  // Of 3,000: a test that seldom takes the short way says little about it.
  expect(taken).toBeGreaterThan(1000);
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
