import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LineProblem, SubmittedLine } from './adjustmentLine.ts';
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
/** The dimensions that a line has, by their names as given. */
const dimensionsOf = (line: SubmittedLine | undefined): unknown[] =>
  (line?.dimensions.names.given ?? []).flatMap((name, index) => {
    const value = line?.dimensions.values[index];
    return value === undefined ? [] : [[name, value]];
  });
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
    const parsed = parse([everything]);
    const { dimensions: _dimensions, ...fields } = everything;
    expect(parsed).toMatchObject({
      lines: [{ ...fields, quantity: '5', costPrice: '0', transDate: '2026-01-31' }],
      ids: ['A-1'],
      problems: [],
    });
    expect(dimensionsOf(parsed.lines[0])).toEqual([
      ['ColorId', 'red'],
      ['locationId', '13'],
      ['siteId', '1'],
    ]);
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
    const line = lineOf({ id: decomposed, dimensions: { siteId: decomposed, locationId: '1' } });
    expect(line?.id).toBe('Café');
    expect(dimensionsOf(line)).toEqual([
      ['locationId', '1'],
      ['siteId', 'Café'],
    ]);
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

  test('three times refuses all of them, the first one naming the second', () => {
    const { lines, problems } = parse([seed, seed, seed]);
    expect(lines).toEqual([undefined, undefined, undefined]);
    expect(problems.map(({ line, message }) => [line, /line \d;/.exec(message)?.[0]])).toEqual([
      [1, 'line 0;'],
      [0, 'line 1;'],
      [2, 'line 0;'],
    ]);
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

test('ids stand at the positions of their lines, whatever is wrong with the lines', () => {
  const { ids } = parse([
    'x',
    seed,
    { ...seed, id: 5 },
    { ...seed, id: 'A-2', quantity: 'x' },
    { id: 'A-3' },
  ]);
  expect(ids).toEqual([undefined, 'A-1', undefined, 'A-2', 'A-3']);
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
