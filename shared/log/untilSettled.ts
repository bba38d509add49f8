/** Tries at something in a log until it is known how it came out, or the time for it is spent. */
import { DependencyError } from '../runtime/dependencyError.ts';
import type { Runtime } from '../runtime/ports.ts';
import { TableError } from '../tables/tableStore.ts';
import { CheckpointDamagedError } from './checkpoints/loadedCheckpoint.ts';
import { LogRewoundError } from './identify.ts';
import { DamagedRowError, UnknownRowVersionError } from './packedRow.ts';

/** How long it tries before the request is told to come back. */
const BUDGET_MS = 15_000;
/** A server that does not answer is not asked again at once; whoever only lost to another writer never waits. */
const PAUSE_AFTER_UNKNOWN_MS = 100;

/** Whether a try failed because another writer was first. */
export function lostToAnother(error: unknown): boolean {
  return error instanceof TableError && ['exists', 'changed', 'missing'].includes(error.failure);
}

/**
 * Runs `attempt` until it succeeds. Every failure of storage makes it start over; `failed` is told of each before, so
 * that the next try does not build on what the failure called into question.
 * @throws DependencyError when nobody listens, when time is up, or when a stored row cannot be understood; what
 * `attempt` throws of its own
 */
export async function untilSettled<Result>(
  { clock, entropy }: Runtime,
  log: string,
  attempt: () => Promise<Result>,
  failed: (error: unknown) => void,
): Promise<Result> {
  const deadline = clock.now() + BUDGET_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      failed(error);
      if (error instanceof UnknownRowVersionError || error instanceof DamagedRowError)
        throw new DependencyError('Table Storage', error.message, { cause: error });
      const isIndexStale = error instanceof LogRewoundError || error instanceof CheckpointDamagedError;
      if (!isIndexStale && (!(error instanceof TableError) || error.failure === 'invalid')) throw error;
      if (error instanceof TableError && error.failure === 'unreachable')
        throw new DependencyError('Table Storage', error.message, { cause: error, retryAfterMs: 1_000 });
      if (error instanceof TableError && (error.failure === 'unknown' || error.failure === 'busy'))
        await clock.sleep(PAUSE_AFTER_UNKNOWN_MS * (1 + entropy.fraction()));
      if (clock.now() >= deadline)
        throw new DependencyError('Table Storage', `the log ${log} could not be written in time`, {
          cause: error,
          retryAfterMs: 1_000,
        });
    }
  }
}
