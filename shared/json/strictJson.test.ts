import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonSyntaxError } from './jsonSyntaxError.ts';
import { JsonNumber, JsonObject } from './jsonValue.ts';
import { parseStrictJson, parseStrictJsonBytes } from './strictJson.ts';
import type { JsonValue } from './jsonValue.ts';

/** As JSON.parse would give it, to compare with. */
function plain(value: JsonValue | undefined): unknown {
  if (value instanceof JsonNumber) return Number(value.text);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof JsonObject)
    return Object.fromEntries(value.shape.names.map((name, index) => [name, plain(value.values[index])]));
  return value;
}

function refusal(text: string, maxDepth?: number): string {
  try {
    parseStrictJson(text, maxDepth);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('accepts what JSON is', () => {
  test.each([
    'null',
    'true',
    'false',
    '0',
    '-0',
    '-1.5e+10',
    '1E5',
    '0.1e-1',
    '1e309',
    '123456789012345678901234567890.1234567890123456789',
    '""',
    '"a"',
    ' \t\r\n"a"\n ',
    '[]',
    '[ ]',
    '{}',
    '{ }',
    '[1,2 , 3]',
    '[[[]],{}]',
    '{"a":{"b":[null]}}',
    '{"":0}',
    '{"0":1,"toString":2,"hasOwnProperty":3}',
    String.raw`"\"\\\/\b\f\n\r\t"`,
    String.raw`"\u0000\u001f\uFFFF"`,
    String.raw`"\ud83d\ude00 and 😀"`,
    String.raw`"\u00e9é"`,
    String.raw`{"a\u0062":1}`,
    '"\u007f\u2028\u2029\ufeff"',
  ])('%s', (text) => {
    expect(plain(parseStrictJson(text))).toEqual(JSON.parse(text));
  });

  test('whatever JSON.stringify writes, indented or not', () => {
    const names = fc
      .string({ unit: 'grapheme' })
      .filter((name) => !/^(__proto__|constructor|prototype)$/.test(name));
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 6 },
        fc.oneof(
          fc.string({ unit: 'grapheme' }),
          fc.boolean(),
          fc.constant(null),
          fc.integer(),
          fc.double({ noNaN: true, noDefaultInfinity: true }),
        ),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(names, tie('value'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 3 }), (any, indent) => {
        const text = JSON.stringify(any, null, indent);
        expect(plain(parseStrictJson(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  test('the text of numbers is kept', () => {
    expect(parseStrictJson('[0.30000000000000004,9007199254740993,-0.0,1E+2]')).toEqual(
      ['0.30000000000000004', '9007199254740993', '-0.0', '1E+2'].map((text) => new JsonNumber(text)),
    );
  });

  test('as deep as asked for', () => {
    expect(refusal('[[[{"a":[[[{}]]]}]]]')).toBe('accepted');
    expect(refusal('[1]', 1)).toBe('accepted');
  });
});

describe('refuses what JSON is not', () => {
  test.each([
    '',
    ' ',
    'nul',
    'nULL',
    'True',
    'undefined',
    'NaN',
    'Infinity',
    '-Infinity',
    "'a'",
    '"a',
    '"',
    '"\\',
    '"\\"',
    String.raw`"\x41"`,
    String.raw`"\'"`,
    String.raw`"\u12"`,
    String.raw`"\u12g4"`,
    String.raw`"\u+123"`,
    '"a\nb"',
    '"a\tb"',
    '"a\u0000b"',
    '[',
    ']',
    '[1',
    '[1,',
    '[1,]',
    '[,1]',
    '[1 2]',
    '[1}',
    '{',
    '}',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{,}',
    '{"a" 1}',
    '{"a":1]',
    '{"a"::1}',
    '{a:1}',
    "{'a':1}",
    '{1:1}',
    '{null:1}',
    '1 2',
    '[] []',
    '{}{',
    '"a" "b"',
    '01',
    '-01',
    '+1',
    '-',
    '.5',
    '-.5',
    '5.',
    '5.e1',
    '1e',
    '1e+',
    '1ee2',
    '1e1.5',
    '0x1',
    '1_0',
    '1,5',
    '１',
    '- 1',
    '[1]\u00a0',
    '\u00a0[1]',
    '\u000b1',
    '\ufeff[1]',
    '// a\n1',
    '/* a */ 1',
    '[1]\u0000',
  ])('%j', (text) => {
    expect(refusal(text)).not.toBe('accepted');
    expect(() => void JSON.parse(text)).toThrow();
  });

  test.each([
    ['{"a":1,"a":1}', 'Line 1, column 8: found the name "a" twice in one object.'],
    [
      String.raw`{"quantity":1,"quantit\u0079":100}`,
      'Line 1, column 15: found the name "quantity" twice in one object.',
    ],
    ['{"0":1,"0":1}', 'Line 1, column 8: found the name "0" twice in one object.'],
    ['[{"__proto__":{"admin":true}}]', 'Line 1, column 3: found the name "__proto__", which is not allowed.'],
    [String.raw`{"\u005f_proto__":1}`, 'Line 1, column 2: found the name "__proto__", which is not allowed.'],
    [
      '{"constructor":{"prototype":{}}}',
      'Line 1, column 2: found the name "constructor", which is not allowed.',
    ],
    ['{"prototype":1}', 'Line 1, column 2: found the name "prototype", which is not allowed.'],
    [String.raw`"\ud800"`, 'Line 1, column 1: found a string with half of a surrogate pair.'],
    [String.raw`"\udc00\ud800"`, 'Line 1, column 1: found a string with half of a surrogate pair.'],
    ['"\ud800"', 'Line 1, column 1: found a string with half of a surrogate pair.'],
    [String.raw`{"\ud800":1}`, 'Line 1, column 2: found a string with half of a surrogate pair.'],
    ['[[[[[[[[[]]]]]]]]]', 'Line 1, column 9: found more than 8 levels of nesting.'],
    ['[\n  1,\n  {"é😀": tru}\n]', 'Line 3, column 10: found "t" instead of a value.'],
    ['[1,2', 'Line 1, column 5: found the end of the text instead of "," or "]".'],
    ['[1\u200b]', String.raw`Line 1, column 3: found "\u200b" instead of "," or "]".`],
    ['{"a"=1}', 'Line 1, column 5: found "=" instead of ":".'],
    ['[1.]', 'Line 1, column 4: found "]" instead of a digit.'],
    ['"a', 'Line 1, column 3: found the end of the text within a string.'],
    ['"a\n"', 'Line 1, column 3: found a control character within a string, which must be escaped.'],
  ])('%j: %s', (text, message) => {
    expect(refusal(text)).toBe(message);
  });

  test('bombs of nesting, without running out of stack', () => {
    expect(refusal('['.repeat(1_000_000))).toContain('levels of nesting');
    expect(refusal('{"a":'.repeat(200_000))).toContain('levels of nesting');
  });

  test('exactly the mutations of JSON that JSON.parse refuses, and never crashes', () => {
    const sample = '[{"id":"a-1","quantity":-1.5e3,"dimensions":{"x":"\\u00e9"},"f":[true,false,null]},[]]';
    const cut = fc.record({
      at: fc.nat(sample.length),
      remove: fc.nat(3),
      insert: fc.string({
        unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', '0', '-', 'e', '.', 'u', ' ', '\n'),
      }),
    });
    fc.assert(
      fc.property(cut, ({ at, remove, insert }) => {
        const text = sample.slice(0, at) + insert + sample.slice(at + remove);
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          expect(refusal(text)).not.toBe('accepted');
          return;
        }
        const said = refusal(text);
        if (said === 'accepted') expect(plain(parseStrictJson(text))).toEqual(expected);
        else expect(said).toMatch(/twice in one object|levels of nesting|surrogate/);
      }),
      { numRuns: 2000 },
    );
  });
});

function objects(text: string): JsonObject[] {
  const value = parseStrictJson(text);
  return (Array.isArray(value) ? value : [value]).filter((one) => one instanceof JsonObject);
}

describe('objects', () => {
  test('with the same names in the same order share a shape, whatever stands between the names', () => {
    const [first, spaced, escaped, other, shorter, longer] = objects(
      '[{"a":1,"b":2}, { "a" : 1 , "b":[] },{"\\u0061":1,"b":0},{"b":1,"a":2},{"a":1},{"a":1,"b":2,"c":3}]',
    );
    expect(spaced?.shape).toBe(first?.shape);
    expect(escaped?.shape).toBe(first?.shape);
    expect(other?.shape.names).toEqual(['b', 'a']);
    expect(shorter?.shape.names).toEqual(['a']);
    expect(longer?.shape.names).toEqual(['a', 'b', 'c']);
    expect(first?.shape.names).toEqual(['a', 'b']);
  });

  test('a name that only begins like the expected one is another', () => {
    const [first, second, third] = objects('[{"a":1},{"ab":1},{"a\\"":1}]');
    expect([first, second, third].map((object) => object?.shape.names)).toEqual([['a'], ['ab'], ['a"']]);
  });

  test('a name twice is found also where the names before it are known', () => {
    expect(refusal('[{"a":1,"b":2},{"a":1,"b":2,"a":3}]')).toContain('the name "a" twice');
    expect(refusal('[{"a":1,"b":2},{"a":1,"c":2,"a":3}]')).toContain('the name "a" twice');
  });

  test('know whether their texts are plain', () => {
    const plainness = (text: string) => objects(text).map(({ isPlain }) => isPlain);
    expect(plainness('[{"a":"x y"},{"a":""},{"a":"~!"},{"a":1,"b":null},{}]')).toEqual(Array(5).fill(true));
    expect(
      plainness(String.raw`[{"a":" x"},{"a":"x "},{"a":" "},{"a":"é"},{"a":"\""},{"a":"x","b":""}]`),
    ).toEqual(Array(6).fill(false));
    const [outer] = objects('[{"é":"x","b":{"c":"é"},"d":"y"}]');
    expect(outer?.isPlain).toBe(true);
    expect((outer?.values[1] as JsonObject).isPlain).toBe(false);
  });

  test('many names cost no more than their text', () => {
    const names = Array.from({ length: 60_000 }, (_, index) => `"n${index}":0`).join();
    const [first, second] = objects(`[{${names}},{${names},"more":1}]`);
    expect(first?.shape.names).toHaveLength(60_000);
    expect(second?.shape.names.at(-1)).toBe('more');
  });

  test('nothing else is one', () => {
    for (const text of ['[]', '1', '"a"', 'null', 'true']) expect(objects(text)).toEqual([]);
  });
});

describe('a value that stands again at its place in the next object', () => {
  const values = (text: string) => objects(text).map((object) => plain(object.values[0]));

  test('is the same, and one that only begins alike is not', () => {
    const texts = ['abc', 'abc', 'ab', 'abcd', 'abc', '', '', 'x', 'abc'];
    expect(values(JSON.stringify(texts.map((a) => ({ a }))))).toEqual(texts);
    expect(values(String.raw`[{"a":"b"},{"a":"b\""},{"a":"b"},{"a":"\u0062"},{"a":"b"}]`)).toEqual([
      'b',
      'b"',
      'b',
      'b',
      'b',
    ]);
  });

  test('keeps whether its object is plain', () => {
    const plainness = objects(
      '[{"a":"é"},{"a":"é"},{"a":"x"},{"a":"x"},{"a":"é","b":"x"},{"a":"x","b":"x"}]',
    );
    expect(plainness.map(({ isPlain }) => isPlain)).toEqual([false, false, true, true, false, true]);
  });

  test('is not taken from an object of another shape', () => {
    expect(plain(parseStrictJson('[{"a":"1","b":"2"},{"b":"1","a":"2"},{"a":"2","b":"1"}]'))).toEqual([
      { a: '1', b: '2' },
      { b: '1', a: '2' },
      { a: '2', b: '1' },
    ]);
  });

  test('at the very end of a text is cut short like any other', () => {
    const whole = '[{"a":"long enough"},{"a":"long enough"}]';
    for (let end = 1; end < whole.length; end++)
      expect(refusal(whole.slice(0, end))).toContain('the end of the text');
  });
});

test('the bytes of a text give what the text gives, over many windows, plain or not', () => {
  const letters = fc.constantFrom('a', 'b', '0', ' ', '"', '\\', 'é', '😀', '\n');
  const text = fc.string({ unit: letters, maxLength: 12 });
  const object = fc.record({ id: text, name: text, list: fc.array(text, { maxLength: 2 }) });
  fc.assert(
    fc.property(fc.array(object, { minLength: 1, maxLength: 6 }), fc.boolean(), (some, ascii) => {
      const many = Array.from({ length: 2_000 }, (_, index) => some[index % some.length]);
      const written = JSON.stringify(
        ascii ? (JSON.parse(JSON.stringify(many).replace(/[^\0-\x7f]/gu, 'z')) as unknown) : many,
      );
      const parsed = plain(parseStrictJsonBytes(Buffer.from(written)));
      expect(parsed).toEqual(JSON.parse(written));
    }),
    { numRuns: 20 },
  );
});
