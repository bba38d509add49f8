/**
 * The hop from the queue to SCM: sends one data package. The submission is frozen and marked *Sending* before it goes
 * out, so that whatever happens afterwards, it is known that it may have arrived. Nothing here is decided by the
 * message: it only says where to look.
 */
import type { SubmissionTarget, Submission, PackageState } from '../log/packageRow.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import type { JournalPackageMessage, JournalPackageQueue } from '../queue/journalPackageQueue.ts';
import type { Runtime } from '../runtime/ports.ts';
import type { EnvironmentSettings } from '../settings/environmentSettings.ts';
import { buildDataPackage } from '../supplyChain/dataPackage/buildDataPackage.ts';
import type { SendAnswer, SupplyChain } from '../supplyChain/supplyChain.ts';
import type { TableStore } from '../tables/tableStore.ts';
import { type LoadedPackage, loadPackage } from './loadPackage.ts';
import { scmJournals } from './scmJournals.ts';
import { storePackage } from './storePackage.ts';

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 600_000;

export interface PostingDependencies {
  readonly tables: TableStore;
  readonly runtime: Runtime;
  readonly queue: JournalPackageQueue;
  readonly supplyChain: SupplyChain;
  readonly settings: EnvironmentSettings;
  readonly partitionKey: string;
  /** The legal entity, as it is spelled for SCM. */
  readonly organizationId: string;
}

/** @throws TableError, DependencyError; Error when the package's rows are damaged. */
export async function postJournalPackage(
  dependencies: PostingDependencies,
  message: JournalPackageMessage,
): Promise<void> {
  const { tables, runtime, settings, partitionKey, queue } = dependencies;
  // The emergency stop: the package waits in its row until the job is switched on again.
  if (!settings.enableFeature || !settings.enableSyncJob) return;
  const loaded = await loadPackage(tables, partitionKey, message.run, message.package);
  if (loaded === undefined) return;
  const { state } = loaded.stored;
  if (state.status !== 'Created' && state.status !== 'Queued') return;
  if (state.notBefore !== undefined && state.notBefore > runtime.clock.now()) {
    await queue.send([message], state.notBefore);
    return;
  }
  const positions = sendable(loaded);
  if (positions.length === 0) return;
  await submit(dependencies, message, loaded, positions);
}

/** Only lines never sent, lines whose creation failed, and lines whose submission was given up as lost. */
function sendable({ outcome, stored }: LoadedPackage): number[] {
  const lost = stored.state.submissions.at(-1)?.result === 'lost';
  return lost
    ? outcome.outcome.positionsWith('Created', 'FnOTransCreateError', 'FnOSyncEnqueued')
    : outcome.outcome.positionsWith('Created', 'FnOTransCreateError');
}

async function submit(
  dependencies: PostingDependencies,
  message: JournalPackageMessage,
  loaded: LoadedPackage,
  positions: readonly number[],
): Promise<void> {
  const { tables, runtime, supplyChain, settings, partitionKey, organizationId } = dependencies;
  const { run, stored, journals, outcome } = loaded;
  const number = stored.state.submissions.length + 1;
  const carried = new Set(positions);
  const id = `${partitionKey}~${run.number}-${stored.number}-${number}-${run.state.nonce.slice(0, 8)}`;
  const zip = buildDataPackage({
    company: organizationId,
    submissionId: id,
    journals: scmJournals(partitionKey, run, journals, (position) => carried.has(position)),
  });
  const token = await tokenFor(dependencies, message, loaded);
  if (token === undefined) return;
  const submission: Submission = {
    number,
    id,
    at: runtime.clock.now(),
    tokenExpiresAt: token.expiresAt,
    target: targetOf(settings, supplyChain.address),
    lines: positions.length === outcome.outcome.lineCount ? 'all' : positions,
    result: 'sending',
  };
  const sending: PackageState = {
    ...stored.state,
    status: 'Sending',
    submissions: [...stored.state.submissions, submission],
    polls: 0,
    nextPollAt: runtime.clock.now() + settings.supplyChain.unknownOutcomeSeconds * 1000,
  };
  const marked = await storePackage(tables, partitionKey, loaded, sending);
  if (marked === undefined) return;
  const answer = await supplyChain.send(token, organizationId, id, zip);
  await noteAnswer(dependencies, message, marked, submission, answer);
}

/** A token, or undefined when none can be had: the package then waits and is tried again. */
async function tokenFor(
  dependencies: PostingDependencies,
  message: JournalPackageMessage,
  loaded: LoadedPackage,
): Promise<AccessToken | undefined> {
  try {
    return await dependencies.supplyChain.token();
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error;
    await postpone(
      dependencies,
      message,
      loaded,
      loaded.stored.state.submissions,
      error.message,
      error.retryAfterMs,
    );
    return undefined;
  }
}

/** Puts a package back in line after a try without effect, later with every such try. */
async function postpone(
  { tables, runtime, partitionKey, queue }: PostingDependencies,
  message: JournalPackageMessage,
  loaded: LoadedPackage,
  submissions: readonly Submission[],
  lastError: string,
  retryAfterMs = 0,
): Promise<void> {
  const { state } = loaded.stored;
  const now = runtime.clock.now();
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(state.failures, 10));
  const notBefore = now + Math.max(pause, retryAfterMs);
  const failures = state.failures + 1;
  const waiting = {
    ...state,
    status: 'Queued',
    submissions,
    failures,
    lastError,
    queuedAt: now,
    notBefore,
  } as const;
  if ((await storePackage(tables, partitionKey, loaded, waiting)) !== undefined)
    await queue.send([message], notBefore);
}

async function noteAnswer(
  dependencies: PostingDependencies,
  message: JournalPackageMessage,
  loaded: LoadedPackage,
  submission: Submission,
  answer: SendAnswer,
): Promise<void> {
  const { tables, runtime, partitionKey } = dependencies;
  const { state } = loaded.stored;
  const now = runtime.clock.now();
  switch (answer.kind) {
    case 'accepted': {
      const positions =
        submission.lines === 'all' ? [...loaded.outcome.outcome.lines().keys()] : submission.lines;
      for (const position of positions) loaded.outcome.outcome.note(position, 'FnOSyncEnqueued', now);
      const { lastError: _, notBefore: __, ...rest } = state;
      await storePackage(tables, partitionKey, loaded, {
        ...rest,
        status: 'Enqueued',
        submissions: [
          ...state.submissions.slice(0, -1),
          { ...submission, result: 'enqueued', messageId: answer.messageId },
        ],
        failures: 0,
        polls: 0,
        nextPollAt: now,
      });
      return;
    }
    case 'refused':
    case 'noEffect': {
      const retryAfterMs = answer.kind === 'noEffect' ? answer.retryAfterMs : undefined;
      // A submission that provably had no effect leaves no trace but the reason.
      await postpone(
        dependencies,
        message,
        loaded,
        state.submissions.slice(0, -1),
        answer.message,
        retryAfterMs,
      );
      return;
    }
    case 'unknown':
      await storePackage(tables, partitionKey, loaded, { ...state, lastError: answer.message });
  }
}

/** Where submissions go under the settings of now. */
export function targetOf({ supplyChain }: EnvironmentSettings, address: string): SubmissionTarget {
  return {
    address,
    entityProfile: supplyChain.entityProfile,
    transport: supplyChain.transport,
    linesDeletedAfterPosting: supplyChain.linesDeletedAfterPosting,
  };
}
