import { describe, expect, test } from 'vitest';
import type { LineProblem } from './adjustmentLine.ts';
import { LINE_PROBLEM_TITLES } from './lineProblems.ts';
import type { ParsedAdjustments } from './parseAdjustments.ts';
import { parseAdjustments } from './parseAdjustments.ts';

const seed = {
  id: 'A-1',
  organizationId: 'usmf',
  productId: 'D0001',
  quantityDataSource: 'pos',
  physicalMeasure: 'inbound',
  dimensions: { siteId: '1', locationId: '13' },
  quantity: 5,
};

const parse = (lines: unknown): ParsedAdjustments =>
  parseAdjustments(Buffer.from(JSON.stringify(lines)), 1000);
const problemsOf = (changes: object): readonly LineProblem[] => parse([{ ...seed, ...changes }]).problems;

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
      { dimensions: { ['n'.repeat(51)]: '1' } },
      'TooLong',
      `dimensions.${'n'.repeat(51)}`,
      'n'.repeat(51),
      `dimensions.${'n'.repeat(51)} of line 0 ("${'n'.repeat(51)}") has 51 characters; at most 50 are allowed.`,
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

  test.each<[object, string]>([
    [{ costPrice: true }, '(true) is a boolean; it must be a number or a decimal string, e.g. "12.5".'],
    [{ productId: { siteId: '1' } }, '(an object) is an object; it must be a string.'],
  ])('%j is of the wrong type', (changes, message) => {
    const [field] = Object.keys(changes);
    expect(problemsOf(changes).map((problem) => problem.message)).toEqual([`${field} of line 0 ${message}`]);
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
