/**
 * When the journals are packaged: the occurrences that "Job settings" describe.
 *
 * Minutes and hours are counted from the start. Days, weeks and months keep the start's wall-clock time in the zone of
 * the settings, whatever summer time does; a month that lacks the start's day takes its last one. Occurrences that
 * were missed collapse into the latest.
 */
import type { JobSettings } from './environmentSettings.ts';
import { instantOf, wallTimeAt } from './zonedTime.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * The occurrence to handle now, in milliseconds since the Unix epoch; undefined when there is none, and always after
 * the end time.
 *
 * @param lastHandled the occurrence that was handled last. One that lies beyond the next occurrence can only be the
 *   trace of a clock that was wrong, and is ignored.
 * @param secondsPerMinute how long the unit *minute* lasts: a laptop shortens it. Other units are not affected.
 */
export function dueOccurrence(
  job: JobSettings,
  lastHandled: number | undefined,
  now: number,
  secondsPerMinute = 60,
): number | undefined {
  if (now > endOf(job)) return undefined;
  const count = occurrencesUntil(job, now, secondsPerMinute);
  if (count === 0) return undefined;
  const latest = occurrence(job, count - 1, secondsPerMinute);
  if (lastHandled === undefined || lastHandled < latest) return latest;
  return lastHandled > occurrence(job, count, secondsPerMinute) ? latest : undefined;
}

/** The first `count` occurrences after an instant, fewer when the schedule ends before. */
export function nextOccurrences(
  job: JobSettings,
  after: number,
  count: number,
  secondsPerMinute = 60,
): number[] {
  const occurrences: number[] = [];
  let previous = after;
  for (let index = occurrencesUntil(job, after, secondsPerMinute); occurrences.length < count; index++) {
    const next = occurrence(job, index, secondsPerMinute);
    if (next > endOf(job)) break;
    // Where a zone skipped a whole day, two days' occurrences fall on one instant.
    if (next > previous) occurrences.push(next);
    previous = next;
  }
  return occurrences;
}

function endOf(job: JobSettings): number {
  return job.endTime === undefined ? Infinity : Date.parse(job.endTime);
}

/** How many occurrences lie at or before an instant. */
function occurrencesUntil(job: JobSettings, instant: number, secondsPerMinute: number): number {
  // Too high rather than too low: after clocks went back, the wall shows a time before that of a past occurrence.
  let count = estimatedPeriods(job, instant, secondsPerMinute) + 2;
  while (count > 0 && occurrence(job, count - 1, secondsPerMinute) > instant) count--;
  return Math.max(count, 0);
}

/** Whole periods between the start and an instant, by the wall clock where the unit is a calendar's. */
function estimatedPeriods(job: JobSettings, instant: number, secondsPerMinute: number): number {
  const start = Date.parse(job.startTime);
  const fixed = fixedPeriodMs(job, secondsPerMinute);
  if (fixed !== undefined) return Math.floor((instant - start) / fixed);
  const from = wallTimeAt(start, job.timeZone);
  const to = wallTimeAt(instant, job.timeZone);
  if (job.recurrenceUnit !== 'month') return Math.floor((to - from) / (daysPerPeriod(job) * DAY_MS));
  return Math.floor((monthsOf(to) - monthsOf(from)) / job.recurrenceInterval);
}

/** Occurrence number `index`, from 0. */
function occurrence(job: JobSettings, index: number, secondsPerMinute: number): number {
  const start = Date.parse(job.startTime);
  const fixed = fixedPeriodMs(job, secondsPerMinute);
  if (fixed !== undefined) return start + index * fixed;
  const from = wallTimeAt(start, job.timeZone);
  const wallTime =
    job.recurrenceUnit === 'month'
      ? addMonths(from, index * job.recurrenceInterval)
      : from + index * daysPerPeriod(job) * DAY_MS;
  return index === 0 ? start : instantOf(wallTime, job.timeZone);
}

function fixedPeriodMs(job: JobSettings, secondsPerMinute: number): number | undefined {
  if (job.recurrenceUnit === 'minute') return job.recurrenceInterval * secondsPerMinute * 1_000;
  if (job.recurrenceUnit === 'hour') return job.recurrenceInterval * HOUR_MS;
  return undefined;
}

function daysPerPeriod(job: JobSettings): number {
  return job.recurrenceInterval * (job.recurrenceUnit === 'week' ? 7 : 1);
}

function monthsOf(wallTime: number): number {
  const date = new Date(wallTime);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** The same day and time `months` later; the month's last day where it is shorter. */
function addMonths(wallTime: number, months: number): number {
  const date = new Date(wallTime);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + months];
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return (
    Date.UTC(year, month, Math.min(date.getUTCDate(), lastDay)) + (((wallTime % DAY_MS) + DAY_MS) % DAY_MS)
  );
}
