/**
 * The round that every timer makes: all environments at once, and of each a few legal entities at a time. Trouble with
 * one keeps no other waiting, and each round begins elsewhere, so that what stands last is served as often as the rest.
 */
import type { ListedLog } from '../log/logDirectory.ts';
import type { BusinessLayer, Environment } from './businessLayer.ts';

/** How long a tick works before it leaves the rest to the next one. */
const TICK_BUDGET_MS = 4 * 60_000;
/** Legal entities of an environment visited at once. */
const LOGS_AT_ONCE = 4;

/**
 * Visits every environment, telling each when the tick must be over (milliseconds since the Unix epoch).
 * @throws TableError when the environments cannot be listed.
 */
export async function visitEnvironments(
  layer: BusinessLayer,
  hop: string,
  visit: (environment: Environment, deadline: number) => Promise<void>,
): Promise<void> {
  const { runtime, settings } = layer.parts;
  const deadline = runtime.clock.now() + TICK_BUDGET_MS;
  const visitOne = async (environmentId: string): Promise<void> => {
    try {
      const environment = await layer.environment(environmentId);
      if (environment !== undefined) await visit(environment, deadline);
    } catch (error) {
      runtime.logger.error('A hop failed for an environment and is tried again at the next tick.', {
        hop,
        environment: environmentId,
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  };
  await Promise.all((await settings.environmentIds()).map(visitOne));
}

/**
 * Visits the logs of an environment whose outward hops are not held after a rewind.
 * Resolves with whether all of them were visited without trouble. @throws TableError when they cannot be listed.
 */
export async function visitLogs(
  layer: BusinessLayer,
  environment: Environment,
  hop: string,
  visit: (log: ListedLog) => Promise<void>,
): Promise<boolean> {
  const { logger, entropy } = layer.parts.runtime;
  const logs = await layer.logs(environment);
  const first = Math.floor(entropy.fraction() * logs.length);
  const waiting = [...logs.slice(first), ...logs.slice(0, first)];
  let untroubled = true;
  const lane = async (): Promise<void> => {
    for (let log = waiting.shift(); log !== undefined; log = waiting.shift()) {
      const { environmentId, afterRewind } = environment.settings;
      const fields = { hop, environment: environmentId, organization: log.organizationId };
      try {
        const held = await layer.writer(environment, log.organizationId).noticeRewind();
        if (held && afterRewind === 'hold') {
          untroubled = false;
          logger.warn('The log went back in time; nothing goes out until an operator releases it.', fields);
        } else await visit(log);
      } catch (error) {
        untroubled = false;
        logger.error('A hop failed for a legal entity and is tried again at the next tick.', {
          ...fields,
          reason: error instanceof Error ? error.message : String(error),
        });
      }
    }
  };
  await Promise.all(Array.from({ length: LOGS_AT_ONCE }, lane));
  return untroubled;
}
