/** What a token endpoint answered: checked, and its expiry computed. */
import { parseRetryAfter } from '../http/retryAfter.ts';
import type { OutboundResponse } from '../http/httpClient.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import { isRecord, parseAnswer, wholeNumber } from './answerJson.ts';

/** Bytes; tokens with many claims stay far below it. */
export const MAX_TOKEN_ANSWER_BYTES = 64 * 1024;

const LONGEST_LIFE_SECONDS = 7 * 24 * 60 * 60;

/** What may stand in an Authorization header (RFC 6750, b64token). */
const BEARER = /^[A-Za-z0-9\-._~+/]+=*$/;

/**
 * The token of a successful answer: `access_token`, `token_type` bearer, `expires_in` as a number or a string.
 *
 * `now` is the moment the answer arrived, so the computed expiry is not before the true one: whoever waits until a
 * token has certainly expired may rely on it. Where the token is a JWT that can be read, its own `exp` caps it.
 *
 * @throws DependencyError for any other answer. The message never holds the answer's text, which may hold a token.
 */
export function tokenFromAnswer(dependency: string, answer: OutboundResponse, now: number): AccessToken {
  const body = parseAnswer(answer.body);
  if (!isRecord(body)) throw new DependencyError(dependency, 'its answer 200 is not a JSON object');
  const value = body.access_token;
  if (typeof value !== 'string' || !BEARER.test(value)) {
    throw new DependencyError(dependency, 'its answer 200 holds no usable access_token');
  }
  if (typeof body.token_type !== 'string' || body.token_type.toLowerCase() !== 'bearer') {
    throw new DependencyError(dependency, 'its answer 200 does not hold a token of type Bearer');
  }
  const seconds = wholeNumber(body.expires_in);
  if (seconds === undefined || seconds <= 0 || seconds > LONGEST_LIFE_SECONDS) {
    throw new DependencyError(dependency, 'expires_in of its answer 200 is not a number of seconds');
  }
  const expiresAt = now + seconds * 1000;
  const ownExpiry = jwtExpiry(value);
  return { value, expiresAt: ownExpiry === undefined ? expiresAt : Math.min(expiresAt, ownExpiry) };
}

/** A token request that was turned down. `remedy` is a clause such as `check the client id`. */
export function tokenRefused(
  dependency: string,
  answer: OutboundResponse,
  remedy: string,
  now: number,
): DependencyError {
  const code = errorCode(answer.body);
  const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], now);
  return new DependencyError(
    dependency,
    `refused a token with status ${answer.status}${code ? ` (${code})` : ''}; ${remedy}`,
    retryAfterMs === undefined ? {} : { retryAfterMs },
  );
}

/** The OAuth error code and Microsoft's AADSTS number. Nothing else of the answer: it may repeat what was sent. */
function errorCode(body: Uint8Array): string {
  const answer = parseAnswer(body);
  if (!isRecord(answer)) return '';
  const error = typeof answer.error === 'string' && /^[a-z_]{1,40}$/.test(answer.error) ? answer.error : '';
  const description = typeof answer.error_description === 'string' ? answer.error_description : '';
  const number = /\bAADSTS\d{4,8}\b/.exec(description)?.[0] ?? '';
  return [error, number].filter(Boolean).join(', ');
}

/** `exp` of a JWT in milliseconds; undefined when the token is opaque. The signature is not ours to check. */
function jwtExpiry(token: string): number | undefined {
  const payload = token.split('.')[1];
  if (!payload) return undefined;
  const claims = parseAnswer(Buffer.from(payload, 'base64url'));
  const seconds = isRecord(claims) ? wholeNumber(claims.exp) : undefined;
  return seconds === undefined ? undefined : seconds * 1000;
}
