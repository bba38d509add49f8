/** Reads fault rules as the control API and scenario files have them. What is not understood is refused by name. */
import { isObject } from '../exactJson.ts';
import { EXECUTION_STATUSES } from '../supplyChain/importRecords.ts';
import { Refusal } from './exchange.ts';
import type { FaultKind, FaultRule } from './faults.ts';

/** Reads one field's value. @throws Refusal 400 */
type Read = (value: unknown, name: string) => unknown;

interface Field {
  readonly read: Read;
  /** Taken where the rule does not say. */
  readonly absent?: unknown;
  readonly required?: boolean;
}

const whole: Read = (value, name) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Refusal(400, `${name} (${JSON.stringify(value)}) must be a whole number, 0 or more.`);
};
const text: Read = (value, name) => {
  if (typeof value === 'string' && value !== '') return value;
  throw new Refusal(400, `${name} (${JSON.stringify(value)}) must be a text.`);
};
const yesNo: Read = (value, name) => {
  if (typeof value === 'boolean') return value;
  throw new Refusal(400, `${name} (${JSON.stringify(value)}) must be true or false.`);
};
const day: Read = (value, name) => {
  if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)) return value;
  throw new Refusal(400, `${name} (${JSON.stringify(value)}) must be a date such as 2026-03-31.`);
};
const oneOf =
  (values: readonly string[]): Read =>
  (value, name) => {
    if (values.some((known) => known === value)) return value;
    throw new Refusal(400, `${name} ${JSON.stringify(value)} is unknown; use ${values.join(', ')}.`);
  };

const LIMITS: Readonly<Record<string, Field>> = {
  count: { read: whole },
  skip: { read: whole },
  afterMs: { read: whole },
  forMs: { read: whole },
};
const CALL: Readonly<Record<string, Field>> = {
  target: { read: oneOf(['entra', 'security', 'iv', 'scm', 'blob']), required: true },
  path: { read: text },
};
const DELAY: Readonly<Record<string, Field>> = { delayMs: { read: whole, required: true } };
const MESSAGE = (absent: string): Readonly<Record<string, Field>> => ({ message: { read: text, absent } });
const WORKED: Readonly<Record<string, Field>> = { worked: { read: yesNo, absent: true } };
const PRODUCT: Readonly<Record<string, Field>> = { productId: { read: text } };

const FIELDS: Readonly<Record<FaultKind, Readonly<Record<string, Field>>>> = {
  status: { ...CALL, status: { read: whole }, retryAfter: { read: whole }, message: { read: text } },
  redirect: { ...CALL, location: { read: text } },
  hang: CALL,
  reset: CALL,
  lostResponse: CALL,
  slow: { ...CALL, ...DELAY },
  lateArrival: { ...CALL, ...DELAY },
  rejectProduct: {
    productId: { read: text, required: true },
    statusCode: { read: whole, absent: 400 },
    ...MESSAGE('The product is refused.'),
  },
  refuseBatch: {
    productId: { read: text, required: true },
    status: { read: whole, absent: 400 },
    ...MESSAGE('Posting to Inventory Visibility failed on all records in this batch.'),
  },
  forgetEventIds: { windowMs: { read: whole, required: true } },
  repeatedEventId: { statusCode: { read: whole, absent: 409 }, ...MESSAGE('The event was counted before.') },
  slowImport: DELAY,
  importNothing: {},
  failImport: {
    status: { read: oneOf(['PreProcessingError', 'PostProcessingFailed']), absent: 'PostProcessingFailed' },
    ...WORKED,
    ...MESSAGE('The batch was ended by the system.'),
  },
  requeueImport: WORKED,
  failRow: { ...PRODUCT, field: { read: text }, ...MESSAGE('The row is refused.') },
  repeatedKey: {
    journal: { read: oneOf(['posted', 'unposted']) },
    answer: { read: oneOf(['refuse', 'ignore', 'insert']), required: true },
  },
  messageStatus: { status: { read: text, required: true } },
  messageIdAsObject: {},
  executionStatus: { status: { read: oneOf(EXECUTION_STATUSES), required: true } },
  executionNotFound: {},
  noExecutionErrors: {},
  unescapedErrors: {},
  errorKeysNotReady: {},
  postingError: { ...PRODUCT, ...MESSAGE('The line cannot be posted.') },
  closedPeriod: { from: { read: day }, until: { read: day, required: true } },
  moveFailedLines: {},
  deletePostedLines: { journalNameId: { read: text } },
  cleanUpJournals: {},
};

/** @throws Refusal 400 naming the field. */
export function parseFaultRule(value: unknown): FaultRule {
  if (!isObject(value)) throw new Refusal(400, 'A fault rule is a JSON object.');
  const kind = oneOf(Object.keys(FIELDS))(value['kind'], 'kind') as FaultKind;
  const fields = { ...FIELDS[kind], ...LIMITS };
  const unknown = Object.keys(value).find((name) => name !== 'kind' && !Object.hasOwn(fields, name));
  if (unknown !== undefined) {
    throw new Refusal(400, `${kind} has no ${unknown}; it has ${Object.keys(fields).join(', ')}.`);
  }
  const rule: Record<string, unknown> = { kind };
  for (const [name, { read, absent, required = false }] of Object.entries(fields)) {
    const given = value[name];
    if (given !== undefined) rule[name] = read(given, name);
    else if (absent !== undefined) rule[name] = absent;
    else if (required) throw new Refusal(400, `${kind} needs ${name}.`);
  }
  // The table above says what each kind holds.
  return rule as unknown as FaultRule;
}
