import { app } from '@azure/functions';
import { flagParameter } from '../shared/http/parameters.ts';
import { readJsonBody } from '../shared/http/readBody.ts';
import { judgeLines } from '../shared/redrive/judgeLines.ts';
import { verdictOrder } from '../shared/redrive/redriveOrder.ts';
import { apiHandler } from './apiHandler.ts';

const MAX_BODY_BYTES = 1024 * 1024;

/** Takes the verdict on adjustment lines of which it is unknown whether the cache has applied them. */
export const judgeAdjustmentLines = apiHandler('Operate', async ({ request, layer, environment, caller }) => {
  const preview = flagParameter(request, 'preview');
  const order = verdictOrder(await readJsonBody(request, MAX_BODY_BYTES));
  return { jsonBody: await judgeLines({ layer, environment, by: caller, preview }, order) };
});

app.http('judgeAdjustmentLines', {
  methods: ['POST'],
  authLevel: 'anonymous',
  route: 'api/environment/{environmentId}/adjustmentLines/verdict',
  handler: judgeAdjustmentLines,
});
