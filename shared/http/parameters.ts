/** Parameters of a request: flags in the query, and the Prefer header (RFC 7240). */
import type { HttpRequest } from '@azure/functions';
import { ApiError } from './problem.ts';

/** A flag such as `?validateOnly=true`; its name is compared without regard to case. @throws ApiError InvalidParameter */
export function flagParameter(request: HttpRequest, name: string): boolean {
  let flag = false;
  for (const [given, value] of request.query) {
    if (given.toLowerCase() !== name.toLowerCase()) continue;
    const text = value.toLowerCase();
    if (text !== 'true' && text !== 'false')
      throw new ApiError('InvalidParameter', {
        detail: `The parameter ${name} is "${value.slice(0, 50)}"; it must be true or false.`,
        target: name,
      });
    flag = text === 'true';
  }
  return flag;
}

/** Whether the caller prefers that valid lines are accepted although others are not: `Prefer: handling=lenient`. */
export function prefersLenientHandling(request: HttpRequest): boolean {
  const preferences = (request.headers.get('prefer') ?? '')
    .split(',')
    .map((part) => part.trim().toLowerCase());
  return preferences.some((preference) => /^handling\s*=\s*"?lenient"?(\s*;.*)?$/.test(preference));
}
