/**
 * What the import jobs of a package's submissions say. Evidence for a line comes from the submissions that carried it,
 * and absence from SCM proves nothing without it: posted journals can lose their lines, imports can arrive late.
 */
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { carries, type PackageState, type Submission } from '../log/packageRow.ts';
import type { ImportStatus, SupplyChain } from '../supplyChain/supplyChain.ts';

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

export interface NotCreated {
  /** SCM's own words. */
  readonly error: string;
  /** Whether every job named the line itself. */
  readonly named: boolean;
}

/**
 * Why a line that SCM does not hold was not created; undefined when that is not proven. It is only where every submission
 * that carried the line has ended without success, and names it among its errors, or went where posted lines are known
 * to stay: elsewhere a line that is absent may have been posted and deleted.
 */
export function notCreated(
  evidence: readonly SubmissionEvidence[],
  position: number,
  aggregatedLineId: string,
): NotCreated | undefined {
  let proof: NotCreated | undefined;
  for (const { submission, status } of evidence) {
    if (!carries(submission, position)) continue;
    if (status?.kind !== 'final' || status.succeeded) return undefined;
    const own = status.errors.find((error) => error.aggregatedLineId === aggregatedLineId);
    if (own === undefined && submission.target.linesDeletedAfterPosting !== 'no') return undefined;
    const general = status.errors.find((error) => error.aggregatedLineId === undefined);
    proof = {
      error: own?.message ?? general?.message ?? `The import ended as ${status.messageStatus}.`,
      named: own !== undefined && (proof?.named ?? true),
    };
  }
  return proof;
}
