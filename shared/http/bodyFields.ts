/** The body of a request that is one small JSON object, read field by field. */
import { identifierFault } from '../adjustments/identifierText.ts';
import { InvalidUtf8Error } from '../json/decodeUtf8.ts';
import { JsonSyntaxError } from '../json/jsonSyntaxError.ts';
import { quoted } from '../json/quoted.ts';
import { JsonNumber, JsonObject, type JsonValue } from '../json/jsonValue.ts';
import { parseStrictJsonBytes } from '../json/strictJson.ts';
import { ApiError } from './problem.ts';

export type Fields = ReadonlyMap<string, JsonValue>;

/** The fields of a body; it has no others than those that are known. @throws ApiError BodyNotUtf8, BodyNotJson, InvalidParameter */
export function bodyFields(body: Uint8Array, known: readonly string[]): Fields {
  return fieldsOf(parsed(body), known, 'The body');
}

/** @throws ApiError BodyNotJson, InvalidParameter */
export function fieldsOf(value: JsonValue, known: readonly string[], what: string): Fields {
  if (!(value instanceof JsonObject)) throw new ApiError('BodyNotJson', `${what} is not a JSON object.`);
  const fields = new Map(value.shape.names.map((name, index) => [name, value.values[index] ?? null]));
  for (const name of fields.keys())
    if (!known.includes(name))
      throw invalidField(name, `${quoted(name)} is no field of this request; it knows ${known.join(', ')}.`);
  return fields;
}

/** A text without what nobody sees; undefined when absent, null or empty. @throws ApiError InvalidParameter */
export function textField(fields: Fields, name: string, maxLength: number): string | undefined {
  const value = fields.get(name) ?? null;
  if (value === null || value === '') return undefined;
  if (typeof value !== 'string') throw invalidField(name, `${name} (${shown(value)}) must be a string.`);
  const fault =
    value.length > maxLength
      ? `has ${value.length} characters; at most ${maxLength} are kept`
      : identifierFault(value);
  if (fault !== undefined) throw invalidField(name, `${name} (${quoted(value)}) ${fault}.`);
  return value.normalize('NFC');
}

/** A value as an error message quotes it. */
export function shown(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return 'missing';
  if (value instanceof JsonNumber) return value.text;
  return typeof value === 'string' ? quoted(value) : typeof value;
}

export function invalidField(target: string, detail: string): ApiError {
  return new ApiError('InvalidParameter', { detail, target });
}

function parsed(body: Uint8Array): JsonValue {
  try {
    return parseStrictJsonBytes(body);
  } catch (error) {
    if (error instanceof InvalidUtf8Error) throw new ApiError('BodyNotUtf8', error.message, { cause: error });
    if (error instanceof JsonSyntaxError)
      throw new ApiError('BodyNotJson', `The body is not acceptable JSON. ${error.message}`, {
        cause: error,
      });
    throw error;
  }
}
