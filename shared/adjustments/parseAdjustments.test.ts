import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LineProblem, SubmittedLine } from './adjustmentLine.ts';
import { LINE_PROBLEM_TITLES } from './lineProblems.ts';
import { parseAdjustments, RefusedRequestError } from './parseAdjustments.ts';

const seed = {
  id: 'A-1',
  organizationId: 'usmf',
  productId: 'D0001',
  quantityDataSource: 'pos',
  physicalMeasure: 'inbound',
  dimensions: { siteId: '1', locationId: '13' },
  quantity: 5,
};

const body = (value: unknown): Uint8Array =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const parse = (value: unknown, maxLines = 1000) => parseAdjustments(body(value), maxLines);
const lineOf = (changes: object): SubmittedLine | undefined => parse([{ ...seed, ...changes }]).lines[0];
const problemsOf = (changes: object): readonly LineProblem[] => parse([{ ...seed, ...changes }]).problems;

function refusal(value: unknown, maxLines?: number): string {
  try {
    parseAdjustments(value instanceof Uint8Array ? value : body(value), maxLines ?? 1000);
  } catch (error) {
    if (error instanceof RefusedRequestError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'taken';
}

describe('a request that cannot be taken as a whole', () => {
  test.each<[unknown, string]>([
    [
      '',
      'BodyNotJson: The body is not acceptable JSON. Line 1, column 1: found the end of the text instead of a value.',
    ],
    [
      '[{]',
      'BodyNotJson: The body is not acceptable JSON. Line 1, column 3: found "]" instead of a name in double quotes.',
    ],
    [
      '[{"id":"a","id":"b"}]',
      'BodyNotJson: The body is not acceptable JSON. Line 1, column 12: found the name "id" twice in one object.',
    ],
    [
      '[{"dimensions":{"__proto__":"x"}}]',
      'BodyNotJson: The body is not acceptable JSON. Line 1, column 17: found the name "__proto__", which is not allowed.',
    ],
    [
      '[{"quantity":NaN}]',
      'BodyNotJson: The body is not acceptable JSON. Line 1, column 14: found "N" instead of a value.',
    ],
    [
      Buffer.from([0x5b, 0xff, 0x5d]),
      'BodyNotUtf8: The text is not UTF-8: 0xff at byte 1. Encode it as UTF-8.',
    ],
    [seed, 'BodyNotAnArray: The body is not a JSON array; post an array of lines.'],
    ['null', 'BodyNotAnArray: The body is not a JSON array; post an array of lines.'],
    [[], 'NoLines: The array is empty; post at least one line.'],
  ])('%j', (value, message) => {
    expect(refusal(value)).toBe(message);
  });

  test('too many lines', () => {
    expect(refusal([seed, seed, seed], 2)).toBe(
      'TooManyLines: The request has 3 lines; at most 2 are allowed. Post them in several requests.',
    );
    expect(refusal([seed, { ...seed, id: 'A-2' }], 2)).toBe('taken');
  });
});

describe('a line that is right', () => {
  test('comes out as it was meant', () => {
    const everything = {
      ...seed,
      dimensions: { siteId: '1', locationId: '13', ColorId: 'red', batchId: '' },
      externalReferenceCategory: 'Sales order',
      externalReferenceId: 'SO-1',
      fnoJournalNameId: 'IAdj',
      costPrice: 0,
      transDate: '2026-01-31T00:00:00',
    };
    expect(parse([everything])).toEqual({
      lines: [
        {
          ...everything,
          dimensions: [
            ['ColorId', 'red'],
            ['locationId', '13'],
            ['siteId', '1'],
          ],
          quantity: '5',
          costPrice: '0',
          transDate: '2026-01-31',
        },
      ],
      ids: ['A-1'],
      problems: [],
    });
  });

  test('whatever the case of its field names', () => {
    const shouted = Object.fromEntries(
      Object.entries(seed).map(([name, value]) => [name.toUpperCase(), value]),
    );
    expect(parse([shouted]).lines).toEqual(parse([seed]).lines);
  });

  test('empty strings and nulls are absent', () => {
    const line = lineOf({ costPrice: '', transDate: null, externalReferenceId: '', fnoJournalNameId: null });
    expect(line).toEqual(lineOf({}));
    expect(line && 'costPrice' in line).toBe(false);
  });

  test.each<[string, unknown, string]>([
    ['a number', 12.5, '12.5'],
    ['a decimal string', '12.50', '12.5'],
    ['float noise', 0.1 + 0.2, '0.3'],
    ['a negative', -1, '-1'],
    ['zero', 0, '0'],
  ])('takes %s as quantity and as cost', (_what, value, canonical) => {
    expect(lineOf({ quantity: value, costPrice: value })).toMatchObject({
      quantity: canonical,
      costPrice: canonical,
    });
  });

  test('minus zero and long numbers keep their exact text', () => {
    const text = JSON.stringify([seed]).replace(
      '"quantity":5',
      '"quantity":-0.0,"costPrice":9007199254.7409931234',
    );
    expect(parse(text).lines[0]).toMatchObject({ quantity: '0', costPrice: '9007199254.7409931234' });
  });

  test('1e309 is a number out of range, not infinity', () => {
    const { problems } = parse(JSON.stringify([seed]).replace('"quantity":5', '"quantity":1e309'));
    expect(problems.map(({ code, value }) => [code, value])).toEqual([['OutOfRange', '1e309']]);
  });

  test('text is composed', () => {
    const decomposed = 'Cafe\u0301';
    expect(lineOf({ id: decomposed, dimensions: { siteId: decomposed, locationId: '1' } })).toMatchObject({
      id: 'Café',
      dimensions: [
        ['locationId', '1'],
        ['siteId', 'Café'],
      ],
    });
  });

  test.each([
    'ÅÄÖ',
    '日本語',
    '😀',
    "Robert'); DROP TABLE lines;--",
    '=1+1',
    '../../etc/passwd',
    'a b',
    'NULL',
    '0',
    '<script>',
    '%00',
    '${x}',
    'İßK',
  ])('with the unusual id %j', (id) => {
    expect(lineOf({ id })?.id).toBe(id.normalize('NFC'));
  });

  test('as long as the limits allow, counted in characters', () => {
    const line = {
      id: '😀'.repeat(128),
      organizationId: 'o'.repeat(50),
      productId: 'p'.repeat(100),
      quantityDataSource: 'q'.repeat(50),
      physicalMeasure: 'm'.repeat(50),
      dimensions: { ['d'.repeat(50)]: 'v'.repeat(50) },
      externalReferenceCategory: 'c'.repeat(50),
      externalReferenceId: 'r'.repeat(100),
      fnoJournalNameId: 'j'.repeat(20),
    };
    expect(problemsOf(line)).toEqual([]);
    expect(
      problemsOf(
        Object.fromEntries(Object.entries(line).map(([k, v]) => [k, typeof v === 'string' ? `${v}x` : v])),
      ),
    ).toHaveLength(8);
  });
});

describe('a line that is wrong', () => {
  test.each<[object, string, string, string | undefined, string]>([
    [
      { quantity: '12,5' },
      'NotADecimal',
      'quantity',
      '12,5',
      'quantity of line 0 ("12,5") is not a decimal number; use a point and no separators, e.g. "12.5".',
    ],
    [
      { quantity: 'five' },
      'NotADecimal',
      'quantity',
      'five',
      'quantity of line 0 ("five") is not a decimal number; write digits, e.g. "12.5".',
    ],
    [
      { costPrice: 'NaN' },
      'NotADecimal',
      'costPrice',
      'NaN',
      'costPrice of line 0 ("NaN") is not a decimal number; write digits, e.g. "12.5".',
    ],
    [
      { quantity: 0.12345678901 },
      'TooManyDecimals',
      'quantity',
      '0.12345678901',
      'quantity of line 0 (0.12345678901) has more than 10 decimals; round it to at most 10.',
    ],
    [
      { quantity: '0.30000000000000004' },
      'TooManyDecimals',
      'quantity',
      '0.30000000000000004',
      'quantity of line 0 ("0.30000000000000004") has more than 10 decimals; round it to at most 10.',
    ],
    [
      { quantity: 1e300 },
      'OutOfRange',
      'quantity',
      '1e+300',
      'quantity of line 0 (1e+300) is out of range; it must lie between -100000000000 and 100000000000.',
    ],
    [
      { quantity: '100000000000.01' },
      'OutOfRange',
      'quantity',
      '100000000000.01',
      'quantity of line 0 ("100000000000.01") is out of range; it must lie between -100000000000 and 100000000000.',
    ],
    [
      { quantity: true },
      'WrongType',
      'quantity',
      'true',
      'quantity of line 0 (true) is a boolean; it must be a number or a decimal string, e.g. "12.5".',
    ],
    [
      { quantity: {} },
      'WrongType',
      'quantity',
      'an object',
      'quantity of line 0 (an object) is an object; it must be a number or a decimal string, e.g. "12.5".',
    ],
    [
      { quantity: '' },
      'MissingField',
      'quantity',
      undefined,
      'quantity of line 0 is missing; it is required.',
    ],
    [
      { quantity: null },
      'MissingField',
      'quantity',
      undefined,
      'quantity of line 0 is missing; it is required.',
    ],
    [{ id: undefined }, 'MissingField', 'id', undefined, 'id of line 0 is missing; it is required.'],
    [{ id: 17 }, 'WrongType', 'id', '17', 'id of line 0 (17) is a number; it must be a string.'],
    [
      { id: 'x'.repeat(129) },
      'TooLong',
      'id',
      `${'x'.repeat(100)}…`,
      `id of line 0 ("${'x'.repeat(100)}…") has 129 characters; at most 128 are allowed.`,
    ],
    [
      { id: ' A-1' },
      'InvalidCharacters',
      'id',
      ' A-1',
      'id of line 0 (" A-1") begins or ends with a space; remove it.',
    ],
    [
      { id: 'A-1\u00a0' },
      'InvalidCharacters',
      'id',
      String.raw`A-1\u00a0`,
      String.raw`id of line 0 ("A-1\u00a0") begins or ends with a space; remove it.`,
    ],
    [
      { productId: 'a\u200bb' },
      'InvalidCharacters',
      'productId',
      String.raw`a\u200bb`,
      String.raw`productId of line 0 ("a\u200bb") holds the invisible character U+200B; remove it.`,
    ],
    [
      { productId: 'a\u202eb' },
      'InvalidCharacters',
      'productId',
      String.raw`a\u202eb`,
      String.raw`productId of line 0 ("a\u202eb") holds the invisible character U+202E; remove it.`,
    ],
    [
      { organizationId: 'us\u0000mf' },
      'InvalidCharacters',
      'organizationId',
      String.raw`us\u0000mf`,
      String.raw`organizationId of line 0 ("us\u0000mf") holds the invisible character U+0000; remove it.`,
    ],
    [
      { externalReferenceId: 'a\nb' },
      'InvalidCharacters',
      'externalReferenceId',
      String.raw`a\u000ab`,
      String.raw`externalReferenceId of line 0 ("a\u000ab") holds the invisible character U+000A; remove it.`,
    ],
    [
      { transDate: '2026-02-29' },
      'InvalidDate',
      'transDate',
      '2026-02-29',
      'transDate of line 0 ("2026-02-29") is not a date that a journal can carry; write a day of the calendar as yyyy-MM-dd, after 1900-01-01 (which means "no date") and not after 2154-12-31, e.g. "2026-01-31".',
    ],
    [
      { transDate: 20260131 },
      'WrongType',
      'transDate',
      '20260131',
      'transDate of line 0 (20260131) is a number; it must be a string.',
    ],
    [
      { colour: 'red' },
      'UnknownField',
      'colour',
      undefined,
      'Line 0 has the field "colour", which does not exist. The fields are: id, organizationId, productId, quantityDataSource, physicalMeasure, dimensions, quantity, externalReferenceCategory, externalReferenceId, fnoJournalNameId, costPrice, transDate.',
    ],
    [
      { toString: 'x' },
      'UnknownField',
      'toString',
      undefined,
      'Line 0 has the field "toString", which does not exist.',
    ],
    [
      { Quantity: 6 },
      'DuplicateField',
      'quantity',
      'Quantity',
      'Line 0 has quantity twice, the second time as "Quantity". Names are compared without regard to case; keep one.',
    ],
    [
      { dimensions: { siteId: '1', SITEID: '2' } },
      'DuplicateField',
      'dimensions.siteid',
      'dimensions.SITEID',
      'Line 0 has dimensions.siteid twice',
    ],
    [
      { dimensions: undefined },
      'MissingField',
      'dimensions',
      undefined,
      'dimensions of line 0 is missing; it is required.',
    ],
    [
      { dimensions: [] },
      'WrongType',
      'dimensions',
      'an array',
      'dimensions of line 0 (an array) is an array; it must be an object of dimension names and values.',
    ],
    [
      { dimensions: { siteId: 1 } },
      'WrongType',
      'dimensions.siteId',
      '1',
      'dimensions.siteId of line 0 (1) is a number; it must be a string.',
    ],
    [
      { dimensions: { siteId: 'x'.repeat(51) } },
      'TooLong',
      'dimensions.siteId',
      'x'.repeat(51),
      `dimensions.siteId of line 0 ("${'x'.repeat(51)}") has 51 characters; at most 50 are allowed.`,
    ],
    [
      { dimensions: { 'a/~b': ' 1' } },
      'InvalidCharacters',
      'dimensions.a/~b',
      ' 1',
      'dimensions.a/~b of line 0 (" 1") begins or ends with a space; remove it.',
    ],
    [
      { dimensions: { 'a\u200b': '1' } },
      'InvalidCharacters',
      String.raw`dimensions.a\u200b`,
      String.raw`a\u200b`,
      String.raw`dimensions.a\u200b of line 0 ("a\u200b") holds the invisible character U+200B; remove it.`,
    ],
    [
      { dimensions: Object.fromEntries(Array.from({ length: 34 }, (_, i) => [`d${i}`, 'x'])) },
      'TooManyDimensions',
      'dimensions',
      undefined,
      'dimensions of line 0 has more than 33 dimensions; there are no more.',
    ],
  ])('%j', (changes, code, field, value, message) => {
    const problems = problemsOf(changes);
    expect(problems).toEqual([
      {
        code,
        line: 0,
        field,
        message: expect.stringContaining(message) as string,
        ...(value === undefined ? {} : { value }),
      },
    ]);
    expect(Object.keys(LINE_PROBLEM_TITLES)).toContain(code);
    expect(parse([{ ...seed, ...changes }]).lines).toEqual([undefined]);
  });

  test.each<[unknown, string]>([
    [1, 'Line 1 is a number; it must be a JSON object.'],
    ['x', 'Line 1 is a string; it must be a JSON object.'],
    [null, 'Line 1 is null; it must be a JSON object.'],
    [[], 'Line 1 is an array; it must be a JSON object.'],
  ])('%j is no line', (value, message) => {
    const parsed = parse([seed, value]);
    expect(parsed.problems).toEqual([{ code: 'NotAnObject', line: 1, field: '', message }]);
    expect(parsed.lines[0]).toBeDefined();
  });

  test('all its problems are told, and its id with them', () => {
    const parsed = parse([{ id: 'A-9', Colour: 1, productId: 5, quantity: 'x' }]);
    expect(parsed.problems.map(({ code, field }) => `${code} ${field}`).sort()).toEqual([
      'MissingField dimensions',
      'MissingField organizationId',
      'MissingField physicalMeasure',
      'MissingField quantityDataSource',
      'NotADecimal quantity',
      'UnknownField Colour',
      'WrongType productId',
    ]);
    expect(parsed.ids).toEqual(['A-9']);
  });

  test('a line of nothing but mistakes is answered shortly', () => {
    const wrong = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`x${i}`, i]));
    expect(parse([wrong]).problems).toHaveLength(20);
    const dimensions = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`x${i}`, i]));
    expect(parse([{ ...seed, dimensions }]).problems).toHaveLength(20);
  });
});

describe('the same id twice', () => {
  test('refuses both lines, each naming the other', () => {
    const parsed = parse([seed, { ...seed, id: 'A-2' }, { ...seed, quantity: 7, organizationId: 'USMF' }]);
    expect(parsed.problems).toEqual([
      {
        code: 'DuplicateIdInRequest',
        line: 2,
        field: 'id',
        value: 'A-1',
        message:
          'id of line 2 ("A-1") is also the id of line 0; give every line of a legal entity its own id.',
      },
      {
        code: 'DuplicateIdInRequest',
        line: 0,
        field: 'id',
        value: 'A-1',
        message:
          'id of line 0 ("A-1") is also the id of line 2; give every line of a legal entity its own id.',
      },
    ]);
    expect(parsed.lines.map((line) => line?.id)).toEqual([undefined, 'A-2', undefined]);
  });

  test('is one id in composed and in decomposed form', () => {
    expect(
      parse([
        { ...seed, id: 'é' },
        { ...seed, id: 'e\u0301' },
      ]).problems,
    ).toHaveLength(2);
  });

  test('is allowed in two legal entities, and ids differ by case', () => {
    expect(parse([seed, { ...seed, organizationId: 'demf' }, { ...seed, id: 'a-1' }]).problems).toEqual([]);
  });
});

test('any JSON is answered with lines or with problems, never with a crash', () => {
  const field = fc.constantFrom(...Object.keys(seed), 'transDate', 'costPrice', 'Id', 'x');
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('1', '2026-01-01', { siteId: '1' }));
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.dictionary(field, value),
          fc.dictionary(field, value).map((d) => ({ ...seed, ...d })),
          fc.jsonValue({ maxDepth: 1 }),
        ),
        { minLength: 1, maxLength: 5 },
      ),
      (lines) => {
        const text = JSON.stringify(lines);
        if (/"__proto__"|"constructor"|"prototype"/.test(text)) return;
        const parsed = parse(text);
        expect(parsed.lines).toHaveLength(lines.length);
        const wrong = new Set(parsed.problems.map((problem) => problem.line));
        for (const [position, line] of parsed.lines.entries())
          expect(line === undefined).toBe(wrong.has(position));
      },
    ),
    { numRuns: 1000 },
  );
});
