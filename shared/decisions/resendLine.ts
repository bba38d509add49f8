/**
 * Sends a line again that SCM provably did not create, as it was or corrected: under the same GUID, in a journal of its
 * own, because the first one may be posted by now. The package's next submission carries it and no line that may be there.
 * A line that has never been sent can be corrected, too.
 */
import {
  correctionOf,
  lastResend,
  type LineCorrection,
  type ResendDecision,
  versionOf,
} from '../log/lineDecision.ts';
import type { PackageState } from '../log/packageRow.ts';
import { corrected, journalKey } from '../posting/scmJournals.ts';
import { requestedPositions } from '../posting/requestedLines.ts';
import { decide, type DecisionAnswer, type Plan } from './decide.ts';
import { type DecisionCall, type LineInQuestion, notAllowedNow } from './lineInQuestion.ts';
import { type AskScm, askScm, assertAbsentForGood, assertNothingOnItsWay } from './scmFacts.ts';

export interface ResendOrder {
  readonly reason?: string;
  /** What to send otherwise; nothing when absent. */
  readonly correction?: LineCorrection;
}

/** @throws ApiError NotFound, PastRetention, NotAllowedNow; TableError; DependencyError */
export function resendLine(call: DecisionCall, order: ResendOrder): Promise<DecisionAnswer> {
  const action = order.correction === undefined ? 'resend' : 'correct';
  return decide(call, action, (question) => planResend(question, order, call.by, askScm));
}

/** What sending the line again would do. @throws ApiError NotAllowedNow; what `ask` throws */
export async function planResend(
  question: LineInQuestion,
  order: ResendOrder,
  by: string,
  ask: AskScm,
): Promise<Plan> {
  const { outcome, loaded, id } = question;
  const { submissions } = loaded.stored.state;
  const waits = requestedPositions(submissions, loaded.outcome.outcome).includes(question.position);
  const isSame = isAsDecided(question, order);
  if (isSame && waits) return { does: `Line ${id} waits to be sent again already; nothing is added.` };
  // A package can wait for ever because SCM does not take the journal name of one of its lines.
  const unsent = outcome.status === 'Created' && submissions.length === 0;
  if (isSame && unsent)
    return { does: `Line ${id} waits to be sent as corrected already; nothing is added.` };
  if (outcome.status !== 'FnOTransCreateError' && !(unsent && order.correction !== undefined)) {
    if (isSame && ['FnOSyncEnqueued', 'FnOTransCreated', 'FnOTransPosted'].includes(outcome.status))
      return { does: `Line ${id} has been sent again already and is ${outcome.status}; nothing is added.` };
    throw notAllowedNow(refusal(question));
  }
  assertNothingOnItsWay(question);
  const facts = unsent ? undefined : await ask(question);
  if (facts !== undefined) assertAbsentForGood(question, facts);
  const version = nextVersion(question, order);
  const key = newKey(question, version);
  const does =
    `Line ${id} is sent to SCM ${unsent ? '' : 'again '}under the same id, in journal ${key}, with submission ${submissions.length + 1} of package ` +
    `${loaded.stored.number} of run ${loaded.run.number}${correctionText(order.correction)}.`;
  const apply = (now: number): PackageState => {
    const decision: ResendDecision = {
      kind: 'resend',
      at: now,
      by,
      version,
      after: submissions.length,
      ...(order.reason === undefined ? {} : { reason: order.reason }),
      ...(order.correction === undefined ? {} : { correction: order.correction }),
      ...(outcome.error === undefined ? {} : { error: outcome.error }),
    };
    loaded.outcome.outcome.decide(question.position, decision);
    const { lastError: _, notBefore: __, ...rest } = loaded.stored.state;
    return { ...rest, status: 'Queued', queuedAt: now, failures: 0, polls: 0, nextPollAt: now };
  };
  return { does, ...(facts === undefined ? {} : { facts }), apply };
}

/** Whether the newest order for the line asked for the same. */
function isAsDecided({ outcome }: LineInQuestion, { correction }: ResendOrder): boolean {
  const last = lastResend(outcome);
  if (last === undefined) return false;
  if (correction === undefined) return last.correction === undefined;
  const now = correctionOf(outcome);
  return (['fnoJournalNameId', 'transDate', 'costPrice'] as const).every(
    (field) => correction[field] === undefined || correction[field] === now[field],
  );
}

/** Lines of a journal that wait with the same journal name go together; any other gets a journal of its own. */
function nextVersion({ loaded, position, journal }: LineInQuestion, { correction }: ResendOrder): number {
  const { outcome } = loaded.outcome;
  const first = loaded.journals
    .slice(
      0,
      loaded.journals.findIndex(({ number }) => number === journal.number),
    )
    .reduce((sum, { lines }) => sum + lines.length, 0);
  const siblings = [...journal.lines.keys()]
    .map((other) => first + other)
    .filter((other) => other !== position);
  const nameOf = (made: LineCorrection): string | undefined =>
    corrected(journal.journalNameId, made.fnoJournalNameId);
  const wanted = nameOf({ ...correctionOf(outcome.line(position)), ...correction });
  const { submissions } = loaded.stored.state;
  const waiting = new Set(
    submissions.length === 0
      ? siblings.filter((other) => lastResend(outcome.line(other)) !== undefined)
      : requestedPositions(submissions, outcome),
  );
  const mate = siblings.find(
    (other) => waiting.has(other) && nameOf(correctionOf(outcome.line(other))) === wanted,
  );
  if (mate !== undefined) return versionOf(outcome.line(mate));
  return 1 + Math.max(...[position, ...siblings].map((other) => versionOf(outcome.line(other))));
}

function newKey({ loaded, journal }: LineInQuestion, version: number): string {
  try {
    return journalKey(loaded.run.number, journal.number, loaded.run.state.nonce, version);
  } catch (error) {
    if (error instanceof RangeError) throw notAllowedNow(`${error.message} Close the line instead.`);
    throw error;
  }
}

function refusal({ id, outcome: { status, journalNumber } }: LineInQuestion): string {
  const line = `Line ${id} is ${status}, and only a line in FnOTransCreateError can be sent again.`;
  if (status === 'Created' || status === 'FnOSyncEnqueued')
    return `${line} It may stand in SCM already: wait for its import, or, where its package is Unknown, judge it first.`;
  if (status === 'DoNotSync') return `${line} It was closed; post a new adjustment instead.`;
  return `${line} It stands in journal ${journalNumber ?? 'unknown'}: post that in SCM, or reverse the line.`;
}

function correctionText(correction: LineCorrection | undefined): string {
  const said = Object.entries(correction ?? {}).map(
    ([field, value]) => `${field} ${value === null ? 'left to SCM' : String(value)}`,
  );
  return said.length === 0 ? '' : `, with ${said.join(', ')}`;
}
