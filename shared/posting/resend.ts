/** Whether a submission may be repeated although nobody knows what became of an earlier one. Pure. */
import type { Submission, SubmissionTarget } from '../log/packageRow.ts';

/** Profiles whose lines are keyed by our GUID, so that a second import changes the same line. */
const KEYED_PROFILES: readonly string[] = ['service'];

/**
 * A repeat is safe only if every submission, the new one included, goes to the same address under a profile with GUID
 * keys while lines are known to stay in posted journals: then SCM meets its own line and changes nothing. Today's
 * settings alone prove nothing about an earlier submission.
 */
export function mayResendBlindly(submissions: readonly Submission[], next: SubmissionTarget): boolean {
  const targets = [...submissions.map(({ target }) => target), next];
  return targets.every(
    (target) =>
      target.address === next.address &&
      KEYED_PROFILES.includes(target.entityProfile) &&
      target.linesDeletedAfterPosting === 'no',
  );
}
