/**
 * Tracks one package: decides per line by what SCM holds and by what its import jobs say, notes it along the allowed
 * edges, and says how the package goes on.
 */
import type { PackageState, Submission } from '../log/packageRow.ts';
import type { LoadedPackage } from '../posting/loadPackage.ts';
import { targetOf } from '../posting/postJournalPackage.ts';
import { mayResendBlindly } from '../posting/resend.ts';
import { storePackage } from '../posting/storePackage.ts';
import { gatherEvidence, isPending, type SubmissionEvidence } from './importEvidence.ts';
import { noteCreations } from './noteCreations.ts';
import { notePostings } from './notePostings.ts';
import { pauseBeforePoll, type TrackingDependencies } from './trackJournals.ts';

/** How long lines that may still change are watched after their submission. */
const HORIZON_MS = 30 * 24 * 3_600_000;

/** @throws TableError, DependencyError */
export async function trackPackage(dependencies: TrackingDependencies, loaded: LoadedPackage): Promise<void> {
  const { runtime, supplyChain, settings, tables, partitionKey } = dependencies;
  const { state } = loaded.stored;
  const { outcome } = loaded.outcome;
  const submission = state.submissions.at(-1);
  if (submission === undefined) return;
  const token = await supplyChain.token();
  const open = outcome.positionsWith('Created', 'FnOSyncEnqueued', 'FnOTransCreateError');
  const evidence = await gatherEvidence(supplyChain, token, state, open);
  const now = runtime.clock.now();
  const overdue = now - submission.at >= settings.supplyChain.unknownOutcomeSeconds * 1000;
  // A job that hangs may have brought its lines in all the same, so it is not waited for without end.
  if (open.length > 0 && (overdue || !isPending(evidence)))
    await noteCreations(dependencies, token, loaded, open, evidence, now);
  await notePostings(dependencies, token, loaded, now);
  const polls = outcome.changed ? 0 : state.polls + 1;
  const polled: PackageState = {
    ...state,
    submissions: state.submissions.map((each) => withExecution(each, evidence)),
    polls,
    nextPollAt: now + pauseBeforePoll(polls),
  };
  const next = nextState(dependencies, loaded, polled, evidence, { now, overdue });
  await storePackage(tables, partitionKey, loaded, next);
}

function withExecution(submission: Submission, evidence: readonly SubmissionEvidence[]): Submission {
  const status = evidence.find((each) => each.submission.number === submission.number)?.status;
  const executionId = status?.executionId;
  return executionId === undefined ? submission : { ...submission, executionId };
}

/** How the package goes on, once its lines are noted. */
function nextState(
  { settings, supplyChain }: TrackingDependencies,
  loaded: LoadedPackage,
  state: PackageState,
  evidence: readonly SubmissionEvidence[],
  { now, overdue }: { readonly now: number; readonly overdue: boolean },
): PackageState {
  const { outcome } = loaded.outcome;
  const submission = state.submissions.at(-1);
  const { lastError: _, ...clean } = state;
  if (outcome.positionsWith('FnOTransPosted', 'DoNotSync').length === outcome.lineCount)
    return { ...clean, status: 'Settled' };
  const unseen = outcome.positionsWith('Created', 'FnOSyncEnqueued');
  if (unseen.length === 0) {
    const isOld = now - (submission?.at ?? now) > HORIZON_MS;
    return { ...clean, status: isOld ? 'Settled' : 'Enqueued' };
  }
  if (!overdue || isPending(evidence)) return state;
  // What SCM acknowledged and does not hold may have been deleted there on purpose: only what it never did is repeated.
  const acknowledged = submission?.messageId !== undefined;
  if (
    submission !== undefined &&
    !acknowledged &&
    mayResendBlindly(state.submissions, targetOf(settings, supplyChain.address))
  )
    return {
      ...state,
      status: 'Queued',
      queuedAt: 0,
      submissions: [...state.submissions.slice(0, -1), { ...submission, result: 'lost' }],
      lastError: 'SCM never confirmed the submission; it is sent again, under the same line ids.',
    };
  return {
    ...state,
    status: 'Unknown',
    lastError:
      `${unseen.length} lines were sent and SCM neither holds them nor says why. Look them up in SCM by their journal key ` +
      'and message id; they are not sent again by themselves.',
  };
}
