/** Notes lines that were read back from SCM as created, and says where SCM holds something else than was sent. */
import type { ReadBackLine } from '../supplyChain/supplyChain.ts';
import type { LoadedPackage } from './loadPackage.ts';
import { packageLines, scmJournals } from './scmJournals.ts';

/** Notes those of the positions that were found. `found`: what SCM holds, by id. */
export function noteFound(
  partitionKey: string,
  loaded: LoadedPackage,
  positions: readonly number[],
  found: ReadonlyMap<string, ReadBackLine>,
  now: number,
): void {
  if (found.size === 0) return;
  const { outcome } = loaded.outcome;
  const lines = packageLines(partitionKey, loaded.run, loaded.journals);
  const differences = differencesFromSent(partitionKey, loaded, found);
  for (const position of positions) {
    const id = lines[position]?.aggregatedLineId ?? '';
    const line = found.get(id);
    if (line === undefined) continue;
    const { journalNumber, lineNumber } = line;
    const error = differences.get(id);
    if (outcome.line(position).status === 'Created') outcome.note(position, 'FnOSyncEnqueued', now);
    outcome.note(position, 'FnOTransCreated', now, {
      journalNumber,
      lineNumber,
      ...(error === undefined ? {} : { error }),
    });
  }
}

/** By id: what SCM holds otherwise than it was sent. */
export function differencesFromSent(
  partitionKey: string,
  { run, journals, outcome: { outcome } }: LoadedPackage,
  found: ReadonlyMap<string, ReadBackLine>,
): Map<string, string> {
  const differences = new Map<string, string>();
  for (const journal of scmJournals(partitionKey, run, journals, () => true, outcome))
    for (const sent of journal.lines) {
      const held = found.get(sent.aggregatedLineId);
      if (held === undefined) continue;
      const said: string[] = [];
      if (held.quantity !== sent.quantity)
        said.push(`SCM holds the quantity ${held.quantity}; ${sent.quantity} was sent.`);
      const { journalNameId } = journal;
      if (journalNameId !== undefined && held.journalNameId?.toLowerCase() !== journalNameId.toLowerCase())
        said.push(`SCM holds the journal name ${held.journalNameId ?? 'none'}; ${journalNameId} was sent.`);
      // What was left to SCM, or is not told by it, cannot differ.
      for (const [what, field] of [
        ['date', 'transDate'],
        ['cost', 'costPrice'],
      ] as const) {
        const [is, was] = [held[field], sent[field]];
        if (is !== undefined && was !== undefined && is !== was)
          said.push(`SCM holds the ${what} ${is}; ${was} was sent.`);
      }
      if (said.length > 0) differences.set(sent.aggregatedLineId, said.join(' '));
    }
  return differences;
}
