import { app, type InvocationContext, type Timer } from '@azure/functions';
import { trackJournalsTick } from '../shared/app/timers.ts';
import { businessLayer } from './composition.ts';

/** Reads back from Supply Chain Management what was created, posted or refused. */
export async function trackJournals(_timer: Timer, _context: InvocationContext): Promise<void> {
  await trackJournalsTick(await businessLayer());
}

app.timer('trackJournals', { schedule: '%TRACK_JOURNALS_SCHEDULE%', handler: trackJournals });
