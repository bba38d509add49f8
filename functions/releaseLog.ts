import { app } from '@azure/functions';
import { ApiError } from '../shared/http/problem.ts';
import { apiHandler } from './apiHandler.ts';

/**
 * Lets the outward hops of a legal entity go on after its log went back in time: an operator says that Inventory
 * Visibility and Supply Chain Management have been reconciled with what is left.
 */
export const releaseLog = apiHandler('Operate', async ({ request, layer, environment }) => {
  const organizationId = request.params['organizationId'] ?? '';
  const listed = await layer.logs(environment);
  const writer = layer.writer(environment, organizationId);
  if (!listed.some(({ organizationKey }) => writer.partitionKey === `${environment.key}~${organizationKey}`))
    throw new ApiError(
      'NotFound',
      `The legal entity ${organizationId.slice(0, 50)} has no log in this environment.`,
    );
  const released = await writer.release();
  return { jsonBody: { organizationId, released } };
});

app.http('releaseLog', {
  methods: ['POST'],
  authLevel: 'anonymous',
  route: 'api/environment/{environmentId}/log/{organizationId}/release',
  handler: releaseLog,
});
