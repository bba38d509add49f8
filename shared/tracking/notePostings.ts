/**
 * Looks whether the journals of created lines have been posted, and notes voucher and lot of the lines that stand in
 * them. SCM can move a line to another journal, so it is read back by its id before anything is said of it.
 */
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { versionsOf } from '../log/lineDecision.ts';
import type { LineOutcome, PackageOutcome } from '../log/packageOutcome.ts';
import type { LoadedPackage } from '../posting/loadPackage.ts';
import { differencesFromSent } from '../posting/noteFound.ts';
import { readLines } from '../posting/readLines.ts';
import { packageLines } from '../posting/scmJournals.ts';
import type { TrackingDependencies } from './trackJournals.ts';

/** A journal is called not posted after this many periods of the posting job. */
const PERIODS_WAITED = 2;

/** @throws DependencyError */
export async function notePostings(
  dependencies: TrackingDependencies,
  token: AccessToken,
  loaded: LoadedPackage,
  now: number,
): Promise<void> {
  const { outcome } = loaded.outcome;
  const waiting = outcome.positionsWith('FnOTransCreated', 'FnOTransPostError');
  if (waiting.length === 0) return;
  const { posted, known } = await journalsOf(dependencies, token, outcome, waiting);
  const standsIn = (journals: ReadonlySet<string>, position: number): boolean =>
    journals.has(outcome.line(position).journalNumber?.toUpperCase() ?? '');
  const candidates = waiting.filter((position) => standsIn(posted, position));
  if (candidates.length > 0) await notePosted(dependencies, token, loaded, candidates, now);
  notePostErrors(dependencies, loaded, new Set(candidates), (position) => standsIn(known, position), now);
  const elsewhere = waiting.filter(
    (position) => !standsIn(posted, position) && mayStandElsewhere(outcome.line(position)),
  );
  if (elsewhere.length > 0) await noteMoved(dependencies, token, loaded, elsewhere, now);
}

/** Whether a line may stand in another journal than it was last seen in: it should be posted, or went out in two. */
function mayStandElsewhere(line: LineOutcome): boolean {
  return line.status === 'FnOTransPostError' || versionsOf(line).length > 1;
}

/** Notes the journals that lines stand in now, to be looked at with the next poll. */
async function noteMoved(
  dependencies: TrackingDependencies,
  token: AccessToken,
  loaded: LoadedPackage,
  positions: readonly number[],
  now: number,
): Promise<void> {
  const { outcome } = loaded.outcome;
  const lines = packageLines(dependencies.partitionKey, loaded.run, loaded.journals);
  const found = await readLines(dependencies, token, loaded, positions);
  for (const position of positions) {
    const line = found.get(lines[position]?.aggregatedLineId ?? '');
    const { status, journalNumber } = outcome.line(position);
    if (line === undefined || line.journalNumber.toUpperCase() === journalNumber?.toUpperCase()) continue;
    outcome.note(position, status, now, { journalNumber: line.journalNumber, lineNumber: line.lineNumber });
  }
}

/** Numbers of the journals that the lines were last seen in, in capitals: those that SCM has, and of them the posted. */
async function journalsOf(
  { supplyChain, organizationId }: TrackingDependencies,
  token: AccessToken,
  outcome: PackageOutcome,
  positions: readonly number[],
): Promise<{ readonly known: ReadonlySet<string>; readonly posted: ReadonlySet<string> }> {
  const numbers = new Set(positions.map((position) => outcome.line(position).journalNumber ?? ''));
  const headers = await supplyChain.journals(token, organizationId, [...numbers]);
  const numbersOf = (some: typeof headers): Set<string> =>
    new Set(some.map(({ journalNumber }) => journalNumber.toUpperCase()));
  return { known: numbersOf(headers), posted: numbersOf(headers.filter(({ isPosted }) => isPosted)) };
}

/** Notes the lines that still stand in the journal that was posted. */
async function notePosted(
  dependencies: TrackingDependencies,
  token: AccessToken,
  loaded: LoadedPackage,
  candidates: readonly number[],
  now: number,
): Promise<void> {
  const { partitionKey, settings } = dependencies;
  const { outcome } = loaded.outcome;
  const lines = packageLines(partitionKey, loaded.run, loaded.journals);
  const found = await readLines(dependencies, token, loaded, candidates);
  const differences = differencesFromSent(partitionKey, loaded, found);
  const deletesLines = [
    settings.supplyChain,
    ...loaded.stored.state.submissions.map(({ target }) => target),
  ].some(({ linesDeletedAfterPosting }) => linesDeletedAfterPosting === 'yes');
  for (const position of candidates) {
    const { status, journalNumber } = outcome.line(position);
    const id = lines[position]?.aggregatedLineId ?? '';
    const line = found.get(id);
    const error = differences.get(id);
    const told = error === undefined ? {} : { error };
    if (line === undefined && deletesLines) outcome.note(position, 'FnOTransPosted', now);
    else if (line === undefined)
      outcome.note(position, status, now, {
        error:
          `Journal ${journalNumber ?? ''} is posted and no longer holds this line: it was deleted before or after the ` +
          'posting. Look up its inventory transactions in SCM.',
      });
    else if (line.journalNumber.toUpperCase() !== journalNumber?.toUpperCase())
      outcome.note(position, status, now, { journalNumber: line.journalNumber, lineNumber: line.lineNumber });
    else
      outcome.note(position, 'FnOTransPosted', now, {
        ...(line.voucher === undefined ? {} : { voucher: line.voucher }),
        ...(line.inventTransId === undefined ? {} : { inventTransId: line.inventTransId }),
        ...told,
      });
  }
}

/** Of the lines whose journal has not been posted, those that should have been by now. */
function notePostErrors(
  { settings }: TrackingDependencies,
  loaded: LoadedPackage,
  inPostedJournal: ReadonlySet<number>,
  hasJournal: (position: number) => boolean,
  now: number,
): void {
  const { outcome } = loaded.outcome;
  const patience = PERIODS_WAITED * settings.supplyChain.postingJobEveryHours * 3_600_000;
  const targets = loaded.journals.flatMap(({ lines, targetStatus }) => lines.map(() => targetStatus));
  for (const position of outcome.positionsWith('FnOTransCreated', 'FnOTransPostError')) {
    const { status, at, journalNumber, error: told } = outcome.line(position);
    const isLate = targets[position] === 'Posted' && now - at >= patience;
    if (inPostedJournal.has(position) || (status === 'FnOTransCreated' && !isLate)) continue;
    const error = hasJournal(position)
      ? 'Not posted yet: check the journal’s approval workflow, its lock, and the history of the posting job in SCM.'
      : `Journal ${journalNumber ?? ''} is no longer in SCM: it was posted and cleaned up, or deleted. Look up the ` +
        'inventory transactions of the line, and judge it.';
    if (status === 'FnOTransCreated' || (error !== told && !hasJournal(position)))
      outcome.note(position, 'FnOTransPostError', now, { error });
  }
}
