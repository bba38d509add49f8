/**
 * What people have decided about an aggregated line. Kept with what SCM said of it, for ever: the line itself stays as it
 * was folded, so that what was first sent and what was corrected can both be read.
 */

/** What a resend sends otherwise than the line was folded. Null: left to SCM's own default. */
export interface LineCorrection {
  readonly fnoJournalNameId?: string | null;
  /** yyyy-MM-dd */
  readonly transDate?: string | null;
  /** Canonical decimal. */
  readonly costPrice?: string | null;
}

interface Decided {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** The caller, as the token names it. */
  readonly by: string;
  readonly reason?: string;
}

/**
 * To send the line again. `version`, from 1: the journals that carry it get a key of their own, because the first ones
 * may be posted by now, and a journal has one name. `after`: how many submissions there were; one with a higher number
 * that carries the line is the answer to this decision.
 */
export interface ResendDecision extends Decided {
  readonly kind: 'resend';
  readonly version: number;
  readonly after: number;
  readonly correction?: LineCorrection;
  /** What SCM had said when it was decided. */
  readonly error?: string;
  /** Nothing went out: SCM does not take the journal. It does no more until somebody decides again. */
  readonly refused?: true;
}

/** The line is not posted, and never will be by us. `journalNumber`: the journal of SCM that stands for it, if any. */
export interface CloseDecision extends Decided {
  readonly kind: 'close';
  readonly journalNumber?: string;
}

/** Somebody has looked into SCM, where nothing else could tell what became of the line. */
export interface JudgeDecision extends Decided {
  readonly kind: 'judge';
  readonly verdict: 'posted' | 'notPosted';
  readonly journalNumber?: string;
}

/** An adjustment with the opposite quantity was appended to the log. */
export interface ReverseDecision extends Decided {
  readonly kind: 'reverse';
  /** Id and record id of that adjustment. */
  readonly id: string;
  readonly lineRecordId: string;
}

export type LineDecision = ResendDecision | CloseDecision | JudgeDecision | ReverseDecision;

type Decisions = { readonly decisions?: readonly LineDecision[] };

/** The newest decision to send the line again; undefined when there is none. */
export function lastResend({ decisions = [] }: Decisions): ResendDecision | undefined {
  return decisions.findLast((each) => each.kind === 'resend');
}

/** Which version of the line is to be sent, or was sent last: 0 as it was folded. */
export function versionOf(line: Decisions): number {
  return lastResend(line)?.version ?? 0;
}

/** All versions of the line that may have been sent. */
export function versionsOf({ decisions = [] }: Decisions): number[] {
  const resent = decisions.flatMap((each) => (each.kind === 'resend' ? [each.version] : []));
  return [...new Set([0, ...resent])];
}

/** All corrections of the line together. */
export function correctionOf({ decisions = [] }: Decisions): LineCorrection {
  return Object.assign(
    {},
    ...decisions.map((each) => (each.kind === 'resend' ? (each.correction ?? {}) : {})),
  ) as LineCorrection;
}
