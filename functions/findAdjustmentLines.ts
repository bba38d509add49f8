import { app } from '@azure/functions';
import { ApiError } from '../shared/http/problem.ts';
import { readLinesById } from '../shared/reading/readLine.ts';
import { apiHandler } from './apiHandler.ts';

/** The adjustment lines that were posted under an id: one per legal entity at most. */
export const findAdjustmentLines = apiHandler('Read', async ({ request, layer, environment }) => {
  const id = request.query.get('id');
  if (!id)
    throw new ApiError('InvalidParameter', {
      detail: 'The parameter id is missing; give the id that the line was posted with.',
      target: 'id',
    });
  const organizationId = request.query.get('organizationId') ?? undefined;
  return { jsonBody: { value: await readLinesById(layer, environment, id, organizationId) } };
});

app.http('findAdjustmentLines', {
  methods: ['GET'],
  authLevel: 'anonymous',
  route: 'api/environment/{environmentId}/adjustmentLines',
  handler: findAdjustmentLines,
});
