/** What people do to journals in the user interface of Supply Chain Management, without asking anybody. */
import { formatDecimal, parseDecimal } from '../decimal.ts';
import { isObject } from '../exactJson.ts';
import { Refusal } from '../http/exchange.ts';
import type { World } from '../state/world.ts';
import type { Erp, ErpChange } from '../supplyChain/erp.ts';
import type { Journal, JournalLine } from '../supplyChain/journalRecords.ts';

/**
 * `{action, company, journalNumber, …}`:
 * - `deleteJournal`: it and its lines are gone; what was posted stays in the stock.
 * - `deleteLine`, `changeQuantity` (`quantity`), `moveLine` (`toJournalNumber`): one line (`lineNumber`) of a journal
 *   that is not posted. An offset that its creation triggered is not taken back.
 * - `expectPosting`: the posting job takes it up from now on.
 * @returns how many things changed @throws Refusal 400 or 404
 */
export function runJournalAction(value: unknown, world: World): { readonly changed: number } {
  const body = isObject(value) ? value : {};
  const text = (name: string): string => {
    const given = body[name];
    if (typeof given === 'string' && given !== '') return given;
    throw new Refusal(400, `${name} is missing or not a text.`);
  };
  const journal = world.erp.journal(text('company'), text('journalNumber'));
  if (!journal) throw new Refusal(404, `There is no journal ${text('journalNumber')} in ${text('company')}.`);
  const change = changeOf(text('action'), journal, text, body['lineNumber'], world.erp);
  world.commit({ kind: 'erp', change });
  const things: readonly (readonly unknown[] | undefined)[] = [
    change.journals,
    change.removedJournals,
    change.lines,
    change.removedLines,
  ];
  return { changed: things.reduce((sum, some = []) => sum + some.length, 0) };
}

function changeOf(
  action: string,
  journal: Journal,
  text: (name: string) => string,
  lineNumber: unknown,
  erp: Erp,
): ErpChange {
  const { company, journalNumber } = journal;
  const lines = erp.linesOf(company, journalNumber);
  if (action === 'deleteJournal') {
    return journal.posting
      ? { removedJournals: [journal], lines: lines.map((line) => ({ ...line, deletedAfterPosting: true })) }
      : { removedJournals: [journal], removedLines: lines };
  }
  if (journal.posting) throw new Refusal(400, `Journal ${journalNumber} is posted and cannot be changed.`);
  if (action === 'expectPosting') return { journals: [{ ...journal, expectedStatus: 'Posted' }] };
  const line = lines.find((one) => one.lineNumber === lineNumber);
  if (!line) throw new Refusal(404, `Journal ${journalNumber} has no line ${JSON.stringify(lineNumber)}.`);
  switch (action) {
    case 'deleteLine':
      return { removedLines: [line] };
    case 'changeQuantity': {
      const units = parseDecimal(text('quantity'));
      if (units === undefined) throw new Refusal(400, `"${text('quantity')}" is not a decimal number.`);
      return { lines: [{ ...line, quantity: formatDecimal(units) }] };
    }
    case 'moveLine':
      return moved(line, text('toJournalNumber'), erp);
    default:
      throw new Refusal(
        400,
        `action "${action}" is unknown; use deleteJournal, deleteLine, changeQuantity, moveLine or expectPosting.`,
      );
  }
}

/** To the end of another journal, which is opened if need be. */
function moved(line: JournalLine, journalNumber: string, erp: Erp): ErpChange {
  const { company } = line;
  const from = erp.journal(company, line.journalNumber);
  const last = Math.max(0, ...erp.linesOf(company, journalNumber).map((other) => other.lineNumber));
  return {
    ...(from && !erp.journal(company, journalNumber) ? { journals: [{ ...from, journalNumber }] } : {}),
    removedLines: [line],
    lines: [{ ...line, journalNumber, lineNumber: last + 1 }],
  };
}
