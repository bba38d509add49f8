/**
 * Notes what SCM answered to a submission. The answer belongs to its submission, however the package has moved on
 * meanwhile, and is worth some patience: with the message id lost, nobody can ask SCM what became of the import.
 */
import { carries, type PackageState, type Submission } from '../log/packageRow.ts';
import type { JournalPackageMessage } from '../queue/journalPackageQueue.ts';
import type { SendAnswer } from '../supplyChain/supplyChain.ts';
import { TableError } from '../tables/tableStore.ts';
import { type LoadedPackage, loadPackage } from './loadPackage.ts';
import { postponed } from './postpone.ts';
import { takeBack } from './requestedLines.ts';
import type { PostingDependencies } from './postJournalPackage.ts';
import { storePackage } from './storePackage.ts';

const TRIES = 5;
const PAUSE_MS = 1_000;

/** @throws TableError, DependencyError */
export async function noteAnswer(
  { tables, runtime, partitionKey, queue }: PostingDependencies,
  message: JournalPackageMessage,
  marked: LoadedPackage,
  submission: Submission,
  answer: SendAnswer,
): Promise<void> {
  let loaded: LoadedPackage | undefined = marked;
  for (let tries = 1; tries <= TRIES; tries++) {
    try {
      loaded ??= await loadPackage(tables, partitionKey, message.run, message.package);
      const state = loaded && stateAfter(loaded, submission, answer, runtime.clock.now());
      if (loaded === undefined || state === undefined) return;
      if ((await storePackage(tables, partitionKey, loaded, state)) !== undefined) {
        if (state.status === 'Queued') await queue.send([message], state.notBefore);
        return;
      }
    } catch (error) {
      if (!(error instanceof TableError) || error.failure === 'invalid' || tries === TRIES) throw error;
      await runtime.clock.sleep(PAUSE_MS * tries);
    }
    // Another instance wrote the package, or nobody knows whether this one did: look again.
    loaded = undefined;
  }
}

/** What the answer makes of the package; undefined when it no longer says anything about it. */
function stateAfter(
  { stored: { state }, outcome: { outcome } }: LoadedPackage,
  submission: Submission,
  answer: SendAnswer,
  now: number,
): PackageState | undefined {
  const index = state.submissions.findIndex(({ id, at }) => id === submission.id && at === submission.at);
  const current = state.submissions[index];
  if (current === undefined || current.messageId !== undefined) return undefined;
  const isNewest = index === state.submissions.length - 1;
  switch (answer.kind) {
    case 'accepted': {
      // A line that went out again since has its answer from the submission that carried it last.
      const later = state.submissions.slice(index + 1);
      for (const position of outcome.lines().keys())
        if (carries(submission, position) && !later.some((each) => carries(each, position)))
          outcome.note(position, 'FnOSyncEnqueued', now);
      const submissions = state.submissions.with(index, {
        ...current,
        result: 'enqueued',
        messageId: answer.messageId,
      });
      // A package that is settled stays so: its run may be closed already, and then nobody looks at it again.
      if (!isNewest || state.status === 'Settled') return { ...state, submissions };
      const { lastError: _, notBefore: __, ...rest } = state;
      return { ...rest, status: 'Enqueued', submissions, failures: 0, polls: 0, nextPollAt: now };
    }
    case 'refused':
    case 'noEffect':
      // Also when it comes after the package was given up for a human to decide: what had no effect is not unknown.
      if (!isNewest || (state.status !== 'Sending' && state.status !== 'Unknown')) return undefined;
      // A submission that provably had no effect leaves no trace but the reason.
      takeBack(state.submissions.slice(0, -1), outcome, now);
      return postponed(
        state,
        state.submissions.slice(0, -1),
        now,
        answer.message,
        answer.kind === 'noEffect' ? answer : {},
      );
    case 'unknown':
      return isNewest && state.status === 'Sending' ? { ...state, lastError: answer.message } : undefined;
  }
}
