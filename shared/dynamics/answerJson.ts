/**
 * Reads the JSON answers of Dynamics: strict UTF-8, numbers as the text they stood as, shapes checked by the reader.
 *
 * The strict parser of incoming requests is not used here. An answer must not become unreadable for an oddity in a part
 * that nobody reads (half of a surrogate pair in a cut error text, a name twice): a known outcome would turn unknown.
 */
import { JsonNumber } from '../json/jsonValue.ts';

/** A part of an answer that has been read as JSON and whose shape has not been looked at yet. */
export type AnswerRecord = Readonly<Record<string, unknown>>;

/** JSON.parse gives the source text of a number to its reviver (ECMAScript "JSON.parse source text access"). */
type SourceReviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

const numbersAsText: SourceReviver = (_key, value, context) =>
  typeof value === 'number' ? new JsonNumber(context.source ?? String(value)) : value;

/** The value that stands in `body`, or undefined when that is not JSON in UTF-8. Numbers become JsonNumber. */
export function parseAnswer(body: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return JSON.parse(text, numbersAsText as (key: string, value: unknown) => unknown) as unknown;
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is AnswerRecord {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber)
  );
}

/** A whole number that stands as a number or, as some of these services do it, as a string. */
export function wholeNumber(value: unknown): number | undefined {
  const text = value instanceof JsonNumber ? value.text : value;
  if (typeof text !== 'string' || !/^-?\d{1,15}(\.0+)?$/.test(text)) return undefined;
  return Number(text);
}

/** The beginning of an answer, for an error message: one line of printable text, at most `length` characters. */
export function excerpt(body: Uint8Array, length = 300): string {
  // Decoding a few bytes more than needed keeps a huge answer from being decoded whole.
  const text = new TextDecoder('utf-8').decode(body.subarray(0, length * 4));
  return printable(text, length);
}

/** One line of printable text, at most `length` characters. */
export function printable(text: string, length: number): string {
  const line = text
    .slice(0, length * 2)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
