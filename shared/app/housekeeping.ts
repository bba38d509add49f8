/** What the timers beside the hops do at each tick: they keep the logs of all legal entities in order. */
import { partitionKeyOf } from '../log/rowKeys.ts';
import { applyRetention } from '../retention/applyRetention.ts';
import type { BusinessLayer } from './businessLayer.ts';
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
