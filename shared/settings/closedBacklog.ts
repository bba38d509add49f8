/** What was closed unsent when the sync job was switched on again over a backlog. Pure. */
import type { ClosedBacklog } from './environmentSettings.ts';

/**
 * Whether something that was accepted then, and carries this date, was closed.
 *
 * @param acceptedAt milliseconds since the Unix epoch
 * @param date yyyy-MM-dd
 */
export function isClosedBacklog(closed: readonly ClosedBacklog[], acceptedAt: number, date: string): boolean {
  return closed.some(
    ({ acceptedBefore, datedBefore }) =>
      acceptedAt < Date.parse(acceptedBefore) && (datedBefore === undefined || date < datedBefore),
  );
}
