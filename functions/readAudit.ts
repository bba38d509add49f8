import { app } from '@azure/functions';
import { readAuditFindings } from '../shared/reading/readAuditFindings.ts';
import { apiHandler } from './apiHandler.ts';

/** What the last audit of each legal entity's log found. */
export const readAudit = apiHandler('Read', async ({ layer, environment }) => ({
  jsonBody: await readAuditFindings(layer, environment),
}));

app.http('readAudit', {
  methods: ['GET'],
  authLevel: 'anonymous',
  route: 'api/environment/{environmentId}/audit',
  handler: readAudit,
});
