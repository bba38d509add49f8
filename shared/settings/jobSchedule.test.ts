import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JobSettings } from './environmentSettings.ts';
import { dueOccurrence, nextOccurrences } from './jobSchedule.ts';

function job(changes: Partial<JobSettings>): JobSettings {
  return {
    startTime: '2026-01-01T00:00:00Z',
    recurrenceInterval: 1,
    recurrenceUnit: 'day',
    timeZone: 'UTC',
    ...changes,
  };
}

const at = (text: string) => Date.parse(text);
const iso = (instant: number | undefined) =>
  instant === undefined ? undefined : new Date(instant).toISOString().replace(':00.000Z', 'Z');
const next = (settings: JobSettings, after: string, count: number) =>
  nextOccurrences(settings, at(after), count).map(iso);

describe('occurrences', () => {
  test('are counted in minutes and hours from the start, whatever summer time does', () => {
    const quarter = job({
      startTime: '2026-01-01T00:05:00Z',
      recurrenceInterval: 15,
      recurrenceUnit: 'minute',
    });
    expect(next(quarter, '2026-03-01T10:00:00Z', 2)).toEqual(['2026-03-01T10:05Z', '2026-03-01T10:20Z']);
    const hours = job({ recurrenceInterval: 6, recurrenceUnit: 'hour', timeZone: 'Europe/Copenhagen' });
    expect(next(hours, '2026-03-28T18:00:00Z', 3)).toEqual([
      '2026-03-29T00:00Z',
      '2026-03-29T06:00Z',
      '2026-03-29T12:00Z',
    ]);
  });

  test('of days keep the wall-clock time through a gap (Europe/Copenhagen)', () => {
    const nightly = job({ startTime: '2026-01-01T02:30:00+01:00', timeZone: 'Europe/Copenhagen' });
    expect(next(nightly, '2026-03-28T00:00:00Z', 3)).toEqual([
      '2026-03-28T01:30Z',
      '2026-03-29T01:30Z',
      '2026-03-30T00:30Z',
    ]);
  });

  test('of days take the first of two equal times (America/New_York)', () => {
    const nightly = job({ startTime: '2026-01-01T01:30:00-05:00', timeZone: 'America/New_York' });
    expect(next(nightly, '2026-10-31T00:00:00Z', 3)).toEqual([
      '2026-10-31T05:30Z',
      '2026-11-01T05:30Z',
      '2026-11-02T06:30Z',
    ]);
  });

  test('of weeks keep the weekday', () => {
    const fortnight = job({
      startTime: '2026-01-05T06:00:00Z',
      recurrenceInterval: 2,
      recurrenceUnit: 'week',
      timeZone: 'Europe/Copenhagen',
    });
    expect(next(fortnight, '2026-03-10T00:00:00Z', 3)).toEqual([
      '2026-03-16T06:00Z',
      '2026-03-30T05:00Z',
      '2026-04-13T05:00Z',
    ]);
  });

  test('of months are clamped to the month and come back to the day', () => {
    const monthly = job({ startTime: '2027-01-31T00:00:00Z', recurrenceUnit: 'month' });
    expect(next(monthly, '2027-01-01T00:00:00Z', 4)).toEqual([
      '2027-01-31T00:00Z',
      '2027-02-28T00:00Z',
      '2027-03-31T00:00Z',
      '2027-04-30T00:00Z',
    ]);
    expect(next(monthly, '2028-02-01T00:00:00Z', 1)).toEqual(['2028-02-29T00:00Z']);
  });

  test('of months keep the local day where it is another day in UTC', () => {
    const monthly = job({
      startTime: '2027-01-31T00:00:00+01:00',
      recurrenceUnit: 'month',
      recurrenceInterval: 3,
      timeZone: 'Europe/Copenhagen',
    });
    expect(next(monthly, '2027-02-01T00:00:00Z', 2)).toEqual(['2027-04-29T22:00Z', '2027-07-30T22:00Z']);
  });

  test('a day that never was has no occurrence of its own', () => {
    const daily = job({ startTime: '2011-12-28T12:00:00-10:00', timeZone: 'Pacific/Apia' });
    expect(next(daily, '2011-12-28T00:00:00Z', 4)).toEqual([
      '2011-12-28T22:00Z',
      '2011-12-29T22:00Z',
      '2011-12-30T22:00Z',
      '2011-12-31T22:00Z',
    ]);
  });

  test('begin with the start and end with the end', () => {
    const settings = job({ startTime: '2026-05-01T08:00:00Z', endTime: '2026-05-02T08:00:00Z' });
    expect(next(settings, '2020-01-01T00:00:00Z', 9)).toEqual(['2026-05-01T08:00Z', '2026-05-02T08:00Z']);
    expect(next(settings, '2026-05-02T08:00:00Z', 9)).toEqual([]);
  });

  test('of minutes, and only those, are shortened by the length of a minute', () => {
    const start = at('2026-01-01T00:00:00Z');
    expect(nextOccurrences(job({ recurrenceUnit: 'minute' }), start, 2, 2)).toEqual([
      start + 2_000,
      start + 4_000,
    ]);
    expect(nextOccurrences(job({ recurrenceUnit: 'hour' }), start, 1, 2)).toEqual([start + 3_600_000]);
  });
});

describe('the due occurrence', () => {
  const daily = job({});
  const due = (settings: JobSettings, lastHandled: string | undefined, now: string) =>
    iso(dueOccurrence(settings, lastHandled === undefined ? undefined : at(lastHandled), at(now)));

  test.each([
    ['before the start', undefined, '2025-12-31T23:59:59Z', undefined],
    ['at the start', undefined, '2026-01-01T00:00:00Z', '2026-01-01T00:00Z'],
    ['later, never handled: the latest alone', undefined, '2026-02-10T12:00:00Z', '2026-02-10T00:00Z'],
    ['handled already', '2026-02-10T00:00:00Z', '2026-02-10T23:59:59Z', undefined],
    ['the next one', '2026-02-10T00:00:00Z', '2026-02-11T00:00:00Z', '2026-02-11T00:00Z'],
    [
      'missed ones collapse into the latest',
      '2026-02-01T00:00:00Z',
      '2026-02-10T12:00:00Z',
      '2026-02-10T00:00Z',
    ],
    [
      'handled by an instance whose clock is ahead',
      '2026-02-11T00:00:00Z',
      '2026-02-10T23:59:59Z',
      undefined,
    ],
    [
      'a mark from the far future is ignored',
      '2099-01-01T00:00:00Z',
      '2026-02-10T12:00:00Z',
      '2026-02-10T00:00Z',
    ],
  ])('%s', (_case, lastHandled, now, expected) => {
    expect(due(daily, lastHandled, now)).toBe(expected);
  });

  test.each([
    ['at the end', '2026-02-10T12:00:00Z', '2026-02-10T00:00Z'],
    ['after the end, although an occurrence was missed', '2026-02-10T12:00:01Z', undefined],
  ])('%s', (_case, now, expected) => {
    expect(due(job({ endTime: '2026-02-10T12:00:00Z' }), '2026-02-08T00:00:00Z', now)).toBe(expected);
  });

  test('stays what it was while clocks that went back show an earlier time', () => {
    const nightly = job({ startTime: '2026-01-01T02:45:00+01:00', timeZone: 'Europe/Copenhagen' });
    expect(due(nightly, '2026-10-24T00:45:00Z', '2026-10-25T01:35:00Z')).toBe('2026-10-25T00:45Z');
    expect(due(nightly, '2026-10-25T00:45:00Z', '2026-10-25T01:50:00Z')).toBeUndefined();
  });

  test('is the last of the occurrences up to now, for any schedule', () => {
    const jobs = fc.record({
      startTime: fc.constantFrom(
        '2026-01-31T02:30:00+01:00',
        '2026-03-08T02:30:00-05:00',
        '2025-10-26T00:30:00Z',
      ),
      recurrenceInterval: fc.integer({ min: 1, max: 5 }),
      recurrenceUnit: fc.constantFrom('hour' as const, 'day' as const, 'week' as const, 'month' as const),
      timeZone: fc.constantFrom('UTC', 'Europe/Copenhagen', 'America/New_York', 'Australia/Lord_Howe'),
    });
    const instants = fc.integer({ min: at('2026-03-08T12:00:00Z'), max: at('2027-12-31T00:00:00Z') });
    fc.assert(
      fc.property(jobs, instants, (settings, now) => {
        const latest = dueOccurrence(settings, undefined, now);
        expect(latest).toBeLessThanOrEqual(now);
        const [following] = nextOccurrences(settings, latest ?? NaN, 1);
        expect(following).toBeGreaterThan(now);
        expect(nextOccurrences(settings, (latest ?? NaN) - 1, 1)).toEqual([latest]);
        expect(dueOccurrence(settings, latest, now)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });
});
