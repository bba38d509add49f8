import { app, type InvocationContext, type Timer } from '@azure/functions';
import { auditLogsTick } from '../shared/app/housekeeping.ts';
import { businessLayer } from './composition.ts';

/** Looks for whatever is unfinished without anybody to finish it, or contradicts itself. */
export async function auditLogs(_timer: Timer, _context: InvocationContext): Promise<void> {
  await auditLogsTick(await businessLayer());
}

app.timer('auditLogs', { schedule: '%AUDIT_LOGS_SCHEDULE%', handler: auditLogs });
