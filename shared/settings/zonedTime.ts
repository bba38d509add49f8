/**
 * Wall-clock time in IANA time zones, by the time zone data that the runtime itself carries (Intl).
 *
 * A *wall time* is what a clock on the wall shows, written as the milliseconds since the Unix epoch at which a clock
 * in UTC would show the same.
 */

const DAY_MS = 86_400_000;

/** Formats are costly to make and never change. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether the runtime knows the zone by this name. Offsets such as `+01:00` are no names. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** What the clock in the zone shows at an instant. @throws RangeError for an unknown zone */
export function wallTimeAt(instant: number, timeZone: string): number {
  const shown = new Map(
    formatOf(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => shown.get(type) ?? 0;
  const second = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return second + (((instant % 1_000) + 1_000) % 1_000);
}

/**
 * The instant at which the clock in the zone shows a wall time. A wall time that is skipped (clocks go forward) moves
 * forward by the length of the gap; of one that is shown twice (clocks go back) the first is taken.
 */
export function instantOf(wallTime: number, timeZone: string): number {
  const offsetAt = (instant: number) => wallTimeAt(instant, timeZone) - instant;
  const before = wallTime - offsetAt(wallTime - DAY_MS);
  const after = wallTime - offsetAt(wallTime + DAY_MS);
  const shown = [before, after].filter((instant) => wallTimeAt(instant, timeZone) === wallTime);
  return shown.length === 0 ? before : Math.min(...shown);
}

/** The calendar day in the zone at an instant, yyyy-MM-dd. */
export function dayAt(instant: number, timeZone: string): string {
  return new Date(wallTimeAt(instant, timeZone)).toISOString().slice(0, 'yyyy-MM-dd'.length);
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  return format;
}
