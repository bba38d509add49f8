/**
 * Tracks one package: decides per line by what SCM holds and by what its import job says, and notes it along the allowed
 * edges. Absence alone proves nothing: posted journals can lose their lines, imports can arrive late.
 */
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import type { PackageState, Submission } from '../log/packageRow.ts';
import type { LoadedPackage } from '../posting/loadPackage.ts';
import { targetOf } from '../posting/postJournalPackage.ts';
import { mayResendBlindly } from '../posting/resend.ts';
import { packageLines } from '../posting/scmJournals.ts';
import { storePackage } from '../posting/storePackage.ts';
import type { ImportStatus } from '../supplyChain/supplyChain.ts';
import { notePostings } from './notePostings.ts';
import { readLines } from './readLines.ts';
import { pauseBeforePoll, type TrackingDependencies } from './trackJournals.ts';

/** How long lines that may still change are watched after their submission. */
const HORIZON_MS = 30 * 24 * 3_600_000;

/** @throws TableError, DependencyError */
export async function trackPackage(dependencies: TrackingDependencies, loaded: LoadedPackage): Promise<void> {
  const { runtime, supplyChain } = dependencies;
  const submission = loaded.stored.state.submissions.at(-1);
  if (submission === undefined) return;
  const token = await supplyChain.token();
  const evidence =
    submission.messageId === undefined
      ? undefined
      : await supplyChain.importStatus(token, submission.messageId);
  const now = runtime.clock.now();
  await noteCreations(dependencies, token, loaded, submission, evidence, now);
  await notePostings(dependencies, token, loaded, now);
  await store(dependencies, loaded, submission, evidence, now);
}

/** Looks for the lines that SCM has not confirmed yet, unless its import is still under way. */
async function noteCreations(
  dependencies: TrackingDependencies,
  token: AccessToken,
  loaded: LoadedPackage,
  submission: Submission,
  evidence: ImportStatus | undefined,
  now: number,
): Promise<void> {
  const { outcome } = loaded.outcome;
  if (evidence?.kind === 'pending') return;
  const open = outcome.positionsWith('Created', 'FnOSyncEnqueued', 'FnOTransCreateError');
  if (open.length === 0) return;
  const lines = packageLines(dependencies.partitionKey, loaded.run, loaded.journals);
  const found = await readLines(dependencies, token, loaded, open);
  const failed = evidence?.kind === 'final' && !evidence.succeeded ? evidence : undefined;
  const named = new Map(failed?.errors.map((error) => [error.aggregatedLineId, error.message]));
  const carried = submission.lines === 'all' ? undefined : new Set(submission.lines);
  for (const position of open) {
    const id = lines[position]?.aggregatedLineId ?? '';
    const line = found.get(id);
    if (line !== undefined) {
      const { journalNumber, lineNumber } = line;
      if (outcome.line(position).status === 'Created') outcome.note(position, 'FnOSyncEnqueued', now);
      outcome.note(position, 'FnOTransCreated', now, { journalNumber, lineNumber });
    } else if (failed !== undefined && (carried?.has(position) ?? true)) {
      // Absent although the job failed proves the failure only where posted lines are known to stay.
      const error =
        named.get(id) ??
        (submission.target.linesDeletedAfterPosting === 'no' ? named.get(undefined) : undefined);
      if (error !== undefined || submission.target.linesDeletedAfterPosting === 'no')
        outcome.note(position, 'FnOTransCreateError', now, {
          error: error ?? `The import ended as ${failed.messageStatus}.`,
        });
    }
  }
}

async function store(
  dependencies: TrackingDependencies,
  loaded: LoadedPackage,
  submission: Submission,
  evidence: ImportStatus | undefined,
  now: number,
): Promise<void> {
  const { tables, partitionKey } = dependencies;
  const { state } = loaded.stored;
  const { outcome } = loaded.outcome;
  const executionId = evidence?.executionId ?? submission.executionId;
  const current: Submission = executionId === undefined ? submission : { ...submission, executionId };
  const polls = outcome.changed ? 0 : state.polls + 1;
  const known: PackageState = {
    ...state,
    submissions: [...state.submissions.slice(0, -1), current],
    polls,
    nextPollAt: now + pauseBeforePoll(polls),
  };
  await storePackage(tables, partitionKey, loaded, nextState(dependencies, loaded, known, evidence, now));
}

/** How the package goes on, once its lines are noted. */
function nextState(
  { settings, supplyChain }: TrackingDependencies,
  loaded: LoadedPackage,
  state: PackageState,
  evidence: ImportStatus | undefined,
  now: number,
): PackageState {
  const { outcome } = loaded.outcome;
  const submission = state.submissions.at(-1);
  const { lastError: _, ...clean } = state;
  if (outcome.positionsWith('FnOTransPosted', 'DoNotSync').length === outcome.lineCount)
    return { ...clean, status: 'Settled' };
  const age = now - (submission?.at ?? now);
  if (age > HORIZON_MS && outcome.positionsWith('Created', 'FnOSyncEnqueued').length === 0)
    return { ...clean, status: 'Settled' };
  const unseen = outcome.positionsWith('Created', 'FnOSyncEnqueued');
  if (unseen.length === 0) return { ...clean, status: 'Enqueued' };
  if (evidence?.kind === 'pending' || age < settings.supplyChain.unknownOutcomeSeconds * 1000) return state;
  if (submission && mayResendBlindly(state.submissions, targetOf(settings, supplyChain.address)))
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
