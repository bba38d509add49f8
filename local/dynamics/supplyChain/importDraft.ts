/** What an import has made so far, laid over the state it started from. */
import { erpKey } from './erp.ts';
import type { Erp, ErpChange, Journal, JournalLine } from './erp.ts';
import type { ImportContext, ImportRules } from './importRows.ts';
import { offsetOf, reversed, summed } from './offset.ts';
import type { PostingRules } from './postingJob.ts';
import type { StockChange } from '../inventoryVisibility/onHand.ts';

export class ImportDraft implements ImportContext {
  readonly company: string;
  readonly rules: ImportRules & PostingRules;
  readonly today: string;
  readonly #erp: Erp;
  readonly #now: number;
  readonly #journals = new Map<string, Journal>();
  readonly #lines = new Map<string, JournalLine>();
  /** Per journal: line number → transaction id. */
  readonly #lineNumbers = new Map<string, Map<number, string>>();
  #stockChanges: StockChange[] = [];
  #lot: number;

  constructor(erp: Erp, company: string, rules: ImportRules & PostingRules, now: number) {
    this.#erp = erp;
    this.company = company;
    this.rules = rules;
    this.#now = now;
    this.today = new Date(now).toISOString().slice(0, 10);
    this.#lot = erp.numbers.lot;
  }

  journal(journalNumber: string): Journal | undefined {
    const key = erpKey(this.company, journalNumber);
    return this.#journals.get(key) ?? this.#erp.journals.get(key);
  }

  line(transactionId: string): JournalLine | undefined {
    const key = erpKey(this.company, transactionId);
    return this.#lines.get(key) ?? this.#erp.lines.get(key);
  }

  lineNumberHolder(journalNumber: string, lineNumber: number): string | undefined {
    return this.#numbersOf(journalNumber).get(lineNumber);
  }

  nextLineNumber(journalNumber: string): number {
    let last = 0;
    for (const number of this.#numbersOf(journalNumber).keys()) last = Math.max(last, number);
    return last + 1;
  }

  nextLot(): string {
    this.#lot += 1;
    return `LOT-${String(this.#lot).padStart(9, '0')}`;
  }

  putJournal(journal: Journal): 'created' | 'updated' {
    const outcome = this.journal(journal.journalNumber) ? 'updated' : 'created';
    this.#journals.set(erpKey(this.company, journal.journalNumber), journal);
    return outcome;
  }

  putLine(line: JournalLine): 'created' | 'updated' {
    const before = this.line(line.transactionId);
    if (before) {
      this.#numbersOf(before.journalNumber).delete(before.lineNumber);
      this.#stockChanges.push(...reversed(offsetOf(before, 'Create', this.rules.offsetRows)));
    }
    this.#numbersOf(line.journalNumber).set(line.lineNumber, line.transactionId);
    this.#stockChanges.push(...offsetOf(line, 'Create', this.rules.offsetRows));
    this.#lines.set(erpKey(this.company, line.transactionId), line);
    return before ? 'updated' : 'created';
  }

  /** Everything made, as one change. `syncId` names the offsets that creating lines triggered. */
  change(syncId: string): ErpChange {
    const changes = summed(this.#stockChanges);
    const sync = { syncId, dueAt: this.#now + this.rules.offsetDelayMs, changes };
    return {
      journals: [...this.#journals.values()],
      lines: [...this.#lines.values()],
      ...(changes.length > 0 ? { syncs: [sync] } : {}),
      numbers: { ...this.#erp.numbers, lot: this.#lot },
    };
  }

  #numbersOf(journalNumber: string): Map<number, string> {
    const key = erpKey(this.company, journalNumber);
    let numbers = this.#lineNumbers.get(key);
    if (!numbers) {
      const lines = this.#erp.linesOf(this.company, journalNumber);
      numbers = new Map(lines.map((line) => [line.lineNumber, line.transactionId]));
      this.#lineNumbers.set(key, numbers);
    }
    return numbers;
  }
}
