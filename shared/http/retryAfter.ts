/** The Retry-After header (RFC 9110 §10.2.3): seconds, or an HTTP date. */

/** A longer wait is taken for a mistake of the sender's. */
const LONGEST_MS = 24 * 60 * 60 * 1000;

const IMF_FIXDATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Milliseconds to wait from `now` (milliseconds since the Unix epoch), at least 0 and at most a day. Undefined when the
 * header is missing or is neither a whole number of seconds nor a date as HTTP writes it.
 */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,10}$/.test(text)) return Math.min(Number(text) * 1000, LONGEST_MS);
  if (!IMF_FIXDATE.test(text)) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at)) return undefined;
  return Math.min(Math.max(at - now, 0), LONGEST_MS);
}
