/** The answer per line as text. */
import type { LineResult } from './lineResults.ts';

/** What JSON writes between quotes as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * The results as a JSON array, to the letter what `JSON.stringify` gives. Nearly all of them are of accepted lines and have
 * the same form, so those are put together from it: a posting has as many as lines.
 */
export function lineResultsJson(results: readonly LineResult[]): string {
  let json = '';
  for (const result of results)
    json += `${json === '' ? '[' : ','}${acceptedJson(result) ?? JSON.stringify(result)}`;
  return json === '' ? '[]' : `${json}]`;
}

/** Undefined for a result of another form. */
function acceptedJson(result: LineResult): string | undefined {
  const { id, processingStatus, message, statusCode, lineRecordId, status, problems } = result;
  if (id === undefined || lineRecordId === undefined || status === undefined) return undefined;
  if (message !== '' || problems !== undefined || !PLAIN.test(id)) return undefined;
  return (
    `{"id":"${id}","processingStatus":"${processingStatus}","message":"","statusCode":${statusCode},` +
    `"lineRecordId":"${lineRecordId}","status":"${status}"}`
  );
}
