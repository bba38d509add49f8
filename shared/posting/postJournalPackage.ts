/**
 * The hop from the queue to SCM: sends one data package. The submission is frozen and marked *Sending* before it goes
 * out, so that whatever happens afterwards, it is known that it may have arrived. Nothing here is decided by the
 * message: it only says where to look.
 */
import { carries, type PackageState, type Submission, type SubmissionTarget } from '../log/packageRow.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import type { JournalPackageMessage, JournalPackageQueue } from '../queue/journalPackageQueue.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import type { Runtime } from '../runtime/ports.ts';
import type { EnvironmentSettings } from '../settings/environmentSettings.ts';
import { buildDataPackage } from '../supplyChain/dataPackage/buildDataPackage.ts';
import { packageFormat } from '../supplyChain/dataPackage/packageFormat.ts';
import type { ScmJournal, SupplyChain } from '../supplyChain/supplyChain.ts';
import type { TableStore } from '../tables/tableStore.ts';
import { type LoadedPackage, loadPackage } from './loadPackage.ts';
import { noteAnswer } from './noteAnswer.ts';
import { noteFound } from './noteFound.ts';
import { noteRefused } from './noteRefused.ts';
import { postponed } from './postpone.ts';
import { readLines } from './readLines.ts';
import { requestedPositions } from './requestedLines.ts';
import { closeBacklog } from './closeBacklog.ts';
import { mayResendBlindly } from './resend.ts';
import { scmJournals } from './scmJournals.ts';
import { storePackage } from './storePackage.ts';

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

/** @throws TableError, DependencyError from the queue; Error when the package's rows are damaged. */
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
  const ready = await prepare(dependencies, message, loaded);
  if (ready !== undefined) await submit(dependencies, message, loaded, ready);
}

interface Ready {
  readonly token: AccessToken;
  readonly positions: readonly number[];
  /** With the lines that are carried, and as SCM numbered them. */
  readonly journals: readonly ScmJournal[];
}

/** The one token of the submission, and what it carries; undefined when there is nothing to send now. */
async function prepare(
  dependencies: PostingDependencies,
  message: JournalPackageMessage,
  loaded: LoadedPackage,
): Promise<Ready | undefined> {
  const { tables, runtime, partitionKey, queue, supplyChain, organizationId } = dependencies;
  try {
    const token = await supplyChain.token();
    const positions = await toSend(dependencies, token, loaded);
    if (positions === undefined) return undefined;
    const carried = new Set(positions);
    const journals = scmJournals(
      partitionKey,
      loaded.run,
      loaded.journals,
      (position) => carried.has(position),
      loaded.outcome.outcome,
    );
    const opened = await supplyChain.openJournals(token, organizationId, journals);
    const taken = noteRefused(partitionKey, loaded, positions, opened, runtime.clock.now());
    if (taken.positions.length > 0) return { token, ...taken };
    await goOn(dependencies, loaded);
    return undefined;
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error;
    // No token could be had, or SCM could not be asked: the package waits and is tried again.
    const { state } = loaded.stored;
    const now = runtime.clock.now();
    const waiting = postponed(state, state.submissions, now, error.message, error);
    if ((await storePackage(tables, partitionKey, loaded, waiting)) !== undefined)
      await queue.send([message], waiting.notBefore);
    return undefined;
  }
}

/**
 * Positions of the lines to send: at first all that nobody has closed; later those that somebody has asked to be sent
 * again, and on a repeat those of the lost submission; of these none that SCM holds by now. Undefined when there is
 * nothing to send; the package then goes on to where it belongs. @throws DependencyError
 */
async function toSend(
  dependencies: PostingDependencies,
  token: AccessToken,
  loaded: LoadedPackage,
): Promise<readonly number[] | undefined> {
  const { tables, runtime, partitionKey, settings, supplyChain } = dependencies;
  const { state } = loaded.stored;
  const { outcome } = loaded.outcome;
  const lost = state.submissions.at(-1);
  if (lost === undefined) {
    closeBacklog(loaded, settings.closedBacklogs, runtime.clock.now());
    const open = [...outcome.positionsWith('Created'), ...requestedPositions([], outcome)];
    if (open.length > 0) return open.sort((one, other) => one - other);
    await goOn(dependencies, loaded);
    return undefined;
  }
  const mayRepeat = mayResendBlindly(state.submissions, targetOf(settings, supplyChain.address));
  const candidates = (): number[] => {
    const requested = requestedPositions(state.submissions, outcome);
    if (lost.result !== 'lost' || !mayRepeat) return requested;
    const repeated = outcome
      .positionsWith('Created', 'FnOSyncEnqueued', 'FnOTransCreateError')
      .filter((position) => carries(lost, position));
    return [...new Set([...requested, ...repeated])].sort((one, other) => one - other);
  };
  if (lost.result === 'lost' && !mayRepeat && candidates().length === 0) {
    const lastError =
      'The package may have arrived already, and under the settings of now it could be counted twice: it is not sent ' +
      'again by itself. Look it up in SCM by its journal keys.';
    await storePackage(tables, partitionKey, loaded, { ...state, status: 'Unknown', lastError });
    return undefined;
  }
  const found = await readLines(dependencies, token, loaded, candidates());
  const now = runtime.clock.now();
  noteFound(partitionKey, loaded, candidates(), found, now);
  const missing = candidates();
  if (missing.length > 0) return missing;
  await goOn(dependencies, loaded);
  return undefined;
}

/** Nothing is left to send: what was sent is tracked on. */
async function goOn(
  { tables, runtime, partitionKey }: PostingDependencies,
  loaded: LoadedPackage,
): Promise<void> {
  const { state } = loaded.stored;
  const next: PackageState =
    state.submissions.length === 0
      ? { ...state, status: 'Settled' }
      : { ...state, status: 'Enqueued', polls: 0, nextPollAt: runtime.clock.now() };
  await storePackage(tables, partitionKey, loaded, next);
}

async function submit(
  dependencies: PostingDependencies,
  message: JournalPackageMessage,
  loaded: LoadedPackage,
  { token, positions, journals }: Ready,
): Promise<void> {
  const { tables, runtime, supplyChain, settings, partitionKey, organizationId } = dependencies;
  const { run, stored, outcome } = loaded;
  const number = stored.state.submissions.length + 1;
  const id = `${partitionKey}~${run.number}-${stored.number}-${number}-${run.state.nonce.slice(0, 8)}`;
  const content = { company: organizationId, submissionId: id, journals };
  const zip = buildDataPackage(content, packageFormat(settings.supplyChain));
  const now = runtime.clock.now();
  const submission: Submission = {
    number,
    id,
    at: now,
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
    nextPollAt: now + settings.supplyChain.unknownOutcomeSeconds * 1000,
  };
  // From here on a line that is sent again may stand in SCM, whatever it was before.
  for (const position of requestedPositions(stored.state.submissions, outcome.outcome))
    if (carries(submission, position)) outcome.outcome.note(position, 'FnOSyncEnqueued', now);
  const marked = await storePackage(tables, partitionKey, loaded, sending);
  if (marked === undefined) return;
  const answer = await supplyChain.send(token, organizationId, id, zip);
  await noteAnswer(dependencies, message, marked, submission, answer);
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
