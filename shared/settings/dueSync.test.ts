import { expect, test } from 'vitest';
import { dueSyncSlot, isSyncDue } from './dueSync.ts';

const at = (text: string) => Date.parse(`2026-03-10T${text}Z`);

test.each([
  ['never started', 5, undefined, '12:00:00', true],
  ['just started', 5, '12:00:01', '12:00:02', false],
  ['within the frequency', 5, '12:00:01', '12:04:59', false],
  ['the timer ticks a little earlier than last time', 5, '12:00:30', '12:05:01', true],
  ['several missed', 5, '12:00:01', '13:00:00', true],
  ['every minute', 1, '12:00:59', '12:01:00', true],
  ['a clock that was wrong', 5, '18:00:00', '12:00:00', true],
])('%s', (_case, frequency, lastStart, now, expected) => {
  const last = lastStart === undefined ? undefined : at(lastStart);
  expect(isSyncDue(frequency, last, at(now))).toBe(expected);
});

test('a shortened minute', () => {
  expect(isSyncDue(5, at('12:00:00'), at('12:00:09'), 2)).toBe(false);
  expect(isSyncDue(5, at('12:00:00'), at('12:00:10'), 2)).toBe(true);
});

test('the slot that is due is named by its beginning, and is not due again', () => {
  expect(dueSyncSlot(5, at('12:00:00'), at('12:07:31'))).toBe(at('12:05:00'));
  expect(dueSyncSlot(5, at('12:05:00'), at('12:09:59'))).toBeUndefined();
});
