/** Parameters of a request: flags, words and numbers in the query, and the Prefer header (RFC 7240). */
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

/** A parameter that has to be one of some words; its name is compared without regard to case. @throws ApiError InvalidParameter */
export function choiceParameter<Choice extends string>(
  request: HttpRequest,
  name: string,
  choices: readonly Choice[],
): Choice {
  const given = lastOf(request, name);
  const choice = choices.find((each) => each === given);
  if (choice !== undefined) return choice;
  const what = given === undefined ? 'is missing' : `is "${given.slice(0, 50)}"`;
  throw new ApiError('InvalidParameter', {
    detail: `The parameter ${name} ${what}; it must be one of ${choices.join(', ')}.`,
    target: name,
  });
}

/** A whole number from 1, such as `?from=1001`. @throws ApiError InvalidParameter */
export function numberParameter(request: HttpRequest, name: string, otherwise: number): number {
  const given = lastOf(request, name);
  if (given === undefined) return otherwise;
  if (/^[1-9]\d{0,8}$/.test(given)) return Number(given);
  throw new ApiError('InvalidParameter', {
    detail: `The parameter ${name} is "${given.slice(0, 50)}"; it must be a whole number from 1.`,
    target: name,
  });
}

function lastOf(request: HttpRequest, name: string): string | undefined {
  let last: string | undefined;
  for (const [given, value] of request.query) if (given.toLowerCase() === name.toLowerCase()) last = value;
  return last;
}

/** Whether the caller prefers that valid lines are accepted although others are not: `Prefer: handling=lenient`. */
export function prefersLenientHandling(request: HttpRequest): boolean {
  const preferences = (request.headers.get('prefer') ?? '')
    .split(',')
    .map((part) => part.trim().toLowerCase());
  return preferences.some((preference) => /^handling\s*=\s*"?lenient"?(\s*;.*)?$/.test(preference));
}
