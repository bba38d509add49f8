/** One try of a call out, under a deadline that also holds when a library overlooks the abort. */
import type { Clock } from './ports.ts';

/** Why a timer is given up; made once, because an error of one's own for each would cost more than the timer. */
const ENDED = new Error('the call has ended');

/**
 * Runs `call`; when it has not ended after `milliseconds`, aborts its signal and rejects with `expired()`.
 * The call's effect may still come about afterwards.
 */
export async function withDeadline<T>(
  clock: Clock,
  milliseconds: number,
  call: (signal: AbortSignal) => Promise<T>,
  expired: () => Error,
): Promise<T> {
  const request = new AbortController();
  const timer = new AbortController();
  const expiry = clock.sleep(milliseconds, timer.signal).then(() => {
    const reason = expired();
    request.abort(reason);
    throw reason;
  });
  try {
    return await Promise.race([call(request.signal), expiry]);
  } catch (error) {
    // What a library makes of the abort says less than the reason for it.
    throw request.signal.aborted ? request.signal.reason : error;
  } finally {
    expiry.catch(() => undefined);
    timer.abort(ENDED);
  }
}
