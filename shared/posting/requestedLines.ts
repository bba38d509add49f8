/** The lines of a package that somebody has asked to be sent again, and that no submission has carried, or SCM refused, since. */
import { lastResend } from '../log/lineDecision.ts';
import type { PackageOutcome } from '../log/packageOutcome.ts';
import { carries, type Submission } from '../log/packageRow.ts';

/** Positions of the lines that wait to be sent again. */
export function requestedPositions(submissions: readonly Submission[], outcome: PackageOutcome): number[] {
  return outcome
    .positionsWith('FnOTransCreateError')
    .filter((position) => isUnanswered(submissions, outcome, position));
}

/**
 * Before lines go out again they are marked, with the submission, as what they are from then on: perhaps in SCM. This
 * takes the mark back, where a submission provably had no effect. `submissions`: without that one.
 */
export function takeBack(submissions: readonly Submission[], outcome: PackageOutcome, now: number): void {
  for (const position of outcome.positionsWith('FnOSyncEnqueued'))
    if (isUnanswered(submissions, outcome, position)) {
      const error = lastResend(outcome.line(position))?.error;
      outcome.note(position, 'FnOTransCreateError', now, error === undefined ? {} : { error });
    }
}

function isUnanswered(
  submissions: readonly Submission[],
  outcome: PackageOutcome,
  position: number,
): boolean {
  const asked = lastResend(outcome.line(position));
  return (
    asked !== undefined &&
    asked.refused !== true &&
    !submissions.some((each) => each.number > asked.after && carries(each, position))
  );
}
