import { expect, test } from 'vitest';
import { dayAt, instantOf, isTimeZone, wallTimeAt } from './zonedTime.ts';

const wall = (text: string) => Date.parse(`${text}Z`);
const iso = (instant: number) => new Date(instant).toISOString();

test.each([
  ['UTC', '2026-03-29T02:30:00', '2026-03-29T02:30:00.000Z', 'in UTC'],
  ['Europe/Copenhagen', '2026-01-15T00:00:00', '2026-01-14T23:00:00.000Z', 'in winter'],
  ['Europe/Copenhagen', '2026-07-15T00:00:00', '2026-07-14T22:00:00.000Z', 'in summer'],
  ['Europe/Copenhagen', '2026-03-29T02:30:00', '2026-03-29T01:30:00.000Z', 'skipped: 03:30 is shown instead'],
  ['Europe/Copenhagen', '2026-03-29T01:59:59', '2026-03-29T00:59:59.000Z', 'before the gap'],
  ['Europe/Copenhagen', '2026-03-29T03:00:00', '2026-03-29T01:00:00.000Z', 'after the gap'],
  ['Europe/Copenhagen', '2026-10-25T02:30:00', '2026-10-25T00:30:00.000Z', 'shown twice: the first'],
  ['Europe/Copenhagen', '2026-10-25T03:00:00', '2026-10-25T02:00:00.000Z', 'after the overlap'],
  ['America/New_York', '2026-03-08T02:30:00', '2026-03-08T07:30:00.000Z', 'skipped: 03:30 is shown instead'],
  ['America/New_York', '2026-11-01T01:30:00', '2026-11-01T05:30:00.000Z', 'shown twice: the first'],
  ['Australia/Lord_Howe', '2026-10-04T02:15:00', '2026-10-03T15:45:00.000Z', 'a gap of half an hour'],
  ['Pacific/Apia', '2011-12-30T12:00:00', '2011-12-30T22:00:00.000Z', 'a day that never was'],
  ['Asia/Kathmandu', '2026-05-01T00:00:00', '2026-04-30T18:15:00.000Z', 'an offset of 5:45'],
])('%s %s is %s (%s)', (timeZone, wallTime, expected) => {
  expect(iso(instantOf(wall(wallTime), timeZone))).toBe(expected);
});

test('what a clock shows, to the millisecond, also before 1970', () => {
  const shown = (instant: string) => iso(wallTimeAt(Date.parse(instant), 'America/New_York'));
  expect(shown('2026-07-01T12:00:00.123Z')).toBe('2026-07-01T08:00:00.123Z');
  expect(shown('1969-01-01T12:00:00.123Z')).toBe('1969-01-01T07:00:00.123Z');
});

test('the day depends on the zone', () => {
  const instant = Date.parse('2026-03-10T23:30:00Z');
  expect(dayAt(instant, 'UTC')).toBe('2026-03-10');
  expect(dayAt(instant, 'Europe/Copenhagen')).toBe('2026-03-11');
  expect(dayAt(instant, 'America/New_York')).toBe('2026-03-10');
});

test.each([
  ['Europe/Copenhagen', true],
  ['UTC', true],
  ['Europe/Kopenhagen', false],
  ['+01:00', false],
  ['', false],
])('time zone "%s": %s', (name, known) => {
  expect(isTimeZone(name)).toBe(known);
});
