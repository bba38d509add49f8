/**
 * NCRONTAB expressions, as timer triggers use them: `{second} {minute} {hour} {day} {month} {day of week}`, or the
 * last five of these (then at second 0). Pure; all times are milliseconds since the epoch, all fields are UTC.
 *
 * Rules after the NCrontab library that the Functions timer uses: lists, ranges (`5-1` means `1-5`), steps (of all values, of a
 * range as in `1-9/2`, or from a value to the end as in `5/10`), months and days by a prefix of their English names, days of the week 0 to 6
 * (0 is Sunday, 7 is refused), no `L`, `W`, `#` or `?`. Day and day of week must both match.
 */

interface Field {
  readonly name: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly names?: readonly string[];
}

const monthNames =
  'January February March April May June July August September October November December'.split(' ');
const dayNames = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const fields: readonly Field[] = [
  { name: 'second', minimum: 0, maximum: 59 },
  { name: 'minute', minimum: 0, maximum: 59 },
  { name: 'hour', minimum: 0, maximum: 23 },
  { name: 'day', minimum: 1, maximum: 31 },
  { name: 'month', minimum: 1, maximum: 12, names: monthNames },
  { name: 'day of week', minimum: 0, maximum: 6, names: dayNames },
];

export interface NcrontabSchedule {
  readonly expression: string;
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly daysOfWeek: ReadonlySet<number>;
}

function parseValue(text: string, field: Field): number {
  const byName = /^[a-z]+$/i.test(text)
    ? field.names?.findIndex((name) => name.toLowerCase().startsWith(text.toLowerCase()))
    : undefined;
  if (byName !== undefined && byName >= 0) return byName + field.minimum;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < field.minimum || value > field.maximum)
    throw new Error(`"${text}" is not a ${field.name}; use ${field.minimum} to ${field.maximum}`);
  return value;
}

function parsePart(part: string, field: Field): number[] {
  const [range = '', step, ...rest] = part.split('/');
  if (rest.length > 0) throw new Error(`"${part}" in the ${field.name} has more than one "/"`);
  const every = step === undefined ? 1 : Number(step);
  if (step !== undefined && (!/^\d+$/.test(step) || every < 1))
    throw new Error(`"${step}" is not a step of the ${field.name}; use a whole number of at least 1`);
  let from: number;
  let to: number;
  if (range === '*') [from, to] = [field.minimum, field.maximum];
  else {
    const [low = '', high, ...more] = range.split('-');
    if (more.length > 0) throw new Error(`"${range}" in the ${field.name} is not a range; use e.g. 1-5`);
    const first = parseValue(low, field);
    const last = high === undefined ? undefined : parseValue(high, field);
    if (last !== undefined) [from, to] = [Math.min(first, last), Math.max(first, last)];
    else [from, to] = [first, step === undefined ? first : field.maximum];
  }
  const values: number[] = [];
  for (let value = from; value <= to; value += every) values.push(value);
  return values;
}

function parseField(text: string, field: Field): number[] {
  const values = new Set(text.split(',').flatMap((part) => parsePart(part, field)));
  return [...values].sort((a, b) => a - b);
}

/** @throws Error naming the field and the value that is wrong */
export function parseNcrontab(expression: string): NcrontabSchedule {
  const texts = expression.trim().split(/\s+/);
  if (texts.length === 5) texts.unshift('0');
  if (texts.length !== 6)
    throw new Error(
      `"${expression}" is not a schedule: it has ${texts.length} fields; write {second} {minute} {hour} {day} {month} {day of week}`,
    );
  const parsed = fields.map((field, index) => {
    try {
      return parseField(texts[index] ?? '', field);
    } catch (error) {
      throw new Error(`"${expression}" is not a schedule: ${(error as Error).message}`, { cause: error });
    }
  });
  const [seconds = [], minutes = [], hours = [], days = [], months = [], daysOfWeek = []] = parsed;
  return {
    expression,
    seconds,
    minutes,
    hours,
    days: new Set(days),
    months: new Set(months),
    daysOfWeek: new Set(daysOfWeek),
  };
}

const dayMs = 86_400_000;
/** 29 February on a given day of the week comes back after at most 40 years (there is no leap day in 2100). */
const searchDays = 41 * 366;

/** The first time of day, in milliseconds, that is at least `from`. */
function firstTimeOfDay(schedule: NcrontabSchedule, from: number): number | undefined {
  for (const hour of schedule.hours) {
    if (hour * 3_600_000 + 3_599_000 < from) continue;
    for (const minute of schedule.minutes) {
      const minuteStart = hour * 3_600_000 + minute * 60_000;
      if (minuteStart + 59_000 < from) continue;
      const second = schedule.seconds.find((candidate) => minuteStart + candidate * 1000 >= from);
      if (second !== undefined) return minuteStart + second * 1000;
    }
  }
  return undefined;
}

/**
 * The first occurrence strictly after `after`, or undefined when there is none (30 February).
 * @param after milliseconds since the epoch
 */
export function nextOccurrence(schedule: NcrontabSchedule, after: number): number | undefined {
  const earliest = (Math.floor(after / 1000) + 1) * 1000;
  const firstDay = Math.floor(earliest / dayMs) * dayMs;
  for (let index = 0; index < searchDays; index += 1) {
    const day = firstDay + index * dayMs;
    const date = new Date(day);
    if (
      !schedule.months.has(date.getUTCMonth() + 1) ||
      !schedule.days.has(date.getUTCDate()) ||
      !schedule.daysOfWeek.has(date.getUTCDay())
    )
      continue;
    const time = firstTimeOfDay(schedule, index === 0 ? earliest - day : 0);
    if (time !== undefined) return day + time;
  }
  return undefined;
}
