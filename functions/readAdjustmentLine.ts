import { app } from '@azure/functions';
import { readLineByRecordId as read } from '../shared/reading/readLine.ts';
import { apiHandler, found } from './apiHandler.ts';

/** The adjustment line with all that became of it, and links both ways. */
export const readAdjustmentLine = apiHandler('Read', async ({ request, layer, environment }) => {
  const id = request.params['lineRecordId'] ?? '';
  return found(await read(layer, environment, id), `The adjustment line ${id.slice(0, 64)}`);
});

app.http('readAdjustmentLine', {
  methods: ['GET'],
  authLevel: 'anonymous',
  route: 'api/environment/{environmentId}/adjustmentLines/{lineRecordId}',
  handler: readAdjustmentLine,
});
