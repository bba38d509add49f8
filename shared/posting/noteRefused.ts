/** Notes lines whose journal SCM does not take, and gives back what is left to send. */
import type { OpenedJournal } from '../supplyChain/supplyChain.ts';
import type { LoadedPackage } from './loadPackage.ts';
import { packageLines } from './scmJournals.ts';

/** Nothing of them has gone out. Noted in the loaded outcome, to be stored with whatever happens to the package next. */
export function noteRefused(
  partitionKey: string,
  loaded: LoadedPackage,
  positions: readonly number[],
  journals: readonly OpenedJournal[],
  now: number,
): { readonly positions: readonly number[]; readonly journals: readonly OpenedJournal[] } {
  const refusals = new Map(
    journals.flatMap(({ refusal, lines }) =>
      refusal === undefined ? [] : lines.map(({ aggregatedLineId }) => [aggregatedLineId, refusal] as const),
    ),
  );
  if (refusals.size === 0) return { positions, journals };
  const lines = packageLines(partitionKey, loaded.run, loaded.journals);
  const refusalOf = (position: number) => refusals.get(lines[position]?.aggregatedLineId ?? '');
  const { outcome } = loaded.outcome;
  for (const position of positions) {
    const refusal = refusalOf(position);
    if (refusal === undefined) continue;
    outcome.note(position, 'FnOSyncEnqueued', now);
    outcome.note(position, 'FnOTransCreateError', now, {
      error: `SCM made no journal for the line: ${refusal}`,
    });
    outcome.refuse(position);
  }
  return {
    positions: positions.filter((position) => refusalOf(position) === undefined),
    journals: journals.filter(({ refusal }) => refusal === undefined),
  };
}
