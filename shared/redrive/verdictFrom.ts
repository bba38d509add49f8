/** When a human may judge a line of which it is unknown whether the cache has applied it. */
import type { PresentPlace } from '../reading/presentPlace.ts';

/**
 * For a line of which it was not noted when its last token expires. No access token of Microsoft Entra lives longer
 * than a day. Source: Microsoft identity platform, "Configurable token lifetimes".
 */
const LONGEST_TOKEN_MS = 24 * 3_600_000;

/**
 * Milliseconds since the Unix epoch; undefined for a line that is not unknown. Earlier, its last attempt, sent by an
 * instance that had paused, might still be applied, and make the verdict wrong.
 */
export function verdictFrom({ state, parked }: PresentPlace, processingBoundMs: number): number | undefined {
  if (parked?.entry.reason !== 'unknown') return undefined;
  const expiry = parked.entry.tokenExpiresAt ?? (state?.postedAt ?? 0) + LONGEST_TOKEN_MS;
  return expiry + processingBoundMs;
}
