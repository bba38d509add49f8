/**
 * What the import jobs of a package's submissions say. Evidence for a line comes from the submissions that carried it,
 * and absence from SCM proves nothing without it: posted journals can lose their lines, imports can arrive late.
 */
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { carries, type PackageState, type Submission } from '../log/packageRow.ts';
import type { ImportStatus, SupplyChain } from '../supplyChain/supplyChain.ts';
import { type FinalImport, type NamedLine, wordsFor } from './importWords.ts';

/** A submission with what its import job says; undefined when SCM never acknowledged it and knows nothing of it. */
export interface SubmissionEvidence {
  readonly submission: Submission;
  readonly status: ImportStatus | undefined;
}

/** Asks SCM about every submission that carried one of the lines at `positions`. @throws DependencyError */
export async function gatherEvidence(
  supplyChain: SupplyChain,
  token: AccessToken,
  state: PackageState,
  positions: readonly number[],
): Promise<SubmissionEvidence[]> {
  const evidence: SubmissionEvidence[] = [];
  for (const submission of state.submissions) {
    if (!positions.some((position) => carries(submission, position))) continue;
    const { messageId } = submission;
    const status =
      messageId === undefined
        ? await supplyChain.findImport(token, submission.id)
        : await supplyChain.importStatus(token, messageId);
    evidence.push({ submission, status });
  }
  return evidence;
}

/** Whether an import is still under way. */
export function isPending(evidence: readonly SubmissionEvidence[]): boolean {
  return evidence.some(({ status }) => status?.kind === 'pending');
}

/** A line that SCM does not hold. */
export interface AbsentLine extends NamedLine {
  readonly position: number;
}

export interface NotCreated {
  /** SCM's own words. */
  readonly error: string;
  /**
   * What else has to be true. `nothing`: the jobs say of the line itself that it failed, or count just the lines that
   * stand there. `notPosted`: that no journal of the line is posted, where posted lines stay. `open`: that every journal
   * of the line is there and not posted, so that posting has taken nothing out of it.
   */
  readonly requires: 'nothing' | 'notPosted' | 'open';
}

/**
 * Why a line that SCM does not hold was not created; undefined when that is not proven. It never is unless every
 * submission that carried the line has ended without success, and brought in no more lines than have been seen in SCM.
 *
 * @param seen how many lines of a submission SCM holds, or has held
 */
export function notCreated(
  evidence: readonly SubmissionEvidence[],
  line: AbsentLine,
  seen: (submission: Submission) => number,
): NotCreated | undefined {
  let proof: NotCreated | undefined;
  for (const { submission, status } of evidence) {
    if (!carries(submission, line.position)) continue;
    if (status?.kind !== 'final' || status.succeeded) return undefined;
    const requires = requirement(submission, status, line, seen);
    if (requires === undefined) return undefined;
    const error = wordsFor(status, line);
    proof = { error, requires: stricter(requires, proof?.requires ?? 'nothing') };
  }
  return proof;
}

function requirement(
  submission: Submission,
  { errors, importedLines }: FinalImport,
  { aggregatedLineId }: AbsentLine,
  seen: (submission: Submission) => number,
): NotCreated['requires'] | undefined {
  if (errors.some((error) => error.aggregatedLineId === aggregatedLineId)) return 'nothing';
  if (importedLines !== undefined) {
    const there = seen(submission);
    // Lines came in and are gone: this may be one of them.
    if (importedLines > there) return undefined;
    if (importedLines === there && there > 0) return 'nothing';
  }
  return submission.target.linesDeletedAfterPosting === 'no' ? 'notPosted' : 'open';
}

function stricter(one: NotCreated['requires'], other: NotCreated['requires']): NotCreated['requires'] {
  const order: readonly NotCreated['requires'][] = ['nothing', 'notPosted', 'open'];
  return order.indexOf(one) > order.indexOf(other) ? one : other;
}
