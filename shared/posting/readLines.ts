/** Reads lines back from SCM: first those of the package's journals, then, by id, those that stand elsewhere by now. */
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import type { ReadBackLine } from '../supplyChain/supplyChain.ts';
import type { LoadedPackage } from './loadPackage.ts';
import type { PostingDependencies } from './postJournalPackage.ts';
import { journalDescription, journalKey, packageLines } from './scmJournals.ts';

/** The lines found at the given positions of the package, by id. @throws DependencyError */
export async function readLines(
  { supplyChain, partitionKey, organizationId }: PostingDependencies,
  token: AccessToken,
  { run, journals }: LoadedPackage,
  positions: readonly number[],
): Promise<Map<string, ReadBackLine>> {
  const lines = packageLines(partitionKey, run, journals);
  const wanted = new Map(
    positions.map((position) => [lines[position]?.aggregatedLineId ?? '', lines[position]?.journal]),
  );
  const found = new Map<string, ReadBackLine>();
  const keep = (line: ReadBackLine): void => {
    if (wanted.has(line.aggregatedLineId)) found.set(line.aggregatedLineId, line);
  };
  for (const journal of new Set(wanted.values())) {
    if (journal === undefined) continue;
    const key = journalKey(run.number, journal, run.state.nonce);
    const reference = {
      journalKey: key,
      description: journalDescription(key, run.number),
      lines: lines
        .filter((line) => line.journal === journal)
        .map(({ aggregatedLineId, position }) => ({ aggregatedLineId, lineNumber: position + 1 })),
    };
    (await supplyChain.linesOfJournal(token, organizationId, reference)).forEach(keep);
  }
  const elsewhere = [...wanted.keys()].filter((id) => !found.has(id));
  if (elsewhere.length > 0) (await supplyChain.linesById(token, organizationId, elsewhere)).forEach(keep);
  return found;
}
