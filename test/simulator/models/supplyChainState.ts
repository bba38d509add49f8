/** What SCM holds: messages, journals and their lines, and how often each line was created and posted. */
import type { ReadBackLine } from '../../../shared/supplyChain/supplyChain.ts';
import type { CsvRow } from './dataPackageReader.ts';

export interface ErpLine {
  /** Our GUID, lower case. */
  readonly id: string;
  readonly company: string;
  row: CsvRow;
  /** Whether it is as a run by hand of an import that had failed has left it. */
  byHand: boolean;
  /** How often it came into being; a second time, only after it was deleted, counts the stock twice. */
  creations: number;
  deleted: boolean;
  posted: boolean;
  voucher: string | undefined;
}

export interface ErpJournal {
  readonly number: string;
  readonly company: string;
  header: CsvRow;
  posted: boolean;
  /** Cannot be posted for now. */
  stuck: boolean;
}

export interface ErpMessage {
  readonly id: string;
  readonly company: string;
  readonly submissionId: string;
  readonly headers: readonly CsvRow[];
  readonly lines: readonly CsvRow[];
  status: 'Enqueued' | 'Executing' | 'Succeeded' | 'PartiallySucceeded' | 'Failed' | 'Canceled';
  executionId: string | undefined;
  readonly errors: { aggregatedLineId?: string; message: string }[];
}

/** Columns of which a blank says something: SCM reads it as zero. */
const NUMBERS: ReadonlySet<string> = new Set(['INVENTORYQUANTITY', 'UNITCOST', 'UNITCOSTQUANTITY']);

/** What a row says. A file leaves a column out in which none of its lines has a text, so a blank is as good as none. */
function contentOf(row: CsvRow): string {
  const said = Object.entries(row).filter(([column, value]) => value !== '' || NUMBERS.has(column));
  return JSON.stringify(said.sort(([left], [right]) => (left < right ? -1 : 1)));
}

export class SupplyChainState {
  readonly messages = new Map<string, ErpMessage>();
  readonly lines = new Map<string, ErpLine>();
  readonly journals = new Map<string, ErpJournal>();
  /** Whether a line that comes again, under an id that stands there, is the same line. */
  upserts = true;
  readonly #ofJournal = new Map<string, ErpLine[]>();
  /** Called when a line that was created before is created again, or is imported with other content. */
  onDoubled: (line: ErpLine, how: string) => void = () => undefined;

  journal(company: string, number: string): ErpJournal | undefined {
    return this.journals.get(`${company.toUpperCase()}~${number}`);
  }

  importHeader(company: string, header: CsvRow): void {
    const number = header['JOURNALNUMBER'] ?? '';
    const known = this.journal(company, number);
    if (known) {
      if (!known.posted) known.header = header;
    } else
      this.journals.set(`${company.toUpperCase()}~${number}`, {
        number,
        company,
        header,
        posted: false,
        stuck: false,
      });
  }

  /**
   * Upserts by GUID. Undefined, or what SCM says against it. `byHand`: somebody at SCM lets an import that had failed run
   * once more, so that an older version of a line may meet a newer one, or a newer one the older.
   */
  importLine(company: string, row: CsvRow, byHand: boolean): string | undefined {
    const id = (row['INVENTORYSERVICETRANSACTIONID'] ?? '').toLowerCase();
    const journal = this.journal(company, row['JOURNALNUMBER'] ?? '');
    if (journal === undefined) return `Journal ${row['JOURNALNUMBER'] ?? ''} does not exist.`;
    const known = this.lines.get(id);
    const isOther = known && contentOf(known.row) !== contentOf(row);
    if (known && isOther && !byHand && !known.byHand) this.onDoubled(known, 'other content');
    if (known && !this.upserts) {
      known.creations++;
      this.onDoubled(known, 'as a further line');
      return undefined;
    }
    if (known && !known.deleted) {
      if (known.posted || journal.posted) return `Journal ${journal.number} is posted already.`;
      if (isOther) this.#change(known, row, byHand);
      return undefined;
    }
    if (journal.posted && known === undefined) return `Journal ${journal.number} is posted already.`;
    if (known) {
      known.creations++;
      known.deleted = false;
      known.posted = false;
      this.onDoubled(known, 'created again after it was deleted');
      return undefined;
    }
    const line: ErpLine = {
      id,
      company,
      row,
      byHand,
      creations: 1,
      deleted: false,
      posted: false,
      voucher: undefined,
    };
    this.lines.set(id, line);
    this.#linesAt(line).push(line);
    return undefined;
  }

  /** What is not posted yet becomes what was imported last, in the journal that was named last. */
  #change(line: ErpLine, row: CsvRow, byHand: boolean): void {
    const before = this.#linesAt(line);
    before.splice(before.indexOf(line), 1);
    line.row = row;
    line.byHand = byHand;
    this.#linesAt(line).push(line);
  }

  #linesAt({ company, row }: ErpLine): ErpLine[] {
    const place = `${company.toUpperCase()}~${row['JOURNALNUMBER'] ?? ''}`;
    const known = this.#ofJournal.get(place) ?? [];
    this.#ofJournal.set(place, known);
    return known;
  }

  linesIn(journal: ErpJournal): ErpLine[] {
    const lines = this.#ofJournal.get(`${journal.company.toUpperCase()}~${journal.number}`) ?? [];
    return lines.filter(({ deleted }) => !deleted);
  }

  /** Posts every journal that is to be posted and can be; how many that were. */
  post(deletesLines: boolean): number {
    let count = 0;
    for (const journal of this.journals.values()) {
      if (journal.posted || journal.stuck) continue;
      if (journal.header['INVENTORYSERVICEJOURNALEXPECTEDSTATUS'] !== 'Posted') continue;
      const lines = this.linesIn(journal);
      if (lines.length === 0) continue;
      journal.posted = true;
      count++;
      for (const line of lines) {
        line.posted = true;
        line.voucher = `V-${journal.number}`;
        line.deleted = deletesLines;
      }
    }
    return count;
  }
}

/** A line as SCM's entities show it. */
export function readBack(line: ErpLine): ReadBackLine {
  return {
    aggregatedLineId: line.id,
    journalNumber: line.row['JOURNALNUMBER'] ?? '',
    lineNumber: Number(line.row['LINENUMBER']),
    quantity: line.row['INVENTORYQUANTITY'] ?? '',
    ...(line.voucher === undefined
      ? {}
      : { voucher: line.voucher, inventTransId: `L-${line.id.slice(0, 8)}` }),
  };
}
