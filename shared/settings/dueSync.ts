/** When the periodic synchronization to the Inventory Visibility cache is due. */

/** The slot that is due now, by its first millisecond; undefined when it was started in already. See {@link isSyncDue}. */
export function dueSyncSlot(
  frequencyMinutes: number,
  lastStart: number | undefined,
  now: number,
  secondsPerMinute = 60,
): number | undefined {
  const slotMs = frequencyMinutes * secondsPerMinute * 1_000;
  return isSyncDue(frequencyMinutes, lastStart, now, secondsPerMinute) ? now - (now % slotMs) : undefined;
}

/**
 * Time is divided into slots as long as the frequency; a synchronization is due once in each. Counting from the last
 * start instead would let every start slip to the tick of the timer after it.
 *
 * @param frequencyMinutes setting "Inventory Visibility synchronization frequency"
 * @param lastStart milliseconds since the Unix epoch; undefined when there was none
 * @param secondsPerMinute how long a minute lasts: a laptop shortens it
 */
export function isSyncDue(
  frequencyMinutes: number,
  lastStart: number | undefined,
  now: number,
  secondsPerMinute = 60,
): boolean {
  if (lastStart === undefined) return true;
  const slotMs = frequencyMinutes * secondsPerMinute * 1_000;
  // Not "later than": after a clock was wrong, the next slot must not be years away.
  return Math.floor(now / slotMs) !== Math.floor(lastStart / slotMs);
}
