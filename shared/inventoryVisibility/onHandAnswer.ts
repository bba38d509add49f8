/** What an answer to POST /onhand/bulk means: which events were applied, which were refused, and which are unknown. */
import { isRecord, excerpt, parseAnswer, printable, wholeNumber } from '../dynamics/answerJson.ts';
import type { AnswerRecord } from '../dynamics/answerJson.ts';
import { HttpFailure } from '../http/httpClient.ts';
import type { OutboundResponse } from '../http/httpClient.ts';
import { parseRetryAfter } from '../http/retryAfter.ts';
import type { EventResult, OnHandAnswer, OnHandEvent } from './inventoryVisibility.ts';

const MAX_MESSAGE_LENGTH = 500;

/** A cache partition that is being loaded; clients in the field repeat after ten seconds. */
const WAITING_FOR_PARTITION_MS = 10_000;

/** Classes of OnHandAnswer by status. `now`: milliseconds since the Unix epoch, for a Retry-After date. */
export function readOnHandAnswer(
  response: OutboundResponse,
  events: readonly OnHandEvent[],
  now: number,
): OnHandAnswer {
  const { status } = response;
  const message = `Inventory Visibility answered ${status}: ${excerpt(response.body, MAX_MESSAGE_LENGTH - 50)}`;
  const wait = waitOf(response, now);
  const retry = wait === undefined ? {} : { retryAfterMs: wait };
  switch (status) {
    case 200:
    case 207: {
      const results = eventResults(response.body, events);
      return results
        ? { kind: 'answered', results }
        : { kind: 'unknown', message: `the results cannot be read; ${message}`, ...retry };
    }
    case 400:
    case 413:
    case 422: {
      // Should it list results and one of them a success, then it did not turn down the whole call.
      const results = eventResults(response.body, events);
      const partial = results && [...results.values()].some((result) => result.applied);
      return partial ? { kind: 'answered', results } : { kind: 'refused', statusCode: status, message };
    }
    // Turned away before the events were looked at: not signed in, no right, no such environment, elsewhere, too busy.
    case 401:
    case 403:
    case 404:
    case 307:
    case 308:
    case 429:
      return { kind: 'noEffect', message, ...retry };
    default:
      return { kind: 'unknown', message, ...retry };
  }
}

/** How long the service asks to be left alone, in milliseconds; undefined where it does not say. */
export function waitOf(response: OutboundResponse, now: number): number | undefined {
  const said = parseRetryAfter(response.headers['retry-after'], now);
  const isLoading = response.status === 500 && /waiting for partition/i.test(excerpt(response.body, 2000));
  return said ?? (isLoading ? WAITING_FOR_PARTITION_MS : undefined);
}

/** What a call that got no answer means. */
export function readOnHandFailure(error: unknown): OnHandAnswer {
  const message = printable(error instanceof Error ? error.message : String(error), MAX_MESSAGE_LENGTH);
  const noEffect = error instanceof HttpFailure && error.kind === 'refused';
  return { kind: noEffect ? 'noEffect' : 'unknown', message };
}

/**
 * Results by event id, spelled as we sent it. Ids we did not send are ignored, order means nothing, and an id with two
 * results that contradict each other has none. Undefined when the body is not a list of results at all.
 */
function eventResults(
  body: Uint8Array,
  events: readonly OnHandEvent[],
): ReadonlyMap<string, EventResult> | undefined {
  const answer = parseAnswer(body);
  if (!Array.isArray(answer)) return undefined;
  const sent = new Map(events.map((event) => [event.id.toLowerCase(), event.id]));
  const results = new Map<string, EventResult>();
  const contradicted = new Set<string>();
  for (const item of answer as unknown[]) {
    if (!isRecord(item) || typeof item.id !== 'string') continue;
    const id = sent.get(item.id.toLowerCase());
    const result = id === undefined ? undefined : eventResult(item);
    if (id === undefined || !result) continue;
    const earlier = results.get(id);
    if (earlier && earlier.applied !== result.applied) contradicted.add(id);
    results.set(id, result);
  }
  for (const id of contradicted) results.delete(id);
  return results;
}

/**
 * One result, or undefined when it does not say whether the event was applied: a failure with a status of the 5xx
 * class (or 408, 429) may be a time-out behind the service, so only a definite refusal counts as one.
 */
function eventResult(item: AnswerRecord): EventResult | undefined {
  const processing = typeof item.processingStatus === 'string' ? item.processingStatus.toLowerCase() : '';
  const statusCode = wholeNumber(item.statusCode);
  const message = typeof item.message === 'string' ? printable(item.message, MAX_MESSAGE_LENGTH) : '';
  const success = statusCode === undefined || (statusCode >= 200 && statusCode < 300);
  if (processing === 'success' && success) return { applied: true, statusCode: statusCode ?? 200, message };
  if (processing !== 'failure' || statusCode === undefined) return undefined;
  const definite = statusCode >= 400 && statusCode < 500 && statusCode !== 408 && statusCode !== 429;
  return definite ? { applied: false, statusCode, message } : undefined;
}
