/** What SCM says of a line at this moment: what decisions are based on, and what people are shown before they decide. */
import { versionsOf } from '../log/lineDecision.ts';
import { carries } from '../log/packageRow.ts';
import { readLines } from '../posting/readLines.ts';
import { journalKey } from '../posting/scmJournals.ts';
import type { ReadBackJournal, ReadBackLine } from '../supplyChain/supplyChain.ts';
import { gatherEvidence } from '../tracking/importEvidence.ts';
import { type LineInQuestion, notAllowedNow } from './lineInQuestion.ts';

export interface ScmFacts {
  /** The line as SCM holds it; absent when it does not. */
  readonly line?: ReadBackLine;
  /** Journals of SCM under our keys for the line's journal, and the one it was last seen in. */
  readonly journals: readonly ReadBackJournal[];
  /** Submissions that carried the line. */
  readonly submissions: readonly {
    readonly number: number;
    /** RFC 3339. */
    readonly at: string;
    readonly tokenExpiresAt: string;
    readonly messageId?: string;
    /** How far its import is, in SCM's word; absent when SCM knows nothing of it. */
    readonly import?: string;
    readonly isFinal: boolean;
  }[];
}

/** Gives the facts of a line. @throws DependencyError when SCM cannot be asked */
export type AskScm = (question: LineInQuestion) => Promise<ScmFacts>;

/** @throws DependencyError when SCM cannot be asked */
export async function askScm(question: LineInQuestion): Promise<ScmFacts> {
  const factsOf = await askAboutLines([question]);
  return factsOf(question);
}

/**
 * Asks about lines of one package, at least one, with as many calls as for one of them.
 * @throws DependencyError when SCM cannot be asked
 */
export async function askAboutLines(
  questions: readonly [LineInQuestion, ...LineInQuestion[]],
): Promise<(question: LineInQuestion) => ScmFacts> {
  const [{ dependencies, loaded }] = questions;
  const { supplyChain, organizationId } = dependencies;
  const positions = questions.map(({ position }) => position);
  const token = await supplyChain.token();
  const found = await readLines(dependencies, token, loaded, positions);
  const names = new Set(questions.flatMap((question) => journalNamesOf(question)));
  const journals = await supplyChain.journals(token, organizationId, [...names]);
  const evidence = await gatherEvidence(supplyChain, token, loaded.stored.state, positions);
  return (question) => {
    const line = found.get(question.id);
    const own = new Set(journalNamesOf(question).map((name) => name.toUpperCase()));
    return {
      ...(line === undefined ? {} : { line }),
      journals: journals.filter(({ journalNumber }) => own.has(journalNumber.toUpperCase())),
      submissions: evidence
        .filter(({ submission }) => carries(submission, question.position))
        .map(({ submission, status }) => ({
          number: submission.number,
          at: instant(submission.at),
          tokenExpiresAt: instant(submission.tokenExpiresAt),
          ...(submission.messageId === undefined ? {} : { messageId: submission.messageId }),
          ...(status === undefined ? {} : { import: status.messageStatus }),
          isFinal: status?.kind === 'final',
        })),
    };
  };
}

/** What the journals of a line may be called in SCM: our keys, and where it was last seen. */
function journalNamesOf({ loaded, journal, outcome }: LineInQuestion): string[] {
  const { number, state } = loaded.run;
  const keys = versionsOf(outcome).map((version) => journalKey(number, journal.number, state.nonce, version));
  return [...keys, ...(outcome.journalNumber === undefined ? [] : [outcome.journalNumber])];
}

/** @throws ApiError NotAllowedNow while the answer to a submission of the package is not there */
export function assertNothingOnItsWay({ id, loaded }: LineInQuestion): void {
  const { status, submissions, nextPollAt } = loaded.stored.state;
  if (status !== 'Sending') return;
  throw notAllowedNow(
    `Submission ${submissions.length} of the package of line ${id} is on its way to SCM and has no answer yet. ` +
      `Ask again after ${instant(nextPollAt)}, when it will have been looked for.`,
  );
}

/** @throws ApiError NotAllowedNow when SCM holds the line, or an import that carries it has not ended */
export function assertAbsentForGood({ id, loaded }: LineInQuestion, facts: ScmFacts): void {
  if (facts.line !== undefined)
    throw notAllowedNow(
      `SCM holds line ${id}: journal ${facts.line.journalNumber}, line ${facts.line.lineNumber}. It is counted there. ` +
        'To take it out, delete it in that journal while it is not posted, or reverse it.',
      { facts },
    );
  for (const { submission, sent } of facts.submissions.map((sent) => ({
    sent,
    submission: loaded.stored.state.submissions.find(({ number }) => number === sent.number),
  }))) {
    if (sent.import === undefined || sent.isFinal) continue;
    throw notAllowedNow(
      `The import of submission ${sent.number} (message ${submission?.messageId ?? 'unknown'}) of line ${id} is "${sent.import}" in SCM and may still ` +
        'bring the line in. Wait until it has ended, or end it there: Data Management IT > Recurring data jobs.',
      { facts },
    );
  }
}

/**
 * @throws ApiError NotAllowedNow while a submission that carried the line could still take effect: its token is valid, or
 * was not long ago, when SCM may have begun to work on it; or it was never acknowledged and is still waited for
 */
export function assertPastAllSubmissions(
  { id, loaded, position, dependencies }: LineInQuestion,
  now: number,
): void {
  const { supplyChain, inventoryVisibility } = dependencies.settings;
  const waitMs = supplyChain.unknownOutcomeSeconds * 1000;
  const boundMs = inventoryVisibility.processingBoundSeconds * 1000;
  for (const submission of loaded.stored.state.submissions) {
    if (!carries(submission, position)) continue;
    const waited = submission.messageId === undefined ? submission.at + waitMs : 0;
    const until = Math.max(submission.tokenExpiresAt + boundMs, waited);
    if (now > until) continue;
    throw notAllowedNow(
      `Submission ${submission.number} of line ${id} could still take effect until ${instant(until)}, when its token has ` +
        'expired and nobody waits for its answer any more. Decide after that.',
    );
  }
}

export function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
