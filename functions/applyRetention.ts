import { app, type InvocationContext, type Timer } from '@azure/functions';
import { applyRetentionTick } from '../shared/app/housekeeping.ts';
import { businessLayer } from './composition.ts';

/** Removes what is past retention, as far as the settings say. */
export async function applyRetention(_timer: Timer, _context: InvocationContext): Promise<void> {
  await applyRetentionTick(await businessLayer());
}

app.timer('applyRetention', { schedule: '%APPLY_RETENTION_SCHEDULE%', handler: applyRetention });
