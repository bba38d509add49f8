/**
 * Error answers: `application/problem+json` (RFC 9457) that is also what Azure's client libraries read: an `error`
 * member and the header `x-ms-error-code` (Azure REST API Guidelines, "Handling errors").
 */

import type { HttpResponseInit } from '@azure/functions';
import type { LineProblem } from '../adjustments/adjustmentLine.ts';
import type { ApiErrorCode } from './errors.ts';
import { API_ERRORS } from './errors.ts';

/** What an answer says beyond its code. */
export interface ProblemDetails {
  /** A sentence that names the thing, the value and the remedy. */
  readonly detail: string;
  /** The parameter, header or field in question. */
  readonly target?: string;
  /** What is wrong with single lines. */
  readonly lines?: readonly LineProblem[];
  /** Members of the answer besides the standard ones, e.g. per-line results. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by a handler to be answered as a problem; handleHttp.ts catches it. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly details: ProblemDetails;
  constructor(code: ApiErrorCode, details: string | ProblemDetails, options?: ErrorOptions) {
    const given = typeof details === 'string' ? { detail: details } : details;
    super(given.detail, options);
    this.name = 'ApiError';
    this.code = code;
    this.details = given;
  }
}

/**
 * The answer to a request that failed.
 *
 * @param instance identifies this occurrence, e.g. `urn:uuid:` and the request id
 */
export function problemResponse(
  code: ApiErrorCode,
  details: ProblemDetails,
  instance: string,
): HttpResponseInit {
  const { status, title } = API_ERRORS[code];
  const lines = details.lines ?? [];
  const problem = {
    type: `urn:problem-type:inventory-visibility-business-layer:${code}`,
    title,
    status,
    detail: details.detail,
    instance,
    error: {
      code,
      message: details.detail,
      ...(details.target === undefined ? {} : { target: details.target }),
      details: lines.map(({ code, message, line, field }) => ({
        code,
        message,
        target: target(line, field),
      })),
    },
    ...(details.lines === undefined ? {} : { errors: lines.map(withPointer) }),
    ...details.extensions,
  };
  return {
    status,
    headers: { ...details.headers, 'content-type': 'application/problem+json', 'x-ms-error-code': code },
    body: JSON.stringify(problem),
  };
}

/** Adds a JSON Pointer (RFC 6901) to the field within the request's body. */
function withPointer(problem: LineProblem): LineProblem & { readonly pointer: string } {
  const path = fieldPath(problem.field).map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'));
  return { ...problem, pointer: ['', String(problem.line), ...path].join('/') };
}

function target(line: number, field: string): string {
  return [`[${line}]`, ...fieldPath(field)].join('.');
}

/** Only dimensions stand deeper than the line itself; their names may contain points. */
function fieldPath(field: string): string[] {
  if (field === '') return [];
  const prefix = 'dimensions.';
  return field.startsWith(prefix) ? ['dimensions', field.slice(prefix.length)] : [field];
}
