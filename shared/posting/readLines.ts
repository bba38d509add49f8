/** Reads lines back from SCM: first those of the package's journals, then, by id, those that stand elsewhere by now. */
import { versionsOf } from '../log/lineDecision.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import type { ReadBackLine } from '../supplyChain/supplyChain.ts';
import type { LoadedPackage } from './loadPackage.ts';
import type { PostingDependencies } from './postJournalPackage.ts';
import { journalDescription, journalKey, packageLines } from './scmJournals.ts';

/** The lines found at the given positions of the package, by id. @throws DependencyError */
export async function readLines(
  { supplyChain, partitionKey, organizationId, runtime }: PostingDependencies,
  token: AccessToken,
  { run, journals, outcome: { outcome } }: LoadedPackage,
  positions: readonly number[],
): Promise<Map<string, ReadBackLine>> {
  const lines = packageLines(partitionKey, run, journals);
  const wanted = new Set(positions.map((position) => lines[position]?.aggregatedLineId ?? ''));
  const places = new Map<string, { readonly journal: number; readonly version: number }>();
  for (const position of positions)
    for (const version of versionsOf(outcome.line(position))) {
      const journal = lines[position]?.journal ?? 0;
      places.set(`${journal}~${version}`, { journal, version });
    }
  const found = new Map<string, ReadBackLine>();
  const keep = (line: ReadBackLine): void => {
    const { aggregatedLineId, journalNumber } = line;
    if (!wanted.has(aggregatedLineId)) return;
    const other = found.get(aggregatedLineId);
    found.set(aggregatedLineId, line);
    if (other !== undefined && other.journalNumber !== journalNumber)
      runtime.logger.error(
        'A line that was sent again stands in two journals of SCM: take it out of one of them, or reverse it there.',
        {
          log: partitionKey,
          line: aggregatedLineId,
          journal: other.journalNumber,
          otherJournal: journalNumber,
        },
      );
  };
  for (const { journal, version } of places.values()) {
    const key = journalKey(run.number, journal, run.state.nonce, version);
    const reference = {
      journalKey: key,
      description: journalDescription(key, run.number),
      lines: lines
        .filter(
          (line, index) => line.journal === journal && versionsOf(outcome.line(index)).includes(version),
        )
        .map(({ aggregatedLineId, position, productId }) => ({
          aggregatedLineId,
          lineNumber: position + 1,
          productId,
        })),
    };
    (await supplyChain.linesOfJournal(token, organizationId, reference)).forEach(keep);
  }
  const elsewhere = [...wanted].filter((id) => !found.has(id));
  if (elsewhere.length > 0) (await supplyChain.linesById(token, organizationId, elsewhere)).forEach(keep);
  return found;
}
