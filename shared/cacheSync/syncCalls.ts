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
/** Attempts kept per call, beside the oldest one that may have had an effect. */
const ATTEMPTS_KEPT = 8;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** What becomes of a call after its answer. */
export interface CallResult {
  /** What is still to be answered. */
  readonly calls: readonly SyncCall[];
  readonly excluded: readonly ExcludedEvent[];
}

/** When the oldest attempt was made that may have had an effect; undefined when none may have had. */
export function oldestUncertain(attempts: readonly SyncAttempt[]): number | undefined {
  const uncertain = attempts.filter(({ outcome }) => outcome !== 'refused' && outcome !== 'noEffect');
  return uncertain.length === 0 ? undefined : Math.min(...uncertain.map(({ at }) => at));
}

/**
 * Whether a call may go out with a token: its latest effect must come before the service may have forgotten the ids of
 * the oldest attempt. All in milliseconds.
 */
export function mayRepeat(
  call: SyncCall,
  tokenExpiresAt: number,
  window: { readonly eventIdWindowMs: number; readonly processingBoundMs: number },
): boolean {
  const oldest = oldestUncertain(call.attempts);
  return oldest === undefined || tokenExpiresAt + window.processingBoundMs <= oldest + window.eventIdWindowMs;
}

/** The call with one more attempt, about to go out. */
export function withAttempt(call: SyncCall, at: number, tokenExpiresAt: number): SyncCall {
  const { from, to, attempts } = call;
  return { from, to, attempts: [...trimmed(attempts), { at, tokenExpiresAt, outcome: 'pending' }] };
}

/** Gives up on a call: its events are parked as unknown. */
export function parkAsUnknown(call: SyncCall, message: string): CallResult {
  const excluded: ExcludedEvent[] = [];
  for (let event = call.from; event < call.to; event++) excluded.push({ event, reason: 'unknown', message });
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
  const earlierMayHaveApplied = oldestUncertain(call.attempts.slice(0, -1)) !== undefined;
  const excluded: ExcludedEvent[] = [];
  const open: number[] = [];
  for (let event = call.from; event < call.to; event++) {
    const result = results.get(idOf(event));
    if (result === undefined || (!result.applied && isTransient(result.statusCode))) open.push(event);
    else if (!result.applied)
      excluded.push(
        exclusion(event, earlierMayHaveApplied ? 'unknown' : 'refused', result.message, result.statusCode),
      );
  }
  const rest = concluded(call, 'answered', 'no result for some events');
  const notBefore = now + pauseAfter(call.attempts.length);
  return { calls: ranges(open).map(([from, to]) => ({ ...rest, from, to, notBefore })), excluded };
}

/** A refused call is halved until the bad event stands alone. */
function afterRefusal(call: SyncCall, message: string, statusCode: number): CallResult {
  const refused = concluded(call, 'refused', message);
  if (call.to - call.from === 1) {
    const reason: ParkReason = oldestUncertain(refused.attempts) === undefined ? 'refused' : 'unknown';
    return { calls: [], excluded: [exclusion(call.from, reason, message, statusCode)] };
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

function isTransient(statusCode: number): boolean {
  return statusCode === 408 || statusCode === 429 || statusCode >= 500;
}

function pauseAfter(attempts: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, attempts - 1));
}

/** Keeps the newest attempts and the oldest one that may have had an effect. */
function trimmed(attempts: readonly SyncAttempt[]): readonly SyncAttempt[] {
  if (attempts.length <= ATTEMPTS_KEPT) return attempts;
  const newest = attempts.slice(-ATTEMPTS_KEPT);
  const oldest = oldestUncertain(attempts);
  const keeper = attempts.find(
    ({ at, outcome }) => at === oldest && outcome !== 'refused' && outcome !== 'noEffect',
  );
  return keeper && !newest.includes(keeper) ? [keeper, ...newest] : newest;
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
