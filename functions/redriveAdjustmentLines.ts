import { app } from '@azure/functions';
import { flagParameter } from '../shared/http/parameters.ts';
import { readJsonBody } from '../shared/http/readBody.ts';
import { redriveLines } from '../shared/redrive/redriveLines.ts';
import { redriveOrder } from '../shared/redrive/redriveOrder.ts';
import { apiHandler } from './apiHandler.ts';

const MAX_BODY_BYTES = 1024 * 1024;

/** Drives parked adjustment lines again: those that are named, or all of a legal entity. */
export const redriveAdjustmentLines = apiHandler(
  'Operate',
  async ({ request, layer, environment, caller }) => {
    const preview = flagParameter(request, 'preview');
    const order = redriveOrder(await readJsonBody(request, MAX_BODY_BYTES));
    return { jsonBody: await redriveLines({ layer, environment, by: caller, preview }, order) };
  },
);

app.http('redriveAdjustmentLines', {
  methods: ['POST'],
  authLevel: 'anonymous',
  route: 'api/environment/{environmentId}/adjustmentLines/redrive',
  handler: redriveAdjustmentLines,
});
