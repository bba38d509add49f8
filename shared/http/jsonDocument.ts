/** The body of a request that is one JSON document, for what checks its shape by a schema. */
import { decodeUtf8, InvalidUtf8Error } from '../json/decodeUtf8.ts';
import { JsonSyntaxError } from '../json/jsonSyntaxError.ts';
import { parseStrictJson } from '../json/strictJson.ts';
import { ApiError } from './problem.ts';

/**
 * As JSON.parse gives it. Parsed strictly first: a name that stands twice would otherwise hide what was meant.
 * @throws ApiError BodyNotUtf8, BodyNotJson
 */
export function jsonDocumentOf(body: Uint8Array): unknown {
  try {
    const text = decodeUtf8(body);
    parseStrictJson(text);
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof InvalidUtf8Error) throw new ApiError('BodyNotUtf8', error.message);
    if (error instanceof JsonSyntaxError || error instanceof SyntaxError)
      throw new ApiError('BodyNotJson', `The body is not acceptable JSON. ${error.message}`);
    throw error;
  }
}
