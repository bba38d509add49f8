/**
 * The answer of GetExecutionErrors: a text that should hold a JSON array of {RecordId, Field, ErrorMessage}. Big ones
 * are not JSON in practice, because quotes and line breaks within the messages are not escaped. Then the text is cut
 * where a record begins, and each record is taken apart by itself; what still cannot be read is kept as it is.
 */
import { isRecord, parseAnswer, printable } from '../dynamics/answerJson.ts';
import { JsonNumber } from '../json/jsonValue.ts';

export interface ExecutionError {
  /** What SCM calls the record: a staging key, an id, or nothing. */
  readonly recordId: string;
  readonly field: string;
  /** SCM's own words on one line, at most 500 characters. */
  readonly message: string;
}

const MAX_MESSAGE_LENGTH = 500;

/** More records than a journal has lines say nothing new. */
const MAX_ERRORS = 100_000;

const RECORD_BOUNDARY = /\}\s*,\s*\{(?=\s*"RecordId"\s*:)/;
const RECORD =
  /"RecordId"\s*:\s*(?:"([^"]*)"|([^",]*))\s*,\s*"Field"\s*:\s*"(.*?)"\s*,\s*"ErrorMessage"\s*:\s*"(.*)$/s;

/** Never fails: a text without any record is one error without record and field; an empty one is none. */
export function parseExecutionErrors(text: string): ExecutionError[] {
  if (text.trim() === '') return [];
  return wellFormed(text) ?? takenApart(text);
}

function wellFormed(text: string): ExecutionError[] | undefined {
  const records = parseAnswer(new TextEncoder().encode(text));
  if (!Array.isArray(records)) return undefined;
  const errors: ExecutionError[] = [];
  for (const record of records.slice(0, MAX_ERRORS) as unknown[]) {
    if (!isRecord(record)) return undefined;
    errors.push(error(asText(record.RecordId), asText(record.Field), asText(record.ErrorMessage)));
  }
  return errors;
}

function takenApart(text: string): ExecutionError[] {
  return text
    .split(RECORD_BOUNDARY, MAX_ERRORS)
    .map((part) => {
      const match = RECORD.exec(part);
      if (!match) return error('', '', part);
      const message = (match[4] ?? '').replace(/"\s*\}?\s*\]?\s*$/, '');
      return error((match[1] ?? match[2] ?? '').trim(), match[3] ?? '', unescaped(message));
    })
    .filter((each) => each.message !== '');
}

function error(recordId: string, field: string, message: string): ExecutionError {
  return {
    recordId: printable(recordId, MAX_MESSAGE_LENGTH),
    field: printable(field, 100),
    message: printable(message, MAX_MESSAGE_LENGTH),
  };
}

function asText(value: unknown): string {
  if (value instanceof JsonNumber) return value.text;
  return typeof value === 'string' ? value : '';
}

const ESCAPES: Readonly<Record<string, string>> = { n: ' ', r: ' ', t: ' ', b: ' ', f: ' ' };

/** Undoes JSON's escapes where they are; line breaks become spaces. */
function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_all, hex: string | undefined, character: string) =>
    hex === undefined ? (ESCAPES[character] ?? character) : String.fromCharCode(parseInt(hex, 16)),
  );
}
