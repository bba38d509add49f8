import { app, type InvocationContext, type Timer } from '@azure/functions';
import { syncCacheTick } from '../shared/app/timers.ts';
import { businessLayer } from './composition.ts';

/** Updates the Inventory Visibility cache with what was accepted since the last tick, as far as the settings say. */
export async function syncCache(_timer: Timer, _context: InvocationContext): Promise<void> {
  await syncCacheTick(await businessLayer());
}

app.timer('syncCache', { schedule: '%SYNC_CACHE_SCHEDULE%', handler: syncCache });
