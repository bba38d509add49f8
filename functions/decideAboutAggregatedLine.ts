import { app } from '@azure/functions';
import { closeLine } from '../shared/decisions/closeLine.ts';
import type { DecisionAnswer } from '../shared/decisions/decide.ts';
import {
  closeOrder,
  correctOrder,
  judgeOrder,
  resendOrder,
  reverseOrder,
} from '../shared/decisions/decisionBody.ts';
import { judgeLine } from '../shared/decisions/judgeLine.ts';
import type { DecisionCall } from '../shared/decisions/lineInQuestion.ts';
import { resendLine } from '../shared/decisions/resendLine.ts';
import { reverseLine } from '../shared/decisions/reverseLine.ts';
import { flagParameter } from '../shared/http/parameters.ts';
import { ApiError } from '../shared/http/problem.ts';
import { readJsonBody } from '../shared/http/readBody.ts';
import { apiHandler } from './apiHandler.ts';

const MAX_BODY_BYTES = 16 * 1024;

/** What can be decided about an aggregated line, by the last part of the address. */
const ACTIONS = new Map<string, (call: DecisionCall, body: Uint8Array) => Promise<DecisionAnswer>>([
  ['resend', (call, body) => resendLine(call, resendOrder(body))],
  ['correct', (call, body) => resendLine(call, correctOrder(body))],
  ['close', (call, body) => closeLine(call, closeOrder(body))],
  ['judge', (call, body) => judgeLine(call, judgeOrder(body))],
  ['reverse', (call, body) => reverseLine(call, reverseOrder(body))],
]);

/** Sends an aggregated line again, corrects, closes, judges or reverses it. */
export const decideAboutAggregatedLine = apiHandler(
  'Operate',
  async ({ request, layer, environment, caller }) => {
    const { lineRecordId: lineId = '', action = '' } = request.params;
    const act = ACTIONS.get(action);
    if (act === undefined)
      throw new ApiError(
        'NotFound',
        `There is no action "${action.slice(0, 50)}" on an aggregated line; there are ${[...ACTIONS.keys()].join(', ')}.`,
      );
    const preview = flagParameter(request, 'preview');
    const body = await readJsonBody(request, MAX_BODY_BYTES);
    return { jsonBody: await act({ layer, environment, lineId, by: caller, preview }, body) };
  },
);

app.http('decideAboutAggregatedLine', {
  methods: ['POST'],
  authLevel: 'anonymous',
  route: 'api/environment/{environmentId}/aggregatedAdjustmentLines/{lineRecordId}/{action}',
  handler: decideAboutAggregatedLine,
});
