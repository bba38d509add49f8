/** Puts a package back in line after a try without effect, later with every such try. */
import type { PackageState, Submission } from '../log/packageRow.ts';

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 600_000;
/** While other packages have their turn: the project must not lie idle because all the others wait so long. */
const LONGEST_TURN_MS = 60_000;

interface Wait {
  /** What the other side asked for. */
  readonly retryAfterMs?: number | undefined;
  readonly isBusy?: boolean;
}

/** The package's state while it waits for its next try. Times in milliseconds. */
export function postponed(
  state: PackageState,
  submissions: readonly Submission[],
  now: number,
  lastError: string,
  { retryAfterMs = 0, isBusy = false }: Wait,
): PackageState & { readonly notBefore: number } {
  const longest = isBusy ? LONGEST_TURN_MS : LONGEST_PAUSE_MS;
  const pause = Math.min(longest, FIRST_PAUSE_MS * 2 ** Math.min(state.failures, 10));
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
