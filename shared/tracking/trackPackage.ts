/**
 * Tracks one package: decides per line by what SCM holds and by what its import jobs say, notes it along the allowed
 * edges, and says how the package goes on.
 */
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { carries, type PackageState, type Submission, wasSent } from '../log/packageRow.ts';
import type { LoadedPackage } from '../posting/loadPackage.ts';
import { targetOf } from '../posting/postJournalPackage.ts';
import { mayResendBlindly } from '../posting/resend.ts';
import { storePackage } from '../posting/storePackage.ts';
import { gatherEvidence, isPending, type SubmissionEvidence } from './importEvidence.ts';
import { noteCreations } from './noteCreations.ts';
import { noteFound } from '../posting/noteFound.ts';
import { readLines } from '../posting/readLines.ts';
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
  const closed = closedPositions(loaded);
  const overdue = now - submission.at >= settings.supplyChain.unknownOutcomeSeconds * 1000;
  // A job that hangs may have brought its lines in all the same, so it is not waited for without end.
  if (open.length > 0 && (overdue || !isPending(evidence)))
    await noteCreations(dependencies, token, loaded, open, evidence, { now, overdue });
  if (closed.length > 0) await noteLateTruth(dependencies, token, loaded, closed, now);
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

/**
 * Lines that were sent, and closed by a human: an import may still bring them in. They are looked at whenever the package
 * is, and so once more before it settles, also when SCM was away until their horizon was over.
 */
function closedPositions({ stored, outcome: { outcome } }: LoadedPackage): number[] {
  return outcome.positionsWith('DoNotSync').filter((position) => wasSent(stored.state, position));
}

/** Whether any of them was closed less than a horizon ago: then the package does not settle yet. */
function isWatched(loaded: LoadedPackage, now: number): boolean {
  const { outcome } = loaded.outcome;
  return closedPositions(loaded).some((position) => now - outcome.line(position).at <= HORIZON_MS);
}

/** A closed line that SCM holds after all is counted there: it says so, loudly. @throws DependencyError */
async function noteLateTruth(
  dependencies: TrackingDependencies,
  token: AccessToken,
  loaded: LoadedPackage,
  closed: readonly number[],
  now: number,
): Promise<void> {
  const { partitionKey, runtime } = dependencies;
  const { outcome } = loaded.outcome;
  noteFound(partitionKey, loaded, closed, await readLines(dependencies, token, loaded, closed), now);
  const arrived = closed.filter((position) => outcome.line(position).status === 'FnOTransCreated');
  if (arrived.length === 0) return;
  runtime.logger.error(
    'Lines that were closed without posting stand in SCM after all: they are counted there, and where they were entered by hand, twice.',
    {
      log: partitionKey,
      run: loaded.run.number,
      package: loaded.stored.number,
      lines: arrived.length,
      journal: outcome.line(arrived[0] ?? 0).journalNumber,
    },
  );
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
  // Lines wait to be sent again: the hop that sends them says how the package goes on.
  if (state.status === 'Queued') return state;
  const watched = isWatched(loaded, now);
  const { lastError: _, ...clean } = state;
  if (!watched && outcome.positionsWith('FnOTransPosted', 'DoNotSync').length === outcome.lineCount)
    return { ...clean, status: 'Settled' };
  const unseen = outcome.positionsWith('Created', 'FnOSyncEnqueued');
  if (unseen.length === 0) {
    const isOld = !watched && now - (submission?.at ?? now) > HORIZON_MS;
    return { ...clean, status: isOld ? 'Settled' : 'Enqueued' };
  }
  if (!overdue || isPending(evidence)) return state;
  // What SCM acknowledged and does not hold may have been deleted there on purpose: only what it never did is repeated.
  const acknowledged = submission?.messageId !== undefined;
  if (
    submission !== undefined &&
    !acknowledged &&
    unseen.some((position) => carries(submission, position)) &&
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
