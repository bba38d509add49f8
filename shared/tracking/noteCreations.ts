/** Looks for the lines that SCM has not confirmed yet, and notes which it holds and which it provably did not create. */
import { versionsOf } from '../log/lineDecision.ts';
import type { LineOutcome } from '../log/packageOutcome.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import type { LoadedPackage } from '../posting/loadPackage.ts';
import { noteFound } from '../posting/noteFound.ts';
import { readLines } from '../posting/readLines.ts';
import { journalKey, packageLines } from '../posting/scmJournals.ts';
import { notCreated, type NotCreated, type SubmissionEvidence } from './importEvidence.ts';
import type { TrackingDependencies } from './trackJournals.ts';

/** @throws DependencyError */
export async function noteCreations(
  dependencies: TrackingDependencies,
  token: AccessToken,
  loaded: LoadedPackage,
  open: readonly number[],
  evidence: readonly SubmissionEvidence[],
  now: number,
): Promise<void> {
  const { partitionKey } = dependencies;
  const { outcome } = loaded.outcome;
  const found = await readLines(dependencies, token, loaded, open);
  noteFound(partitionKey, loaded, open, found, now);
  const lines = packageLines(partitionKey, loaded.run, loaded.journals);
  const proofs = new Map<number, NotCreated>();
  for (const position of open) {
    const id = lines[position]?.aggregatedLineId ?? '';
    const proof = found.has(id)
      ? undefined
      : notCreated(unjudged(evidence, outcome.line(position)), position, id);
    if (proof !== undefined) proofs.set(position, proof);
  }
  const { number, state } = loaded.run;
  const keysOf = (position: number): string[] =>
    versionsOf(outcome.line(position)).map((version) =>
      journalKey(number, lines[position]?.journal ?? 0, state.nonce, version),
    );
  const unnamed = [...proofs].filter(([, { named }]) => !named).flatMap(([position]) => keysOf(position));
  const posted = await postedAmong(dependencies, token, new Set(unnamed));
  for (const [position, { error, named }] of proofs) {
    // A journal of ours that is posted contradicts a job that says of none of its lines that it failed.
    if (named || !keysOf(position).some((key) => posted.has(key)))
      outcome.note(position, 'FnOTransCreateError', now, { error });
  }
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

async function postedAmong(
  { supplyChain, organizationId }: TrackingDependencies,
  token: AccessToken,
  journalKeys: ReadonlySet<string>,
): Promise<Set<string>> {
  if (journalKeys.size === 0) return new Set();
  const headers = await supplyChain.journals(token, organizationId, [...journalKeys]);
  return new Set(
    headers.filter(({ isPosted }) => isPosted).map(({ journalNumber }) => journalNumber.toUpperCase()),
  );
}
