import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextOccurrence, parseNcrontab } from './ncrontab.ts';

function next(expression: string, after: string): string | undefined {
  const occurrence = nextOccurrence(parseNcrontab(expression), Date.parse(after));
  return occurrence === undefined ? undefined : new Date(occurrence).toISOString().replace('.000Z', 'Z');
}

describe('the next occurrence', () => {
  test.each([
    ['every second', '* * * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z'],
    ['within a second', '* * * * * *', '2026-01-01T00:00:00.500Z', '2026-01-01T00:00:01Z'],
    ['strictly after', '0 0 * * * *', '2026-01-01T10:00:00Z', '2026-01-01T11:00:00Z'],
    ['every 15 minutes', '0 */15 * * * *', '2026-01-01T10:46:00Z', '2026-01-01T11:00:00Z'],
    ['every second of each 15th minute', '* */15 * * * *', '2026-01-01T10:15:20Z', '2026-01-01T10:15:21Z'],
    ['five fields mean second 0', '*/5 * * * *', '2026-01-01T10:01:30Z', '2026-01-01T10:05:00Z'],
    ['a list', '0 0 6,18 * * *', '2026-01-01T06:00:00Z', '2026-01-01T18:00:00Z'],
    ['a range', '0 0 9-17 * * *', '2026-01-01T17:00:00Z', '2026-01-02T09:00:00Z'],
    ['a range written backwards', '0 0 17-9 * * *', '2026-01-01T12:30:00Z', '2026-01-01T13:00:00Z'],
    ['a stepped range', '0 10-30/10 * * * *', '2026-01-01T10:10:00Z', '2026-01-01T10:20:00Z'],
    ['steps from a value on', '0 50/5 * * * *', '2026-01-01T10:50:00Z', '2026-01-01T10:55:00Z'],
    ['steps end with the field', '0 50/5 * * * *', '2026-01-01T10:55:00Z', '2026-01-01T11:50:00Z'],
    ['weekdays by name', '0 30 9 * * Mon-Fri', '2026-01-02T09:30:00Z', '2026-01-05T09:30:00Z'],
    ['Sunday is 0', '0 0 0 * * 0', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00Z'],
    ['a month by a prefix', '0 0 0 1 Febr *', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'],
    ['over the end of a year', '0 0 0 1 1 *', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['a month without that day', '0 0 0 31 * *', '2026-03-31T00:00:00Z', '2026-05-31T00:00:00Z'],
    ['a leap day', '0 0 0 29 2 *', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00Z'],
    ['no leap day in 2100', '0 0 0 29 2 *', '2096-02-29T00:00:00Z', '2104-02-29T00:00:00Z'],
    ['day and day of week both', '0 0 0 13 * Fri', '2026-01-01T00:00:00Z', '2026-02-13T00:00:00Z'],
  ])('%s', (_what, expression, after, expected) => {
    expect(next(expression, after)).toBe(expected);
  });

  test('is none for a day that no month has', () => {
    expect(next('0 0 0 30 2 *', '2026-01-01T00:00:00Z')).toBeUndefined();
  });

  test('is the first second after that matches, for any schedule', () => {
    const part = (minimum: number, maximum: number): fc.Arbitrary<string> => {
      const value = fc.integer({ min: minimum, max: maximum }).map(String);
      const step = fc.integer({ min: 1, max: 20 }).map(String);
      return fc.oneof(
        fc.constant('*'),
        value,
        fc.tuple(value, value).map(([a, b]) => `${a}-${b}`),
        step.map((n) => `*/${n}`),
        fc.tuple(value, step).map(([a, n]) => `${a}/${n}`),
        fc.tuple(value, value).map(([a, b]) => `${a},${b}`),
      );
    };
    const expressions = fc.tuple(part(0, 59), part(0, 59), part(0, 23), part(0, 6));
    const start = Date.parse('2026-02-27T00:00:00Z');
    fc.assert(
      fc.property(expressions, fc.integer({ min: 0, max: 7 * 86_400_000 }), ([s, m, h, dow], offset) => {
        const after = start + offset;
        const schedule = parseNcrontab(`${s} ${m} ${h} * * ${dow}`);
        const occurrence = nextOccurrence(schedule, after);
        // Independent of the search: walk the minutes, then the seconds, and ask each field alone.
        for (let second = Math.floor(after / 1000) + 1; ; second += 1) {
          const date = new Date(second * 1000);
          const whole =
            schedule.daysOfWeek.has(date.getUTCDay()) &&
            schedule.hours.includes(date.getUTCHours()) &&
            schedule.minutes.includes(date.getUTCMinutes());
          if (!whole) second += 59 - date.getUTCSeconds();
          else if (schedule.seconds.includes(date.getUTCSeconds())) {
            expect(occurrence).toBe(second * 1000);
            return;
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('what is no schedule is refused by name', () => {
  test.each([
    ['0 0 0 * *  * *', 'it has 7 fields'],
    ['* * *', 'it has 3 fields'],
    ['60 * * * * *', '"60" is not a second; use 0 to 59'],
    ['0 0 24 * * *', '"24" is not a hour; use 0 to 23'],
    ['0 0 0 0 * *', '"0" is not a day; use 1 to 31'],
    ['0 0 0 * 13 *', '"13" is not a month; use 1 to 12'],
    ['0 0 0 * * 7', '"7" is not a day of week; use 0 to 6'],
    ['0 0 0 * Foo *', '"Foo" is not a month'],
    ['0 0 0 L * *', '"L" is not a day'],
    ['0 0 0 ? * *', '"?" is not a day'],
    ['0 */0 * * * *', '"0" is not a step of the minute'],
    ['0 1-2-3 * * * *', '"1-2-3" in the minute is not a range'],
    ['0 1/2/3 * * * *', '"1/2/3" in the minute has more than one "/"'],
    ['0 , * * * *', '"" is not a minute'],
    ['-1 * * * * *', '"" is not a second'],
  ])('%s', (expression, reason) => {
    expect(() => parseNcrontab(expression)).toThrow(reason);
  });
});
