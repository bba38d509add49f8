import { app } from '@azure/functions';
import { readAggregatedLine as read } from '../shared/reading/readJournals.ts';
import { apiHandler, found } from './apiHandler.ts';

/** The aggregated adjustment line with all that became of it, and links both ways. */
export const readAggregatedAdjustmentLine = apiHandler('Read', async ({ request, layer, environment }) => {
  const id = request.params['lineRecordId'] ?? '';
  return found(await read(layer, environment, id), `The aggregated adjustment line ${id.slice(0, 64)}`);
});

app.http('readAggregatedAdjustmentLine', {
  methods: ['GET'],
  authLevel: 'anonymous',
  route: 'api/environment/{environmentId}/aggregatedAdjustmentLines/{lineRecordId}',
  handler: readAggregatedAdjustmentLine,
});
