/**
 * Puts a data package into the queue of a recurring data job. Source: "Recurring integrations", section "Submitting data
 * to recurring data jobs".
 */
import { excerpt, parseAnswer, isRecord, printable } from '../dynamics/answerJson.ts';
import { HttpFailure } from '../http/httpClient.ts';
import type { HttpClient, OutboundResponse } from '../http/httpClient.ts';
import { parseRetryAfter } from '../http/retryAfter.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import type { Clock } from '../runtime/ports.ts';
import { errorText, THROTTLED_WAIT_MS } from './dynamicsRequests.ts';
import type { SendAnswer } from './supplyChain.ts';

const MESSAGE_ID = /^\{?[0-9A-Za-z-]{1,64}\}?$/;
const NO_MESSAGE = '00000000-0000-0000-0000-000000000000';

export interface EnqueueRequest {
  /** `{url}/api/connector/enqueue/{activityId}`. */
  readonly address: string;
  readonly company: string;
  /** Comes back as the message's external identifier; it does not keep SCM from taking a package twice. */
  readonly externalIdentifier: string;
  readonly zip: Uint8Array;
  /** Milliseconds, the upload included. */
  readonly timeoutMs: number;
}

export interface EnqueueContext {
  readonly http: HttpClient;
  readonly clock: Clock;
  /** Told of a token that was answered with 401. */
  readonly onUnauthorized: (token: AccessToken) => void;
}

/** Never throws: every outcome is an answer. */
export async function enqueue(
  { http, clock, onUnauthorized }: EnqueueContext,
  token: AccessToken,
  request: EnqueueRequest,
): Promise<SendAnswer> {
  let response: OutboundResponse;
  try {
    response = await http.send({
      method: 'POST',
      url: `${request.address}?company=${encodeURIComponent(request.company)}`,
      headers: {
        authorization: `Bearer ${token.value}`,
        'content-type': 'application/zip',
        accept: 'application/json',
        'x-ms-dyn-externalidentifier': request.externalIdentifier,
      },
      body: request.zip,
      timeoutMs: request.timeoutMs,
      maxResponseBytes: 1024 * 1024,
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const noEffect = error instanceof HttpFailure && error.kind === 'refused';
    return { kind: noEffect ? 'noEffect' : 'unknown', message: printable(message, 500) };
  }
  const { status } = response;
  const message = `Supply Chain Management answered ${status}: ${errorText(response)}`;
  const wait = parseRetryAfter(response.headers['retry-after'], clock.now());
  switch (status) {
    case 200:
    case 201:
    case 202: {
      const messageId = readMessageId(response.body);
      return messageId
        ? { kind: 'accepted', messageId }
        : { kind: 'unknown', message: `no message id can be read; ${message}` };
    }
    case 400:
    case 403:
    case 404:
    case 413:
      return { kind: 'refused', statusCode: status, message };
    case 401:
      onUnauthorized(token);
      return { kind: 'noEffect', message };
    case 429:
      return { kind: 'noEffect', message, retryAfterMs: wait ?? THROTTLED_WAIT_MS };
    default:
      return { kind: 'unknown', message, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
  }
}

/** Seen as a JSON string, as an object with a `value`, and bare. */
function readMessageId(body: Uint8Array): string | undefined {
  const answer = parseAnswer(body);
  const value = isRecord(answer) ? answer.value : (answer ?? excerpt(body, 100));
  const id = typeof value === 'string' ? value.trim() : '';
  return MESSAGE_ID.test(id) && id !== NO_MESSAGE ? id : undefined;
}
