import { app } from '@azure/functions';
import { planClose } from '../shared/decisions/closeLine.ts';
import { decideAboutJournal as decide, type PlanLine } from '../shared/decisions/decideAboutJournal.ts';
import { closeOrder, correctOrder, judgeOrder, resendOrder } from '../shared/decisions/decisionBody.ts';
import { planVerdict } from '../shared/decisions/judgeLine.ts';
import { planResend } from '../shared/decisions/resendLine.ts';
import { choiceParameter, flagParameter, numberParameter } from '../shared/http/parameters.ts';
import { ApiError } from '../shared/http/problem.ts';
import { readJsonBody } from '../shared/http/readBody.ts';
import { apiHandler } from './apiHandler.ts';

const MAX_BODY_BYTES = 16 * 1024;
/** Lines in these wait for somebody, or may do so. */
const STATUSES = [
  'Created',
  'FnOSyncEnqueued',
  'FnOTransCreated',
  'FnOTransCreateError',
  'FnOTransPostError',
] as const;

interface Decider {
  readonly by: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/** What can be decided about the lines of a journal, by the last part of the address. Reading the body comes first. */
const ACTIONS = new Map<string, (body: Uint8Array, decider: Decider) => PlanLine>([
  ['resend', (body, { by }) => resending(resendOrder(body), by)],
  ['correct', (body, { by }) => resending(correctOrder(body), by)],
  [
    'close',
    (body, { by }) => {
      const order = closeOrder(body);
      return (line, ask) => planClose(line, order, by, ask);
    },
  ],
  [
    'judge',
    (body, { by, now }) => {
      const order = judgeOrder(body);
      return (line, ask) => planVerdict(line, order, by, now, ask);
    },
  ],
]);

function resending(order: Parameters<typeof planResend>[1], by: string): PlanLine {
  return (line, ask) => planResend(line, order, by, ask);
}

/** Sends lines of a journal again, corrects, closes or judges them: all that have the status that is given. */
export const decideAboutJournal = apiHandler(
  'Operate',
  async ({ request, layer, environment, caller: by }) => {
    const { journalKey = '', action = '' } = request.params;
    const planOf = ACTIONS.get(action);
    if (planOf === undefined)
      throw new ApiError(
        'NotFound',
        `There is no action "${action.slice(0, 50)}" on a journal; there are ${[...ACTIONS.keys()].join(', ')}.`,
      );
    const status = choiceParameter(request, 'status', STATUSES);
    const from = numberParameter(request, 'from', 1);
    const preview = flagParameter(request, 'preview');
    const body = await readJsonBody(request, MAX_BODY_BYTES);
    const now = layer.parts.runtime.clock.now();
    const call = { layer, environment, journalKey, status, from, by, preview };
    return { jsonBody: await decide(call, action, planOf(body, { by, now })) };
  },
);

app.http('decideAboutJournal', {
  methods: ['POST'],
  authLevel: 'anonymous',
  route: 'api/environment/{environmentId}/journals/{journalKey}/{action}',
  handler: decideAboutJournal,
});
