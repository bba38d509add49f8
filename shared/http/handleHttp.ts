/**
 * The one wrapper around every HTTP handler. Whatever happens, the caller gets an answer with a request id: a handler
 * that throws would otherwise leave the connection open without a response.
 */

import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import { AuthError } from '../auth/authError.ts';
import { RefusedRequestError } from '../adjustments/parseAdjustments.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import type { Runtime } from '../runtime/ports.ts';
import { TableError } from '../tables/tableStore.ts';
import { API_ERRORS } from './errors.ts';
import type { ApiErrorCode } from './errors.ts';
import type { ProblemDetails } from './problem.ts';
import { ApiError, problemResponse } from './problem.ts';

/** What a handler is told about the request besides the request itself. */
export interface RequestContext {
  /** Given by us, unique; it is in the answer and in the log. */
  readonly requestId: string;
}

export type HttpHandling = (request: HttpRequest, context: RequestContext) => Promise<HttpResponseInit>;

/** Set on every answer, unless the handler sets its own. Source: OWASP REST Security Cheat Sheet, "Security headers". */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Also keeps the caller's text out of the log's syntax. */
const CLIENT_REQUEST_ID = /^[A-Za-z0-9._:{}-]{1,128}$/;
const DEFAULT_RETRY_AFTER_MS = 5_000;

/** The handler as it is registered: never rejects. */
export function handleHttp(
  runtime: Runtime,
  handle: HttpHandling,
): (request: HttpRequest) => Promise<HttpResponseInit> {
  return async (request) => {
    const requestId = runtime.entropy.uuid();
    const given = request.headers.get('x-ms-client-request-id');
    const clientRequestId = given !== null && CLIENT_REQUEST_ID.test(given) ? given : undefined;
    const finished = (response: HttpResponseInit): HttpResponseInit => {
      const headers = new Headers(SECURITY_HEADERS);
      for (const [name, value] of new Headers(response.headers)) headers.set(name, value);
      headers.set('x-ms-request-id', requestId);
      if (clientRequestId !== undefined) headers.set('x-ms-client-request-id', clientRequestId);
      return { ...response, headers: Object.fromEntries(headers) };
    };
    try {
      return finished(await handle(request, { requestId }));
    } catch (error) {
      const { code, details } = failure(error);
      if (API_ERRORS[code].status >= 500) {
        const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
        runtime.logger.error('request failed', { requestId, clientRequestId, code, reason });
      }
      return finished(problemResponse(code, details, `urn:uuid:${requestId}`));
    }
  };
}

interface Failure {
  readonly code: ApiErrorCode;
  readonly details: ProblemDetails;
}

/** What the caller may know about something that was thrown. */
function failure(error: unknown): Failure {
  if (error instanceof ApiError) return { code: error.code, details: error.details };
  if (error instanceof RefusedRequestError) return { code: error.code, details: { detail: error.message } };
  if (error instanceof AuthError) return authFailure(error);
  if (error instanceof DependencyError) return unavailable(error.dependency, error.retryAfterMs);
  if (error instanceof TableError && TRANSIENT.has(error.failure)) return unavailable('storage', undefined);
  return {
    code: 'InternalError',
    details: { detail: 'The request failed through a fault of ours. Its request id stands in our log.' },
  };
}

const TRANSIENT: ReadonlySet<TableError['failure']> = new Set(['busy', 'unreachable', 'unknown']);

function authFailure(error: AuthError): Failure {
  const { code, message } = error;
  if (code === 'Forbidden') return { code, details: { detail: message } };
  // RFC 6750, section 3: without a token, no error is named.
  const challenge = code === 'MissingToken' ? 'Bearer' : 'Bearer error="invalid_token"';
  return { code, details: { detail: message, headers: { 'www-authenticate': challenge } } };
}

function unavailable(dependency: string, retryAfterMs: number | undefined): Failure {
  const seconds = Math.max(1, Math.ceil((retryAfterMs ?? DEFAULT_RETRY_AFTER_MS) / 1000));
  const detail = `The ${dependency} is not available, so whether anything was done is not certain. Send the same request, with the same ids, again in ${seconds} seconds.`;
  return { code: 'Unavailable', details: { detail, headers: { 'retry-after': String(seconds) } } };
}
