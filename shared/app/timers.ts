/**
 * What the three timers do at each tick: visit every legal entity of every environment, as far as the environment's
 * settings say that its hop is due. A tick stops itself in time and goes on at the next; trouble with one legal entity
 * never keeps the others waiting.
 */
import { syncCache } from '../cacheSync/syncCache.ts';
import type { ListedLog } from '../log/logDirectory.ts';
import { packageJournals } from '../packaging/packageJournals.ts';
import { isSyncDue } from '../settings/dueSync.ts';
import { dueOccurrence } from '../settings/jobSchedule.ts';
import type { ScheduledJob, ScheduleMark } from '../settings/scheduleStore.ts';
import { trackJournals } from '../tracking/trackJournals.ts';
import type { BusinessLayer, Environment } from './businessLayer.ts';

/** How long a tick works before it leaves the rest to the next one. */
const TICK_BUDGET_MS = 4 * 60_000;
/** Legal entities visited at once. */
const LOGS_AT_ONCE = 4;
/** Ids after which a checkpoint of the id index is written. */
const CHECKPOINT_DUE_IDS = 100_000;

/** A tick of `syncCache`. @throws TableError when storage cannot be read at all. */
export async function syncCacheTick(layer: BusinessLayer): Promise<void> {
  const { clock } = layer.parts.runtime;
  await visitEnvironments(layer, async (environment, deadline) => {
    const { settings } = environment;
    const mark = await layer.parts.schedules.last(settings.environmentId, 'syncCache');
    const now = clock.now();
    const due =
      settings.enableFeature &&
      settings.periodicallySynchronize &&
      isSyncDue(settings.synchronizationFrequency, mark?.at, now, layer.parts.secondsPerMinute);
    const slot = due ? now : undefined;
    await visitScheduled(layer, environment, 'syncCache', { slot, mark }, async (log, logDue) => {
      const dependencies = layer.syncDependencies(environment, log.organizationKey);
      const done = await syncCache(dependencies, { due: logDue, deadline });
      await layer.writer(environment, log.organizationId).checkpoint(CHECKPOINT_DUE_IDS);
      return done;
    });
  });
}

/** A tick of `packageJournals`. @throws TableError when storage cannot be read at all. */
export async function packageJournalsTick(layer: BusinessLayer): Promise<void> {
  const { clock } = layer.parts.runtime;
  await visitEnvironments(layer, async (environment, deadline) => {
    const { settings } = environment;
    if (!settings.enableFeature || !settings.enableSyncJob) return;
    const mark = await layer.parts.schedules.last(settings.environmentId, 'packageJournals');
    const slot = dueOccurrence(settings.jobSettings, mark?.at, clock.now(), layer.parts.secondsPerMinute);
    await visitScheduled(layer, environment, 'packageJournals', { slot, mark }, (log, due) =>
      packageJournals(layer.journalDependencies(environment, log), settings, { due, deadline }),
    );
  });
}

/** A tick of `trackJournals`. @throws TableError when storage cannot be read at all. */
export async function trackJournalsTick(layer: BusinessLayer): Promise<void> {
  await visitEnvironments(layer, async (environment, deadline) => {
    await visitLogs(layer, environment, 'trackJournals', (log) =>
      trackJournals(layer.journalDependencies(environment, log), deadline),
    );
  });
}

async function visitEnvironments(
  layer: BusinessLayer,
  visit: (environment: Environment, deadline: number) => Promise<void>,
): Promise<void> {
  const deadline = layer.parts.runtime.clock.now() + TICK_BUDGET_MS;
  for (const environment of await layer.environments()) await visit(environment, deadline);
}

/**
 * Visits the logs, telling each whether the job's occurrence `slot` is due for it; a visit answers whether everything due
 * is done. The occurrence counts as handled only when it is done for every log; until then those that had trouble are due
 * again at the next tick, and those that had none are not.
 */
async function visitScheduled(
  layer: BusinessLayer,
  environment: Environment,
  job: ScheduledJob,
  when: {
    readonly slot: number | undefined;
    readonly mark: ScheduleMark | undefined;
  },
  visit: (log: ListedLog, due: boolean) => Promise<boolean>,
): Promise<void> {
  const { slot, mark } = when;
  let allDone = true;
  const handled = layer.handledLogs(environment, job, mark?.at);
  const untroubled = await visitLogs(layer, environment, job, async (log) => {
    const due = slot !== undefined && !handled.has(log.organizationKey);
    const done = await visit(log, due);
    if (due && done) handled.add(log.organizationKey);
    allDone &&= done;
  });
  if (slot === undefined || !untroubled || !allDone) return;
  await layer.parts.schedules.mark(environment.settings.environmentId, job, slot, mark);
}

/** Visits the logs of an environment whose outward hops are not held after a rewind; false when one had trouble. */
async function visitLogs(
  layer: BusinessLayer,
  environment: Environment,
  hop: string,
  visit: (log: ListedLog) => Promise<void>,
): Promise<boolean> {
  const { logger } = layer.parts.runtime;
  const waiting = await layer.logs(environment);
  let untroubled = true;
  const next = async (): Promise<void> => {
    for (let log = waiting.shift(); log !== undefined; log = waiting.shift()) {
      const fields = {
        hop,
        environment: environment.settings.environmentId,
        organization: log.organizationId,
      };
      try {
        const held = await layer.writer(environment, log.organizationId).noticeRewind();
        if (held && environment.settings.afterRewind === 'hold')
          logger.warn('The log went back in time; nothing goes out until an operator releases it.', fields);
        else await visit(log);
      } catch (error) {
        untroubled = false;
        logger.error('A hop failed for a legal entity and is tried again at the next tick.', {
          ...fields,
          reason: error instanceof Error ? error.message : String(error),
        });
      }
    }
  };
  await Promise.all(Array.from({ length: LOGS_AT_ONCE }, next));
  return untroubled;
}
