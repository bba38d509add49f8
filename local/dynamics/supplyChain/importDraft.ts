/** What an import has made so far, laid over the state it started from. */
import type { Faults } from '../http/faults.ts';
import type { StockChange } from '../inventoryVisibility/onHand.ts';
import type { Erp, ErpChange } from './erp.ts';
import { isThere } from './erp.ts';
import type { ImportContext, ImportRules } from './importRows.ts';
import { erpKey, lineKey, recordKey } from './journalRecords.ts';
import type { Journal, JournalLine, LineIdentity } from './journalRecords.ts';
import { offsetOf, reversed, summed } from './offset.ts';
import type { PostingRules } from './postingJob.ts';

export class ImportDraft implements ImportContext {
  readonly company: string;
  readonly rules: ImportRules & PostingRules;
  readonly faults: Faults;
  readonly today: string;
  readonly #erp: Erp;
  readonly #now: number;
  readonly #journals = new Map<string, Journal>();
  readonly #lines = new Map<string, JournalLine>();
  /** By the entity's key: the records this import has put. */
  readonly #put = new Map<string, Set<string>>();
  /** Per journal: line number → record key. */
  readonly #lineNumbers = new Map<string, Map<number, string>>();
  #stockChanges: StockChange[] = [];
  #lot: number;
  #journalNumber: number;

  constructor(erp: Erp, company: string, rules: ImportRules & PostingRules, faults: Faults, now: number) {
    this.#erp = erp;
    this.company = company;
    this.rules = rules;
    this.faults = faults;
    this.#now = now;
    this.today = new Date(now).toISOString().slice(0, 10);
    this.#lot = erp.numbers.lot;
    this.#journalNumber = erp.numbers.journal;
  }

  journal(journalNumber: string): Journal | undefined {
    const key = erpKey(this.company, journalNumber);
    return this.#journals.get(key) ?? this.#erp.journals.get(key);
  }

  line(identity: LineIdentity): JournalLine | undefined {
    return this.#records(identity).find(isThere);
  }

  lineNumberHolder(journalNumber: string, lineNumber: number): string | undefined {
    return this.#numbersOf(journalNumber).get(lineNumber);
  }

  nextLineNumber(journalNumber: string): number {
    let last = 0;
    for (const number of this.#numbersOf(journalNumber).keys()) last = Math.max(last, number);
    return last + 1;
  }

  lineCount(journalNumber: string): number {
    return this.#numbersOf(journalNumber).size;
  }

  nextLot(): string {
    this.#lot += 1;
    return `LOT-${String(this.#lot).padStart(9, '0')}`;
  }

  nextJournalNumber(): string {
    this.#journalNumber += 1;
    return journalNumberOf(this.#journalNumber);
  }

  putJournal(journal: Journal): 'created' | 'updated' {
    const outcome = this.journal(journal.journalNumber) ? 'updated' : 'created';
    this.#journals.set(erpKey(this.company, journal.journalNumber), journal);
    return outcome;
  }

  /** Puts a line in the place of `before`, or beside whatever has its key. */
  putLine(line: JournalLine, before: JournalLine | undefined): 'created' | 'updated' {
    const record = before ? copyOf(line, before.copy) : this.#nextCopy(line);
    const key = recordKey(record);
    if (before) {
      this.#numbersOf(before.journalNumber).delete(before.lineNumber);
      this.#stockChanges.push(...reversed(offsetOf(before, 'Create', this.rules.offsetRows)));
    }
    this.#numbersOf(record.journalNumber).set(record.lineNumber, key);
    this.#stockChanges.push(...offsetOf(record, 'Create', this.rules.offsetRows));
    this.#lines.set(key, record);
    const entityKey = lineKey(this.company, record);
    const put = this.#put.get(entityKey) ?? new Set();
    put.add(key);
    this.#put.set(entityKey, put);
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
      numbers: { ...this.#erp.numbers, lot: this.#lot, journal: this.#journalNumber },
    };
  }

  #records(identity: LineIdentity): JournalLine[] {
    const found = new Map(this.#erp.records(this.company, identity).map((line) => [recordKey(line), line]));
    for (const key of this.#put.get(lineKey(this.company, identity)) ?? []) {
      const line = this.#lines.get(key);
      if (line) found.set(key, line);
    }
    return [...found.values()];
  }

  #nextCopy(line: JournalLine): JournalLine {
    const records = this.#records(line);
    if (records.length === 0) return line;
    return copyOf(line, Math.max(...records.map(({ copy = 1 }) => copy)) + 1);
  }

  #numbersOf(journalNumber: string): Map<number, string> {
    const key = erpKey(this.company, journalNumber);
    let numbers = this.#lineNumbers.get(key);
    if (!numbers) {
      const lines = this.#erp.linesOf(this.company, journalNumber);
      numbers = new Map(lines.map((line) => [line.lineNumber, recordKey(line)]));
      this.#lineNumbers.set(key, numbers);
    }
    return numbers;
  }
}

/** A number of the journals' number sequence. */
export function journalNumberOf(count: number): string {
  return `IADJ-${String(count).padStart(9, '0')}`;
}

function copyOf(line: JournalLine, copy: number | undefined): JournalLine {
  return copy === undefined ? line : { ...line, copy };
}
