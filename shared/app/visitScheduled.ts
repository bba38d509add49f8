/**
 * A round of a job with a schedule. An occurrence is handled for each legal entity by itself: it stays due for those that
 * had trouble, and for those only, also when another instance makes the next round.
 */
import type { ListedLog } from '../log/logDirectory.ts';
import type { ScheduledJob, ScheduleMark } from '../settings/scheduleStore.ts';
import type { BusinessLayer, Environment } from './businessLayer.ts';
import { visitLogs } from './visitLogs.ts';

/** What is due in an environment, and what was handled last there. */
export interface Occurrence {
  /** The occurrence that is due, milliseconds since the Unix epoch; undefined when none is. */
  readonly slot: number | undefined;
  readonly mark: ScheduleMark | undefined;
}

/**
 * Visits every log, telling it whether the occurrence is due for it; the visit answers whether everything due is done.
 * @throws TableError when the logs cannot be listed.
 */
export async function visitScheduled(
  layer: BusinessLayer,
  environment: Environment,
  job: ScheduledJob,
  { slot, mark }: Occurrence,
  visit: (log: ListedLog, due: boolean) => Promise<boolean>,
): Promise<void> {
  const { schedules } = layer.parts;
  const { environmentId } = environment.settings;
  if (slot === undefined) {
    await visitLogs(layer, environment, job, async (log) => {
      await visit(log, false);
    });
    return;
  }
  const done: (readonly [organizationKey: string, before: ScheduleMark | undefined])[] = [];
  let left = 0;
  const untroubled = await visitLogs(layer, environment, job, async (log) => {
    const before = await schedules.last(environmentId, job, log.organizationKey);
    const due = before?.at !== slot;
    if (!(await visit(log, due))) left++;
    else if (due) done.push([log.organizationKey, before]);
  });
  if (untroubled && left === 0) await schedules.mark(environmentId, job, slot, mark);
  else
    for (const [organizationKey, before] of done)
      await schedules.mark(environmentId, job, slot, before, organizationKey);
}
