/**
 * What an answer of Inventory Visibility means for a synchronization: pure decisions over its calls.
 *
 * A repeat of an event is safe only while the service surely remembers its id, and a refusal counts only when no other
 * attempt may have been applied; whatever stays uncertain is parked as unknown, never guessed.
 */
import type { EventResult, OnHandAnswer } from '../inventoryVisibility/inventoryVisibility.ts';
import type { ParkReason } from '../log/parkedRow.ts';
import type { AttemptOutcome, ExcludedEvent, SyncAttempt, SyncCall } from '../log/syncRow.ts';

/** Words of the other side that are kept per event. */
const MESSAGE_LENGTH = 160;
/** Newest attempts kept per call. */
const ATTEMPTS_KEPT = 8;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** What becomes of a call after its answer. */
export interface CallResult {
  /** What is still to be answered. */
  readonly calls: readonly SyncCall[];
  readonly excluded: readonly ExcludedEvent[];
}

/** Whether an attempt may have had an effect, or may still have one. */
export function isUncertain({ outcome }: SyncAttempt): boolean {
  return outcome !== 'refused' && outcome !== 'noEffect';
}

/**
 * Whether a call may go out with a token: the latest effect of it, and of every attempt before it that an instance may
 * have been slow to send, must come before the service may have forgotten the ids of the oldest. All in milliseconds.
 */
export function mayRepeat(
  call: SyncCall,
  tokenExpiresAt: number,
  window: { readonly eventIdWindowMs: number; readonly processingBoundMs: number },
): boolean {
  const uncertain = call.attempts.filter(isUncertain);
  if (uncertain.length === 0) return true;
  const oldest = Math.min(...uncertain.map(({ at }) => at));
  const latest = Math.max(tokenExpiresAt, ...uncertain.map((attempt) => attempt.tokenExpiresAt));
  return latest + window.processingBoundMs <= oldest + window.eventIdWindowMs;
}

/** The call with one more attempt, about to go out. */
export function withAttempt(call: SyncCall, at: number, tokenExpiresAt: number): SyncCall {
  const { from, to, attempts } = call;
  return { from, to, attempts: [...trimmed(attempts), { at, tokenExpiresAt, outcome: 'pending' }] };
}

/** Gives up on a call: its events are parked as unknown. */
export function parkAsUnknown(call: SyncCall, message: string): CallResult {
  const excluded: ExcludedEvent[] = [];
  for (let event = call.from; event < call.to; event++)
    excluded.push({ event, reason: 'unknown', message, ...lastToken(call) });
  return { calls: [], excluded };
}

/** What is left of a call whose newest attempt was answered. `idOf` gives the id of an event. */
export function afterAnswer(
  call: SyncCall,
  answer: OnHandAnswer,
  now: number,
  idOf: (event: number) => string,
): CallResult {
  switch (answer.kind) {
    case 'answered':
      return afterResults(call, answer.results, now, idOf);
    case 'refused':
      return afterRefusal(call, answer.message, answer.statusCode);
    case 'noEffect':
    case 'unknown': {
      const pause = answer.retryAfterMs ?? pauseAfter(call.attempts.length);
      return {
        calls: [{ ...concluded(call, answer.kind, answer.message), notBefore: now + pause }],
        excluded: [],
      };
    }
  }
}

function afterResults(
  call: SyncCall,
  results: ReadonlyMap<string, EventResult>,
  now: number,
  idOf: (event: number) => string,
): CallResult {
  const earlierMayHaveApplied = call.attempts.slice(0, -1).some(isUncertain);
  const excluded: ExcludedEvent[] = [];
  const open: number[] = [];
  for (let event = call.from; event < call.to; event++) {
    const result = results.get(idOf(event));
    if (result === undefined || (!result.applied && isTransient(result.statusCode))) open.push(event);
    else if (!result.applied)
      excluded.push({
        ...exclusion(event, earlierMayHaveApplied ? 'unknown' : 'refused', result.message, result.statusCode),
        ...(earlierMayHaveApplied ? lastToken(call) : {}),
      });
  }
  const rest = concluded(call, 'answered', 'no result for some events');
  const notBefore = now + pauseAfter(call.attempts.length);
  return { calls: ranges(open).map(([from, to]) => ({ ...rest, from, to, notBefore })), excluded };
}

/** A refused call is halved until the bad event stands alone. */
function afterRefusal(call: SyncCall, message: string, statusCode: number): CallResult {
  const refused = concluded(call, 'refused', message);
  if (call.to - call.from === 1) {
    const reason: ParkReason = refused.attempts.some(isUncertain) ? 'unknown' : 'refused';
    const last = reason === 'unknown' ? lastToken(call) : {};
    return { calls: [], excluded: [{ ...exclusion(call.from, reason, message, statusCode), ...last }] };
  }
  const middle = (call.from + call.to) >>> 1;
  return {
    calls: [
      { ...refused, to: middle },
      { ...refused, from: middle },
    ],
    excluded: [],
  };
}

function concluded(call: SyncCall, outcome: AttemptOutcome, message: string): SyncCall {
  const last = call.attempts.at(-1);
  const attempts = last
    ? [...call.attempts.slice(0, -1), { ...last, outcome, message: message.slice(0, MESSAGE_LENGTH) }]
    : call.attempts;
  return { from: call.from, to: call.to, attempts };
}

function exclusion(event: number, reason: ParkReason, message: string, statusCode: number): ExcludedEvent {
  return { event, reason, message: message.slice(0, MESSAGE_LENGTH), statusCode };
}

/** When the token of the call's last attempt expires: a human may judge the events only afterwards. */
function lastToken({ attempts }: SyncCall): Pick<ExcludedEvent, 'tokenExpiresAt'> {
  if (attempts.length === 0) return {};
  return { tokenExpiresAt: Math.max(...attempts.map(({ tokenExpiresAt }) => tokenExpiresAt)) };
}

function isTransient(statusCode: number): boolean {
  return statusCode === 408 || statusCode === 429 || statusCode >= 500;
}

function pauseAfter(attempts: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, attempts - 1));
}

/**
 * Keeps the newest attempts, and of those that may have had an effect the oldest and the one whose token lives longest:
 * they decide how long a repeat is safe.
 */
function trimmed(attempts: readonly SyncAttempt[]): readonly SyncAttempt[] {
  if (attempts.length <= ATTEMPTS_KEPT) return attempts;
  const kept = new Set(attempts.slice(-ATTEMPTS_KEPT));
  const uncertain = attempts.filter(isUncertain);
  const [oldest] = uncertain.toSorted((one, other) => one.at - other.at);
  const [latest] = uncertain.toSorted((one, other) => other.tokenExpiresAt - one.tokenExpiresAt);
  return attempts.filter((attempt) => kept.has(attempt) || attempt === oldest || attempt === latest);
}

function ranges(events: readonly number[]): [from: number, to: number][] {
  const found: [number, number][] = [];
  for (const event of events) {
    const last = found.at(-1);
    if (last && last[1] === event) last[1] = event + 1;
    else found.push([event, event + 1]);
  }
  return found;
}
