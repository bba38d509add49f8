/**
 * The cache synchronization that a posting with `createWithIVSync` carries out itself, within its own time. Requests that
 * were appended together share one; a failure never takes back what was accepted: a timer goes on with it.
 */
import { organizationKey } from '../adjustments/keys.ts';
import { driveSync } from '../cacheSync/driveSync.ts';
import type { BusinessLayer, Environment } from '../app/businessLayer.ts';
import { INLINE_BUDGET_MS, readSync } from '../log/syncRow.ts';
import type { AppendResult } from '../log/appendQueue.ts';
import { PresentPlaces } from '../reading/presentPlace.ts';

/** Resolves when the synchronization is finished, or cannot be finished within the request's time. Never throws. */
export async function inlineSync(
  layer: BusinessLayer,
  environment: Environment,
  organizationId: string,
  result: AppendResult,
): Promise<void> {
  const { runtime, tables } = layer.parts;
  const dependencies = layer.syncDependencies(environment, organizationKey(organizationId));
  const { partitionKey } = dependencies;
  try {
    // Nothing goes out of a log that went back in time until an operator has released it, this way or by a timer.
    const held = await layer.writer(environment, organizationId).noticeRewind();
    if (held && environment.settings.afterRewind === 'hold') return;
    const syncs = new Set<number>(result.sync === undefined ? [] : [result.sync]);
    // A line that is in by an earlier try of this request may stand in a synchronization that nobody finished; so may
    // one that was parked and driven again.
    const places = new PresentPlaces(tables, partitionKey);
    for (const line of result.outcomes) {
      if (line.kind !== 'duplicate' || syncs.has(line.seq)) continue;
      const { state } = await places.of(line);
      if (state?.state === 'syncing' && state.sync !== undefined) syncs.add(state.sync);
    }
    const patience = { deadline: runtime.clock.now() + INLINE_BUDGET_MS, longestPauseMs: INLINE_BUDGET_MS };
    await Promise.all(
      [...syncs].map((firstSeq) =>
        layer.sharedWork(`sync~${partitionKey}~${firstSeq}`, async () => {
          const sync = await readSync(tables, partitionKey, firstSeq);
          if (sync !== undefined) await driveSync(dependencies, sync, patience);
        }),
      ),
    );
  } catch (error) {
    runtime.logger.warn(
      'Accepted lines could not be synchronized to the cache at once; a timer goes on with them.',
      {
        log: partitionKey,
        reason: error instanceof Error ? error.message : String(error),
      },
    );
  }
}
