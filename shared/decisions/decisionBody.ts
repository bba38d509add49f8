/** The bodies of decisions: one small JSON object each, checked field by field. */
import { calendarDate } from '../adjustments/calendarDate.ts';
import { canonicalDecimal } from '../adjustments/decimal.ts';
import { SCM_JOURNAL_NAME_LENGTH } from '../adjustments/scmLimits.ts';
import { bodyFields, type Fields, invalidField, shown, textField } from '../http/bodyFields.ts';
import { quoted } from '../json/quoted.ts';
import { JsonNumber } from '../json/jsonValue.ts';
import type { LineCorrection } from '../log/lineDecision.ts';
import type { CloseOrder } from './closeLine.ts';
import type { Verdict } from './judgeLine.ts';
import type { ResendOrder } from './resendLine.ts';
import type { ReverseOrder } from './reverseLine.ts';

const REASON_LENGTH = 500;
const JOURNAL_NUMBER_LENGTH = 20;
/** What a correction may change, by its name in the body. */
const CORRECTABLE = ['fnoJournalNameId', 'transDate', 'costPrice'] as const;

/** @throws ApiError BodyNotUtf8, BodyNotJson, InvalidParameter */
export function resendOrder(body: Uint8Array): ResendOrder {
  return optionalReason(fieldsOf(body, ['reason']));
}

/** @throws ApiError BodyNotUtf8, BodyNotJson, InvalidParameter */
export function correctOrder(body: Uint8Array): ResendOrder {
  const fields = fieldsOf(body, ['reason', ...CORRECTABLE]);
  const given = CORRECTABLE.filter((name) => fields.has(name));
  if (given.length === 0)
    throw invalidField(
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
  const journalNumber = textField(fields, 'journalNumber', JOURNAL_NUMBER_LENGTH);
  return { reason: requiredReason(fields), ...(journalNumber === undefined ? {} : { journalNumber }) };
}

/** @throws ApiError BodyNotUtf8, BodyNotJson, InvalidParameter */
export function judgeOrder(body: Uint8Array): Verdict {
  const fields = fieldsOf(body, ['verdict', 'reason', 'journalNumber']);
  const verdict = textField(fields, 'verdict', 20);
  const journalNumber = textField(fields, 'journalNumber', JOURNAL_NUMBER_LENGTH);
  if (verdict === 'notPosted') {
    if (journalNumber !== undefined)
      throw invalidField(
        'journalNumber',
        'journalNumber is given, but a line that is not posted stands in none.',
      );
    return { verdict, reason: requiredReason(fields) };
  }
  if (verdict !== 'posted')
    throw invalidField(
      'verdict',
      `verdict (${shown(fields.get('verdict'))}) must be "posted" or "notPosted".`,
    );
  if (journalNumber === undefined)
    throw invalidField(
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

/** Of a body that may be left out. */
function fieldsOf(body: Uint8Array, known: readonly string[]): Fields {
  return body.length === 0 ? new Map() : bodyFields(body, known);
}

function optionalReason(fields: Fields): { readonly reason?: string } {
  const reason = textField(fields, 'reason', REASON_LENGTH);
  return reason === undefined ? {} : { reason };
}

function requiredReason(fields: Fields): string {
  const reason = textField(fields, 'reason', REASON_LENGTH);
  if (reason !== undefined) return reason;
  throw invalidField('reason', 'reason is missing; say why, for whoever reads the line later.');
}

function journalName(fields: Fields): string | null {
  return textField(fields, 'fnoJournalNameId', SCM_JOURNAL_NAME_LENGTH) ?? null;
}

function date(fields: Fields): string | null {
  const given = textField(fields, 'transDate', 40);
  if (given === undefined) return null;
  const day = calendarDate(given);
  if (day !== undefined) return day;
  throw invalidField(
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
  throw invalidField(
    'costPrice',
    `costPrice (${shown(value)}) is no decimal number of at most ten decimals; use a point, e.g. "12.5".`,
  );
}
