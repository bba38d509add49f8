/** What somebody asks for: to drive parked lines again, or to say of unknown ones whether the cache applied them. */
import { lineRecordIdFromText, lineRecordIdText } from '../adjustments/lineRecordId.ts';
import { bodyFields, type Fields, fieldsOf, invalidField, textField } from '../http/bodyFields.ts';
import { JsonNumber, type JsonValue } from '../json/jsonValue.ts';
import type { Verdict } from '../log/parkedEntries.ts';

/** Lines that one request may name, or drive again. */
export const MAX_REDRIVE_LINES = 5_000;
const REASON_LENGTH = 500;
const ORGANIZATION_LENGTH = 50;

/** The reasons for which a line may be driven again without a verdict. */
export const REDRIVABLE = ['refused', 'unfoldable'] as const;
export type Redrivable = (typeof REDRIVABLE)[number];

export interface RedriveOrder {
  readonly reason: string;
  /** These lines; or all parked ones of a legal entity, for one of these reasons. */
  readonly scope:
    | { readonly lineRecordIds: readonly string[] }
    | { readonly organizationId: string; readonly parkReasons: readonly Redrivable[] };
}

/** The line as it is parked in a batch: a verdict is on that, not on what becomes of the line later. */
export interface JudgedLine {
  readonly lineRecordId: string;
  readonly batch: number;
}

export interface VerdictOrder {
  readonly reason: string;
  readonly verdict: Verdict;
  readonly lines: readonly JudgedLine[];
}

/** @throws ApiError BodyNotUtf8, BodyNotJson, InvalidParameter */
export function redriveOrder(body: Uint8Array): RedriveOrder {
  const fields = bodyFields(body, ['reason', 'lineRecordIds', 'organizationId', 'parkReason']);
  const reason = reasonOf(fields);
  const organizationId = textField(fields, 'organizationId', ORGANIZATION_LENGTH);
  const parkReason = textField(fields, 'parkReason', 20);
  const named = fields.has('lineRecordIds');
  if (named === (organizationId !== undefined))
    throw invalidField(
      'lineRecordIds',
      'Give either lineRecordIds or organizationId: these lines, or all that are parked in a legal entity.',
    );
  if (organizationId === undefined) {
    if (parkReason !== undefined)
      throw invalidField(
        'parkReason',
        'parkReason goes with organizationId; leave it out beside lineRecordIds.',
      );
    return { reason, scope: { lineRecordIds: listOf(fields, 'lineRecordIds').map(recordIdOf) } };
  }
  const parkReasons = REDRIVABLE.filter((known) => parkReason === undefined || known === parkReason);
  if (parkReasons.length === 0)
    throw invalidField(
      'parkReason',
      `parkReason is ${parkReason === 'unknown' ? '"unknown", which needs a verdict on each line' : 'not known'}; ` +
        `give ${REDRIVABLE.join(' or ')}, or leave it out.`,
    );
  return { reason, scope: { organizationId, parkReasons } };
}

/** @throws ApiError BodyNotUtf8, BodyNotJson, InvalidParameter */
export function verdictOrder(body: Uint8Array): VerdictOrder {
  const fields = bodyFields(body, ['reason', 'verdict', 'lines']);
  const verdict = textField(fields, 'verdict', 20);
  if (verdict !== 'applied' && verdict !== 'notApplied')
    throw invalidField(
      'verdict',
      'verdict must be "applied" or "notApplied": what Inventory Visibility says of the event with the line record id.',
    );
  return { reason: reasonOf(fields), verdict, lines: listOf(fields, 'lines').map(judgedLine) };
}

function judgedLine(value: JsonValue): JudgedLine {
  const fields = fieldsOf(value, ['lineRecordId', 'batch'], 'An entry of lines');
  const batch = fields.get('batch');
  const number = batch instanceof JsonNumber ? Number(batch.text) : Number.NaN;
  if (!Number.isSafeInteger(number) || number < 1)
    throw invalidField(
      'batch',
      'batch of an entry of lines must be a number: the one that stands under "parked" when the line is read.',
    );
  return { lineRecordId: recordIdOf(fields.get('lineRecordId') ?? null), batch: number };
}

function reasonOf(fields: Fields): string {
  const reason = textField(fields, 'reason', REASON_LENGTH);
  if (reason !== undefined) return reason;
  throw invalidField('reason', 'reason is missing; say why, for whoever reads the lines later.');
}

function listOf(fields: Fields, name: string): readonly JsonValue[] {
  const list = fields.get(name);
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_REDRIVE_LINES)
    throw invalidField(name, `${name} must be a list of 1 to ${MAX_REDRIVE_LINES} entries.`);
  return list;
}

function recordIdOf(value: JsonValue): string {
  const bytes = typeof value === 'string' ? lineRecordIdFromText(value) : undefined;
  if (bytes === undefined)
    throw invalidField(
      'lineRecordId',
      `A line record id must be a GUID, as accepting and reading the line answer it${typeof value === 'string' ? `; ${JSON.stringify(value.slice(0, 60))} is none` : ''}.`,
    );
  return lineRecordIdText(bytes);
}
