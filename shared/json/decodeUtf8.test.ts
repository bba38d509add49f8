import { describe, expect, test } from 'vitest';
import { decodeUtf8, InvalidUtf8Error } from './decodeUtf8.ts';

const bytes = (...parts: (string | number)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))));

describe('UTF-8', () => {
  test.each(['', 'a', 'é', '€', '😀', 'a\u0000b', '\ufffd'])('%j is decoded', (text) => {
    expect(decodeUtf8(bytes(text))).toBe(text);
  });

  test('one byte order mark is skipped, a second one is text', () => {
    expect(decodeUtf8(bytes('\ufeff[]'))).toBe('[]');
    expect(decodeUtf8(bytes('\ufeff\ufeff[]'))).toBe('\ufeff[]');
  });

  test.each<[string, Uint8Array, number]>([
    ['a stray byte', bytes('["A', 0xff, '"]'), 3],
    ['another stray byte is not taken for the same', bytes('["A', 0xfe, '"]'), 3],
    ['Latin-1', bytes('caf', 0xe9, '"'), 4],
    ['an overlong slash', bytes('a', 0xc0, 0xaf), 1],
    ['a surrogate', bytes('ab', 0xed, 0xa0, 0x80), 3],
    ['beyond Unicode', bytes(0xf4, 0x90, 0x80, 0x80), 1],
    ['a character cut off by the end', bytes('abc', 0xe2, 0x82), 5],
    ['UTF-16', Buffer.from('\ufeff[]', 'utf16le'), 0],
    ['a bad byte after a megabyte', bytes('é'.repeat(500_000), 0x80), 1_000_000],
  ])('%s is refused', (_what, input, offset) => {
    try {
      decodeUtf8(input);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidUtf8Error);
      expect((error as InvalidUtf8Error).offset).toBe(offset);
      expect((error as Error).message).toContain(`at byte ${offset}`);
    }
  });
});
