/** The bodies of decisions: one small JSON object each, checked field by field. */
import { calendarDate } from '../adjustments/calendarDate.ts';
import { canonicalDecimal } from '../adjustments/decimal.ts';
import { identifierFault } from '../adjustments/identifierText.ts';
import { SCM_JOURNAL_NAME_LENGTH } from '../adjustments/scmLimits.ts';
import { ApiError } from '../http/problem.ts';
import { decodeUtf8, InvalidUtf8Error } from '../json/decodeUtf8.ts';
import { JsonSyntaxError } from '../json/jsonSyntaxError.ts';
import { quoted } from '../json/quoted.ts';
import { JsonNumber, JsonObject, type JsonValue } from '../json/jsonValue.ts';
import { parseStrictJson } from '../json/strictJson.ts';
import type { LineCorrection } from '../log/lineDecision.ts';
import type { CloseOrder } from './closeLine.ts';
import type { Verdict } from './judgeLine.ts';
import type { ResendOrder } from './resendLine.ts';
import type { ReverseOrder } from './reverseLine.ts';

const REASON_LENGTH = 500;
const JOURNAL_NUMBER_LENGTH = 20;
/** What a correction may change, by its name in the body. */
const CORRECTABLE = ['fnoJournalNameId', 'transDate', 'costPrice'] as const;

type Fields = ReadonlyMap<string, JsonValue>;

/** @throws ApiError BodyNotUtf8, BodyNotJson, InvalidParameter */
export function resendOrder(body: Uint8Array): ResendOrder {
  return optionalReason(fieldsOf(body, ['reason']));
}

/** @throws ApiError BodyNotUtf8, BodyNotJson, InvalidParameter */
export function correctOrder(body: Uint8Array): ResendOrder {
  const fields = fieldsOf(body, ['reason', ...CORRECTABLE]);
  const given = CORRECTABLE.filter((name) => fields.has(name));
  if (given.length === 0)
    throw invalid(
      CORRECTABLE[0],
      `The body corrects nothing; give at least one of ${CORRECTABLE.join(', ')}. Whatever else is wrong with a line, close or reverse it and post a new one.`,
    );
  const correction: LineCorrection = {
    ...(fields.has('fnoJournalNameId') ? { fnoJournalNameId: journalName(fields) } : {}),
    ...(fields.has('transDate') ? { transDate: date(fields) } : {}),
    ...(fields.has('costPrice') ? { costPrice: cost(fields) } : {}),
  };
  return { ...optionalReason(fields), correction };
}

/** @throws ApiError BodyNotUtf8, BodyNotJson, InvalidParameter */
export function closeOrder(body: Uint8Array): CloseOrder {
  const fields = fieldsOf(body, ['reason', 'journalNumber']);
  const journalNumber = text(fields, 'journalNumber', JOURNAL_NUMBER_LENGTH);
  return { reason: requiredReason(fields), ...(journalNumber === undefined ? {} : { journalNumber }) };
}

/** @throws ApiError BodyNotUtf8, BodyNotJson, InvalidParameter */
export function judgeOrder(body: Uint8Array): Verdict {
  const fields = fieldsOf(body, ['verdict', 'reason', 'journalNumber']);
  const verdict = text(fields, 'verdict', 20);
  const journalNumber = text(fields, 'journalNumber', JOURNAL_NUMBER_LENGTH);
  if (verdict === 'notPosted') {
    if (journalNumber !== undefined)
      throw invalid('journalNumber', 'journalNumber is given, but a line that is not posted stands in none.');
    return { verdict, reason: requiredReason(fields) };
  }
  if (verdict !== 'posted')
    throw invalid('verdict', `verdict (${shown(fields.get('verdict'))}) must be "posted" or "notPosted".`);
  if (journalNumber === undefined)
    throw invalid(
      'journalNumber',
      'journalNumber is missing; give the journal of SCM that the line is posted in.',
    );
  return { verdict, journalNumber, ...optionalReason(fields) };
}

/** @throws ApiError BodyNotUtf8, BodyNotJson, InvalidParameter */
export function reverseOrder(body: Uint8Array): ReverseOrder {
  const fields = fieldsOf(body, ['reason', 'transDate']);
  const transDate = fields.has('transDate') ? date(fields) : null;
  return { reason: requiredReason(fields), ...(transDate === null ? {} : { transDate }) };
}

function fieldsOf(body: Uint8Array, known: readonly string[]): Fields {
  const value = body.length === 0 ? undefined : parsed(body);
  if (value === undefined) return new Map();
  if (!(value instanceof JsonObject))
    throw new ApiError('BodyNotJson', 'The body is not a JSON object; send one, e.g. {"reason": "…"}.');
  const fields = new Map(value.shape.names.map((name, index) => [name, value.values[index] ?? null]));
  for (const name of fields.keys())
    if (!known.includes(name))
      throw invalid(name, `${quoted(name)} is no field of this request; it knows ${known.join(', ')}.`);
  return fields;
}

function parsed(body: Uint8Array): JsonValue {
  try {
    return parseStrictJson(decodeUtf8(body));
  } catch (error) {
    if (error instanceof InvalidUtf8Error) throw new ApiError('BodyNotUtf8', error.message);
    if (error instanceof JsonSyntaxError)
      throw new ApiError('BodyNotJson', `The body is not acceptable JSON. ${error.message}`);
    throw error;
  }
}

/** A text without what nobody sees; undefined when absent, null or empty. */
function text(fields: Fields, name: string, maxLength: number): string | undefined {
  const value = fields.get(name) ?? null;
  if (value === null || value === '') return undefined;
  if (typeof value !== 'string') throw invalid(name, `${name} (${shown(value)}) must be a string.`);
  const fault =
    value.length > maxLength
      ? `has ${value.length} characters; at most ${maxLength} are kept`
      : identifierFault(value);
  if (fault !== undefined) throw invalid(name, `${name} (${quoted(value)}) ${fault}.`);
  return value.normalize('NFC');
}

function optionalReason(fields: Fields): { readonly reason?: string } {
  const reason = text(fields, 'reason', REASON_LENGTH);
  return reason === undefined ? {} : { reason };
}

function requiredReason(fields: Fields): string {
  const reason = text(fields, 'reason', REASON_LENGTH);
  if (reason !== undefined) return reason;
  throw invalid('reason', 'reason is missing; say why, for whoever reads the line later.');
}

function journalName(fields: Fields): string | null {
  return text(fields, 'fnoJournalNameId', SCM_JOURNAL_NAME_LENGTH) ?? null;
}

function date(fields: Fields): string | null {
  const given = text(fields, 'transDate', 40);
  if (given === undefined) return null;
  const day = calendarDate(given);
  if (day !== undefined) return day;
  throw invalid(
    'transDate',
    `transDate (${quoted(given)}) is no date that a journal can carry; use yyyy-MM-dd.`,
  );
}

function cost(fields: Fields): string | null {
  const value = fields.get('costPrice') ?? null;
  if (value === null || value === '') return null;
  const decimal =
    value instanceof JsonNumber
      ? canonicalDecimal(value.text, 'number')
      : typeof value === 'string'
        ? canonicalDecimal(value, 'text')
        : undefined;
  if (typeof decimal === 'string') return decimal;
  throw invalid(
    'costPrice',
    `costPrice (${shown(value)}) is no decimal number of at most ten decimals; use a point, e.g. "12.5".`,
  );
}

function shown(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return 'missing';
  if (value instanceof JsonNumber) return value.text;
  return typeof value === 'string' ? quoted(value) : typeof value;
}

function invalid(target: string, detail: string): ApiError {
  return new ApiError('InvalidParameter', { detail, target });
}
