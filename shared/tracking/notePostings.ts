/** Looks whether the journals of created lines have been posted, and notes voucher and lot of those that have. */
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import type { LoadedPackage } from '../posting/loadPackage.ts';
import { packageLines } from '../posting/scmJournals.ts';
import { readLines } from './readLines.ts';
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
  const { supplyChain, settings, organizationId, partitionKey } = dependencies;
  const { outcome } = loaded.outcome;
  const waiting = outcome.positionsWith('FnOTransCreated', 'FnOTransPostError');
  if (waiting.length === 0) return;
  const numbers = new Set(waiting.map((position) => outcome.line(position).journalNumber ?? ''));
  const headers = await supplyChain.journals(token, organizationId, [...numbers]);
  const posted = new Set(
    headers.filter(({ isPosted }) => isPosted).map(({ journalNumber }) => journalNumber),
  );
  const done = waiting.filter((position) => posted.has(outcome.line(position).journalNumber ?? ''));
  const lines = packageLines(partitionKey, loaded.run, loaded.journals);
  const readBack =
    done.length > 0 ? await readLines(dependencies, token, loaded, done) : new Map<string, never>();
  for (const position of done) {
    const line = readBack.get(lines[position]?.aggregatedLineId ?? '');
    outcome.note(position, 'FnOTransPosted', now, {
      ...(line?.voucher === undefined ? {} : { voucher: line.voucher }),
      ...(line?.inventTransId === undefined ? {} : { inventTransId: line.inventTransId }),
    });
  }
  const patience = PERIODS_WAITED * settings.supplyChain.postingJobEveryHours * 3_600_000;
  const targets = lines.map(
    ({ journal }) => loaded.journals.find(({ number }) => number === journal)?.targetStatus,
  );
  for (const position of outcome.positionsWith('FnOTransCreated')) {
    if (targets[position] !== 'Posted' || now - outcome.line(position).at < patience) continue;
    outcome.note(position, 'FnOTransPostError', now, {
      error:
        'Not posted yet: check the journal’s approval workflow, its lock, and the history of the posting job in SCM.',
    });
  }
}
