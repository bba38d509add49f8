/** Puts a package back in line after a try without effect, later with every such try. */
import type { PackageState, Submission } from '../log/packageRow.ts';

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 600_000;

/** The package's state while it waits for its next try. Times in milliseconds. */
export function postponed(
  state: PackageState,
  submissions: readonly Submission[],
  now: number,
  lastError: string,
  retryAfterMs = 0,
): PackageState & { readonly notBefore: number } {
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(state.failures, 10));
  return {
    ...state,
    status: 'Queued',
    submissions,
    failures: state.failures + 1,
    lastError,
    queuedAt: now,
    notBefore: now + Math.max(pause, retryAfterMs),
  };
}
