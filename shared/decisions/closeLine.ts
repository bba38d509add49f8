/** Closes a line that is not in SCM: it is never posted by us, with a reason and, if there is one, the journal that stands for it. */
import { type PackageState, wasSent } from '../log/packageRow.ts';
import { requestedPositions } from '../posting/requestedLines.ts';
import { decide, type DecisionAnswer, type Plan } from './decide.ts';
import { type DecisionCall, type LineInQuestion, notAllowedNow } from './lineInQuestion.ts';
import {
  type AskScm,
  askScm,
  assertAbsentForGood,
  assertNothingOnItsWay,
  type ScmFacts,
} from './scmFacts.ts';

export interface CloseOrder {
  readonly reason: string;
  /** Journal of SCM that was made by hand for the line. */
  readonly journalNumber?: string;
}

/** @throws ApiError NotFound, PastRetention, NotAllowedNow; TableError; DependencyError */
export function closeLine(call: DecisionCall, order: CloseOrder): Promise<DecisionAnswer> {
  return decide(call, 'close', (question) => planClose(question, order, call.by, askScm));
}

/** What closing the line would do. @throws ApiError NotAllowedNow; what `ask` throws */
export async function planClose(
  question: LineInQuestion,
  order: CloseOrder,
  by: string,
  ask: AskScm,
): Promise<Plan> {
  const { id, loaded, position, outcome } = question;
  if (outcome.status === 'DoNotSync') return { does: `Line ${id} is closed already; nothing is added.` };
  const sent = wasSent(loaded.stored.state, position);
  assertNothingOnItsWay(question);
  assertClosable(question, sent);
  const facts = sent ? await ask(question) : undefined;
  if (facts !== undefined) {
    assertAbsentForGood(question, facts);
    assertNotDeletedByPosting(question, facts);
  }
  const { journalNumber, reason } = order;
  const does =
    `Line ${id} is closed without posting${journalNumber === undefined ? '' : `; journal ${journalNumber} stands for it`}. ` +
    (sent ? 'It goes on being watched, because it has been sent.' : 'It has never been sent.');
  const apply = (now: number): PackageState => {
    loaded.outcome.outcome.note(
      position,
      'DoNotSync',
      now,
      journalNumber === undefined ? {} : { journalNumber },
    );
    loaded.outcome.outcome.decide(position, {
      kind: 'close',
      at: now,
      by,
      reason,
      ...(journalNumber === undefined ? {} : { journalNumber }),
    });
    return stateAfter(question, now);
  };
  return { does, ...(facts === undefined ? {} : { facts }), apply };
}

function assertClosable({ id, outcome }: LineInQuestion, sent: boolean): void {
  const { status, journalNumber } = outcome;
  if (status === 'FnOTransCreateError' || status === 'FnOTransPostError') return;
  if (status === 'Created' && !sent) return;
  if (status === 'Created' || status === 'FnOSyncEnqueued')
    throw notAllowedNow(
      `Line ${id} has been sent and may stand in SCM. Wait for its import, or, where its package is Unknown, judge it first.`,
    );
  throw notAllowedNow(
    `Line ${id} is ${status} in journal ${journalNumber ?? 'unknown'} of SCM and is counted there; reverse it instead.`,
  );
}

/** A posted journal may have lost the line after it was posted. */
function assertNotDeletedByPosting({ id, outcome }: LineInQuestion, facts: ScmFacts): void {
  const posted = facts.journals.find(({ isPosted }) => isPosted);
  if (outcome.status !== 'FnOTransPostError' || posted === undefined) return;
  throw notAllowedNow(
    `Journal ${posted.journalNumber} is posted and no longer holds line ${id}: it may have been posted with it. ` +
      'Look up its inventory transactions in SCM, and judge the line "posted" or "notPosted".',
    { facts },
  );
}

function stateAfter({ loaded }: LineInQuestion, now: number): PackageState {
  const { state } = loaded.stored;
  const { outcome } = loaded.outcome;
  const isRequested = requestedPositions(state.submissions, outcome).length > 0;
  if (state.submissions.length === 0)
    return isRequested || outcome.positionsWith('Created').length > 0
      ? state
      : { ...state, status: 'Settled' };
  const waits = isRequested || state.submissions.at(-1)?.result === 'lost';
  if (state.status === 'Queued' && waits) return state;
  const status = state.status === 'Unknown' ? 'Unknown' : 'Enqueued';
  return { ...state, status, polls: 0, nextPollAt: now };
}
