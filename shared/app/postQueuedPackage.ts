/**
 * Posts the package that a queue message points to. It never fails: a failure would be redelivered at once, ten times,
 * and end in the dead-letter queue. The package's row knows how far it is, and the tracking timer sends a new message.
 */
import { listLogs } from '../log/logDirectory.ts';
import { postJournalPackage } from '../posting/postJournalPackage.ts';
import { parseJournalPackageMessage } from '../queue/journalPackageQueue.ts';
import type { BusinessLayer } from './businessLayer.ts';

export async function postQueuedPackage(layer: BusinessLayer, body: unknown): Promise<void> {
  const { logger } = layer.parts.runtime;
  const message = parseJournalPackageMessage(body);
  if (message === undefined) {
    logger.error(
      'A queue message names no package and is dropped; the timers find every package without it.',
    );
    return;
  }
  const fields = {
    environment: message.environmentId,
    organization: message.organizationKey,
    run: message.run,
    package: message.package,
  };
  try {
    const environment = await layer.environment(message.environmentId);
    const logs = environment ? await listLogs(layer.parts.tables, environment.key) : [];
    const log = logs.find(({ organizationKey }) => organizationKey === message.organizationKey);
    if (environment === undefined || log === undefined) {
      logger.warn('A queue message points to a log that does not exist; it is dropped.', fields);
      return;
    }
    const held = await layer.writer(environment, log.organizationId).noticeRewind();
    if (held && environment.settings.afterRewind === 'hold') return;
    await postJournalPackage(layer.journalDependencies(environment, log), message);
  } catch (error) {
    logger.error('A package could not be posted; the tracking timer sends a new message for it.', {
      ...fields,
      reason: error instanceof Error ? error.message : String(error),
    });
  }
}
