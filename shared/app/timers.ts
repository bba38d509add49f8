/**
 * What the three timers do at each tick: visit every legal entity of every environment, as far as the environment's
 * settings say that its hop is due. A tick stops itself in time and goes on at the next.
 */
import { syncCache } from '../cacheSync/syncCache.ts';
import { packageJournals } from '../packaging/packageJournals.ts';
import { dueSyncSlot } from '../settings/dueSync.ts';
import { dueOccurrence } from '../settings/jobSchedule.ts';
import { trackJournals } from '../tracking/trackJournals.ts';
import type { BusinessLayer } from './businessLayer.ts';
import { visitEnvironments, visitLogs } from './visitLogs.ts';
import { visitScheduled } from './visitScheduled.ts';

/** A tick of `syncCache`. @throws TableError when storage cannot be read at all. */
export async function syncCacheTick(layer: BusinessLayer): Promise<void> {
  const { runtime, schedules, secondsPerMinute } = layer.parts;
  await visitEnvironments(layer, 'syncCache', async (environment, deadline) => {
    const { environmentId, enableFeature, periodicallySynchronize, synchronizationFrequency } =
      environment.settings;
    const mark = await schedules.last(environmentId, 'syncCache');
    const isOn = enableFeature && periodicallySynchronize;
    const slot = isOn
      ? dueSyncSlot(synchronizationFrequency, mark?.at, runtime.clock.now(), secondsPerMinute)
      : undefined;
    // What is under way is finished whatever the settings say, so every log is visited.
    await visitScheduled(layer, environment, 'syncCache', { slot, mark }, async (log, due) => {
      const done = await syncCache(layer.syncDependencies(environment, log.organizationKey), {
        due,
        deadline,
      });
      await layer.writer(environment, log.organizationId).checkpoints.tend(deadline);
      return done;
    });
  });
}

/** A tick of `packageJournals`. @throws TableError when storage cannot be read at all. */
export async function packageJournalsTick(layer: BusinessLayer): Promise<void> {
  const { runtime, schedules, secondsPerMinute } = layer.parts;
  await visitEnvironments(layer, 'packageJournals', async (environment, deadline) => {
    const { settings } = environment;
    if (!settings.enableFeature || !settings.enableSyncJob) return;
    const mark = await schedules.last(settings.environmentId, 'packageJournals');
    const slot = dueOccurrence(settings.jobSettings, mark?.at, runtime.clock.now(), secondsPerMinute);
    await visitScheduled(layer, environment, 'packageJournals', { slot, mark }, (log, due) =>
      packageJournals(layer.journalDependencies(environment, log), settings, { due, deadline }),
    );
  });
}

/** A tick of `trackJournals`. @throws TableError when storage cannot be read at all. */
export async function trackJournalsTick(layer: BusinessLayer): Promise<void> {
  await visitEnvironments(layer, 'trackJournals', async (environment, deadline) => {
    await visitLogs(layer, environment, 'trackJournals', (log) =>
      trackJournals(layer.journalDependencies(environment, log), deadline),
    );
  });
}
