/** What an answer to a submission means, whatever the transport: taken, refused, without effect, or unknown. */
import { printable } from '../dynamics/answerJson.ts';
import type { QuietPeriod } from '../dynamics/quietPeriod.ts';
import { HttpFailure } from '../http/httpClient.ts';
import type { HttpClient, OutboundRequest, OutboundResponse } from '../http/httpClient.ts';
import { parseRetryAfter } from '../http/retryAfter.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import type { Clock } from '../runtime/ports.ts';
import { errorText, leftAlone, THROTTLED_WAIT_MS } from './dynamicsRequests.ts';
import type { SendAnswer } from './supplyChain.ts';

export interface SendContext {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly quiet: QuietPeriod;
  /** Told of a token that was answered with 401. */
  readonly onUnauthorized: (token: AccessToken) => void;
}

/**
 * Makes the call that submits, with exactly this token. Never throws: every outcome is an answer.
 * @param readId reads the id that SCM gave from a successful answer; undefined when there is none
 */
export async function submit(
  { http, clock, quiet, onUnauthorized }: SendContext,
  token: AccessToken,
  request: OutboundRequest,
  readId: (body: Uint8Array) => string | undefined,
): Promise<SendAnswer> {
  const waitMs = quiet.remainingMs();
  if (waitMs > 0)
    return { kind: 'noEffect', message: `not sent, ${leftAlone(waitMs)}`, retryAfterMs: waitMs };
  let response: OutboundResponse;
  try {
    response = await http.send({
      ...request,
      headers: { ...request.headers, authorization: `Bearer ${token.value}`, accept: 'application/json' },
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
  quiet.note(status, status === 429 ? (wait ?? THROTTLED_WAIT_MS) : wait);
  switch (status) {
    case 200:
    case 201:
    case 202: {
      const messageId = readId(response.body);
      return messageId
        ? { kind: 'accepted', messageId }
        : { kind: 'unknown', message: `no id can be read; ${message}` };
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
