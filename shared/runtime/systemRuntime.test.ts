import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from './systemRuntime.ts';

describe('the clock of a real process', () => {
  afterEach(() => void vi.useRealTimers());

  it('sleeps, with a signal that nobody aborts as without one', async () => {
    await expect(systemClock.sleep(1)).resolves.toBeUndefined();
    await expect(systemClock.sleep(1, new AbortController().signal)).resolves.toBeUndefined();
  });

  it('rejects with the reason of the signal as soon as it is aborted, and leaves no timer', async () => {
    vi.useFakeTimers();
    const alarm = new AbortController();
    const reason = new Error('given up');
    const sleep = systemClock.sleep(3_600_000, alarm.signal);
    alarm.abort(reason);
    await expect(sleep).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not begin when the signal was aborted before', async () => {
    const reason = new Error('given up');
    await expect(systemClock.sleep(3_600_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
