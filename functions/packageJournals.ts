import { app, type InvocationContext, type Timer } from '@azure/functions';
import { packageJournalsTick } from '../shared/app/timers.ts';
import { businessLayer } from './composition.ts';

/** Aggregates what is cached into journals and packages, when the job settings say so. */
export async function packageJournals(_timer: Timer, _context: InvocationContext): Promise<void> {
  await packageJournalsTick(await businessLayer());
}

app.timer('packageJournals', { schedule: '%PACKAGE_JOURNALS_SCHEDULE%', handler: packageJournals });
