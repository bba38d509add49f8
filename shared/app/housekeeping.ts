/** What the timers beside the hops do at each tick: they keep the logs of all legal entities in order. */
import { auditLog } from '../audit/auditLog.ts';
import type { Findings } from '../audit/findings.ts';
import { organizationKey as organizationKeyOf } from '../adjustments/keys.ts';
import { ensureLogListed } from '../log/logDirectory.ts';
import { ADJUSTMENT_LOG, HEAD_KEY, partitionKeyOf } from '../log/rowKeys.ts';
import { applyRetention } from '../retention/applyRetention.ts';
import type { BusinessLayer, Environment } from './businessLayer.ts';
import { visitEnvironments, visitLogs } from './visitLogs.ts';

/** A tick of `applyRetention`. @throws TableError when storage cannot be read at all. */
export async function applyRetentionTick(layer: BusinessLayer): Promise<void> {
  const { tables, runtime } = layer.parts;
  await visitEnvironments(layer, 'applyRetention', async (environment, deadline) => {
    await visitLogs(layer, environment, 'applyRetention', (log) => {
      const partitionKey = partitionKeyOf(environment.key, log.organizationKey);
      return applyRetention({ tables, runtime, partitionKey }, environment.settings.retention, deadline);
    });
  });
}

/**
 * A tick of `auditLogs`. Every log is looked at, also one that is held after a rewind. @throws TableError when storage
 * cannot be read at all.
 */
export async function auditLogsTick(layer: BusinessLayer): Promise<void> {
  const { runtime, secondsPerMinute } = layer.parts;
  await visitEnvironments(layer, 'auditLogs', async (environment, deadline) => {
    const found = await unlistedLogs(layer, environment);
    for (const log of await layer.logs(environment)) {
      if (runtime.clock.now() >= deadline) return;
      const wasUnlisted = found.has(log.organizationKey);
      try {
        await auditLog(
          { ...layer.journalDependencies(environment, log), secondsPerMinute },
          (findings: Findings) => {
            if (wasUnlisted) findings.add('LogNotListed', log.organizationId, true);
          },
        );
      } catch (error) {
        runtime.logger.error('A log could not be audited.', {
          environment: environment.settings.environmentId,
          organization: log.organizationId,
          reason: error instanceof Error ? error.message : String(error),
        });
      }
    }
  });
}

/**
 * Lists the logs that have lines and are not listed, as far as the settings name their legal entities: rows of the
 * directory are never removed, but storage can go back to a time before them. Resolves with their keys.
 */
async function unlistedLogs(layer: BusinessLayer, environment: Environment): Promise<Set<string>> {
  const { tables } = layer.parts;
  const listed = new Set((await layer.logs(environment)).map(({ organizationKey }) => organizationKey));
  const unlisted = new Set<string>();
  for (const { organizationId } of environment.settings.legalEntities) {
    const key = organizationKeyOf(organizationId);
    if (listed.has(key)) continue;
    const head = await tables.get(ADJUSTMENT_LOG, partitionKeyOf(environment.key, key), HEAD_KEY);
    if (head === undefined) continue;
    await ensureLogListed(tables, environment.key, key, organizationId);
    unlisted.add(key);
  }
  return unlisted;
}
