/** Dates without a time of day, as journals carry them: `yyyy-MM-dd`. */

const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:T00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/;

/** Source: the range of the date type of Supply Chain Management, whose first day stands for "no date". */
const NO_DATE = '1900-01-01';
const LAST_DATE = '2154-12-31';

/**
 * The date of a `yyyy-MM-dd` or of a date-time at midnight, as written: an offset does not move it to another day.
 * Undefined when the text is neither, names no day of the calendar, or a day that Supply Chain Management cannot hold.
 */
export function calendarDate(text: string): string | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  const date = text.slice(0, 10);
  return date > NO_DATE && date <= LAST_DATE ? date : undefined;
}

/** @param month from 1 */
function daysInMonth(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}
