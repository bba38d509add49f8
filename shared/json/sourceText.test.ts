import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidUtf8Error } from './decodeUtf8.ts';
import { SourceText } from './sourceText.ts';

/** Longer than several windows, and no two places of it are alike for long. */
const LONG = Array.from({ length: 30_000 }, (_, index) => String(index)).join('.');

describe.each<[string, (text: string) => SourceText]>([
  ['a text', (text) => SourceText.of(text)],
  ['its UTF-8', (text) => SourceText.ofUtf8(Buffer.from(text))],
])('%s', (_what, source) => {
  test.each([
    ['nothing', ''],
    ['ASCII', '[{"a":1}]'],
    ['other letters', 'Größe 😀 ß'],
    ['many windows', LONG],
    ['many windows of other letters', `é${LONG}😀`],
  ])('of %s is the same text, unit by unit', (_of, text) => {
    const read = source(text);
    expect(read).toHaveLength(text.length);
    expect(read.toString()).toBe(text);
    expect(Array.from(read.units)).toEqual(
      Array.from({ length: text.length }, (_unit, index) => text.charCodeAt(index)),
    );
  });

  test('is cut anywhere, forwards and backwards', () => {
    for (const text of [LONG, `${LONG}é`]) {
      const read = source(text);
      const place = fc.nat(text.length + 10);
      fc.assert(
        fc.property(
          fc.array(fc.tuple(place, fc.oneof(fc.nat(50), fc.nat(80_000))), { minLength: 1 }),
          (cuts) => {
            for (const [start, length] of cuts)
              expect(read.slice(start, start + length)).toBe(text.slice(start, start + length));
          },
        ),
        { numRuns: 50 },
      );
    }
  });
});

test('bytes within a larger buffer are read alone', () => {
  const read = SourceText.ofUtf8(Buffer.from('xx[1]yy').subarray(2, 5));
  expect([read.toString(), read.length, read.slice(0, 9)]).toEqual(['[1]', 3, '[1]']);
});

test('what is not UTF-8 is refused', () => {
  expect(() => SourceText.ofUtf8(Buffer.from([0x41, 0xff]))).toThrow(InvalidUtf8Error);
});
