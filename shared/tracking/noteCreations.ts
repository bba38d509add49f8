/** Looks for the lines that SCM has not confirmed yet, and notes which it holds and which it provably did not create. */
import { versionsOf } from '../log/lineDecision.ts';
import type { LineOutcome } from '../log/packageOutcome.ts';
import { carries, type Submission } from '../log/packageRow.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import type { LoadedPackage } from '../posting/loadPackage.ts';
import { noteFound } from '../posting/noteFound.ts';
import { readLines } from '../posting/readLines.ts';
import { journalKey, packageLines } from '../posting/scmJournals.ts';
import { notCreated, type NotCreated, type SubmissionEvidence } from './importEvidence.ts';
import type { TrackingDependencies } from './trackJournals.ts';

/**
 * @param overdue whether the lines have been waited for as long as the settings say
 * @throws DependencyError
 */
export async function noteCreations(
  dependencies: TrackingDependencies,
  token: AccessToken,
  loaded: LoadedPackage,
  open: readonly number[],
  evidence: readonly SubmissionEvidence[],
  { now, overdue }: { readonly now: number; readonly overdue: boolean },
): Promise<void> {
  const { partitionKey } = dependencies;
  const { outcome } = loaded.outcome;
  const found = await readLines(dependencies, token, loaded, open);
  noteFound(partitionKey, loaded, open, found, now);
  const lines = packageLines(partitionKey, loaded.run, loaded.journals);
  const seen = seenLines(loaded);
  const proofs = new Map<number, NotCreated>();
  for (const position of open) {
    const line = lines[position];
    if (line === undefined || found.has(line.aggregatedLineId)) continue;
    const { aggregatedLineId, productId, position: inJournal } = line;
    const absent = { position, aggregatedLineId, productId, lineNumber: inJournal + 1 };
    const proof = notCreated(unjudged(evidence, outcome.line(position)), absent, seen);
    if (proof !== undefined) proofs.set(position, proof);
  }
  const { number, state } = loaded.run;
  const keysOf = (position: number): string[] =>
    versionsOf(outcome.line(position)).map((version) =>
      journalKey(number, lines[position]?.journal ?? 0, state.nonce, version),
    );
  const toRead = [...proofs]
    .filter(([, { requires }]) => requires !== 'nothing')
    .flatMap(([position]) => keysOf(position));
  const isPosted = await journalsByKey(dependencies, token, new Set(toRead));
  for (const [position, { error, requires }] of proofs) {
    const journals = keysOf(position).map((key) => isPosted.get(key));
    if (requires !== 'nothing' && journals.includes(true)) continue;
    if (requires === 'open' && (!overdue || journals.includes(undefined))) continue;
    outcome.note(position, 'FnOTransCreateError', now, { error });
  }
}

/** Counts the lines of a submission that SCM holds or has held, without those that went out again later. */
function seenLines({ stored, outcome: { outcome } }: LoadedPackage): (submission: Submission) => number {
  const created = outcome.positionsWith('FnOTransCreated', 'FnOTransPosted', 'FnOTransPostError');
  const { submissions } = stored.state;
  return (submission) =>
    created.filter(
      (position) => submissions.findLast((each) => carries(each, position))?.number === submission.number,
    ).length;
}

/** Without what somebody has looked up in SCM and judged not posted, unless an import of it is under way after all. */
function unjudged(
  evidence: readonly SubmissionEvidence[],
  { decisions = [] }: LineOutcome,
): readonly SubmissionEvidence[] {
  const verdict = decisions.findLast((each) => each.kind === 'judge' && each.verdict === 'notPosted');
  if (verdict === undefined) return evidence;
  return evidence.filter(
    ({ submission, status }) => submission.at >= verdict.at || status?.kind === 'pending',
  );
}

/** Whether the journals of ours are posted, by key; those that SCM does not have are left out. */
async function journalsByKey(
  { supplyChain, organizationId }: TrackingDependencies,
  token: AccessToken,
  journalKeys: ReadonlySet<string>,
): Promise<Map<string, boolean>> {
  if (journalKeys.size === 0) return new Map();
  const headers = await supplyChain.journals(token, organizationId, [...journalKeys]);
  return new Map(headers.map(({ journalNumber, isPosted }) => [journalNumber.toUpperCase(), isPosted]));
}
