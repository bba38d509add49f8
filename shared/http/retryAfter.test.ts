import { expect, test } from 'vitest';
import { parseRetryAfter } from './retryAfter.ts';

const now = Date.parse('Wed, 21 Oct 2015 07:28:00 GMT');

test.each([
  ['0', 0],
  ['120', 120_000],
  [' 5 ', 5000],
  ['9999999999', 86_400_000],
  ['Wed, 21 Oct 2015 07:29:30 GMT', 90_000],
  ['Wed, 21 Oct 2015 07:00:00 GMT', 0],
  ['Wed, 21 Oct 2065 07:00:00 GMT', 86_400_000],
])('%j is %i ms', (header, expected) => {
  expect(parseRetryAfter(header, now)).toBe(expected);
});

test.each([undefined, '', '-1', '1.5', 'soon', '2015-10-21', 'Wed, 99 Oct 2015 07:29:30 GMT'])(
  '%j says nothing',
  (header) => {
    expect(parseRetryAfter(header, now)).toBeUndefined();
  },
);
