/** The JSON body of a request. */
import { parseExactJson } from '../exactJson.ts';
import { Refusal } from './exchange.ts';
import type { Exchange } from './exchange.ts';

/** Parses the body of a POST with exact numbers. @throws Refusal 400, 405 or 415 */
export function postedJson(exchange: Exchange): unknown {
  if (exchange.method !== 'POST') throw new Refusal(405, 'Use POST.', { Allow: 'POST' });
  return jsonBody(exchange);
}

/** Parses the body with exact numbers, whatever the method. @throws Refusal 400 or 415 */
export function jsonBody(exchange: Exchange): unknown {
  const contentType = exchange.headers['content-type'] ?? '';
  if (!/^application\/json\b/i.test(contentType)) {
    throw new Refusal(415, `Content-Type "${contentType}" is not supported; use application/json.`);
  }
  try {
    return parseExactJson(exchange.body);
  } catch (error) {
    throw new Refusal(400, `The body is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
