import { expect, test } from 'vitest';
import { quoted } from './quoted.ts';

test.each([
  ['12,5', '"12,5"'],
  ['a "b"', String.raw`"a \"b\""`],
  ['a\nb\u0000', String.raw`"a\u000ab\u0000"`],
  ['a\u200b\u202eb\ufeff', String.raw`"a\u200b\u202eb\ufeff"`],
  ['\u00a0', String.raw`"\u00a0"`],
  ['\ud800', String.raw`"\ud800"`],
  ['é 😀 日本', '"é 😀 日本"'],
  ['x'.repeat(100), `"${'x'.repeat(100)}"`],
  ['😀'.repeat(101), `"${'😀'.repeat(100)}…"`],
  ['x'.repeat(1_000_000), `"${'x'.repeat(100)}…"`],
])('%.20j is shown as %.40s', (text, shown) => {
  expect(quoted(text)).toBe(shown);
});
