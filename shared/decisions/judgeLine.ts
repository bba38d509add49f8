/**
 * The verdict of somebody who has looked into SCM on a line whose outcome cannot be known from here: not posted, so that
 * it may be sent again or closed, or posted, with the journal it stands in.
 */
import type { JudgeDecision } from '../log/lineDecision.ts';
import { carries, type PackageState, wasSent } from '../log/packageRow.ts';
import { decide, type DecisionAnswer, type Plan } from './decide.ts';
import { type DecisionCall, type LineInQuestion, notAllowedNow } from './lineInQuestion.ts';
import {
  type AskScm,
  askScm,
  assertAbsentForGood,
  assertNothingOnItsWay,
  assertPastAllSubmissions,
} from './scmFacts.ts';

export type Verdict =
  | { readonly verdict: 'notPosted'; readonly reason: string }
  | { readonly verdict: 'posted'; readonly journalNumber: string; readonly reason?: string };

/** @throws ApiError NotFound, PastRetention, NotAllowedNow; TableError; DependencyError */
export function judgeLine(call: DecisionCall, order: Verdict): Promise<DecisionAnswer> {
  const { clock } = call.layer.parts.runtime;
  return decide(call, 'judge', (question) => planVerdict(question, order, call.by, clock.now(), askScm));
}

/** What the verdict on the line would do. @throws ApiError NotAllowedNow; what `ask` throws */
export async function planVerdict(
  question: LineInQuestion,
  order: Verdict,
  by: string,
  now: number,
  ask: AskScm,
): Promise<Plan> {
  const { id, outcome, loaded, position } = question;
  if (isDone(question, order)) return { does: `Line ${id} has this verdict already; nothing is added.` };
  assertJudgeable(question);
  assertNothingOnItsWay(question);
  assertNotRepeated(question);
  assertPastAllSubmissions(question, now);
  const facts = await ask(question);
  assertAbsentForGood(question, facts);
  const does =
    order.verdict === 'posted'
      ? `Line ${id} is closed as posted in journal ${order.journalNumber} of SCM, by your word.`
      : `Line ${id} is taken as not posted, by your word: it becomes FnOTransCreateError and may be sent again or closed.`;
  const apply = (at: number): PackageState => {
    const lines = loaded.outcome.outcome;
    if (outcome.status === 'Created') lines.note(position, 'FnOSyncEnqueued', at);
    if (order.verdict === 'posted') {
      const { journalNumber } = order;
      lines.note(position, 'FnOTransCreated', at, { journalNumber });
      lines.note(position, 'FnOTransPosted', at, { journalNumber });
    } else
      lines.note(position, 'FnOTransCreateError', at, { error: `Not posted, by verdict: ${order.reason}` });
    const decision: JudgeDecision = { kind: 'judge', at, by, ...order };
    lines.decide(position, decision);
    const { lastError: _, ...state } = loaded.stored.state;
    return { ...state, status: state.status === 'Queued' ? 'Queued' : 'Enqueued', polls: 0, nextPollAt: at };
  };
  return { does, facts, apply };
}

function isDone({ outcome }: LineInQuestion, order: Verdict): boolean {
  const last = outcome.decisions?.at(-1);
  if (last?.kind !== 'judge' || last.verdict !== order.verdict) return false;
  if (order.verdict === 'notPosted') return outcome.status === 'FnOTransCreateError';
  return outcome.status === 'FnOTransPosted' && last.journalNumber === order.journalNumber;
}

function assertJudgeable({ id, outcome, loaded, position }: LineInQuestion): void {
  const { status } = outcome;
  const open = ['Created', 'FnOSyncEnqueued', 'FnOTransCreated', 'FnOTransPostError'].includes(status);
  if (open && wasSent(loaded.stored.state, position)) return;
  throw notAllowedNow(
    open
      ? `Line ${id} has never been sent, so there is nothing to judge.`
      : `Line ${id} is ${status}: what became of it is known, so there is nothing to judge.`,
  );
}

/** A submission that was given up as lost goes out again by itself. */
function assertNotRepeated({ id, loaded, position }: LineInQuestion): void {
  const { status, submissions } = loaded.stored.state;
  const last = submissions.at(-1);
  if (status !== 'Queued' || last?.result !== 'lost' || !carries(last, position)) return;
  throw notAllowedNow(
    `Line ${id} was in submission ${last.number}, which SCM never confirmed; it is about to be sent again by itself, safely, ` +
      'under the same id. Wait for that.',
  );
}
