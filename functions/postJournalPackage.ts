import { app, type InvocationContext } from '@azure/functions';
import { postQueuedPackage } from '../shared/app/postQueuedPackage.ts';
import { JOURNAL_PACKAGE_QUEUE } from '../shared/queue/journalPackageQueue.ts';
import { businessLayer } from './composition.ts';

/** Sends the data package that a message points to. */
export async function postJournalPackage(message: unknown, _context: InvocationContext): Promise<void> {
  await postQueuedPackage(await businessLayer(), message);
}

app.serviceBusQueue('postJournalPackage', {
  connection: 'SERVICE_BUS_CONNECTION',
  queueName: JOURNAL_PACKAGE_QUEUE,
  handler: postJournalPackage,
});
