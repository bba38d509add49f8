/** Puts what a run closes unsent beside what it sends: journals of their own, which are in no package. */
import type { Folding, Journal } from './aggregatedLine.ts';

/** @param closed the folding of the lines that are closed; what of it is held anyway stays held */
export function withClosedBacklog(folding: Folding, closed: Folding): Folding {
  const journals = [
    ...folding.journals,
    ...closed.journals.map(asClosed).map((journal, index) => ({
      ...journal,
      number: folding.journals.length + index + 1,
    })),
  ];
  return {
    journals,
    packages: folding.packages,
    unfoldable: [...folding.unfoldable, ...closed.unfoldable],
  };
}

function asClosed(journal: Journal): Journal {
  if (journal.kind !== 'adjustment') return journal;
  const { targetStatus: _, journalNameId: __, ...rest } = journal;
  return { ...rest, kind: 'doNotSync', holdReason: 'ClosedBacklog' };
}
