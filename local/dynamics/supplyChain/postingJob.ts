/**
 * The Inventory Visibility posting job: posts journals that came from the business layer with expected status
 * Posted, and journals of the generic entities, for which it stands in for an administrator's batch job. Source: the
 * product's defining article ("Enable posting job"); what happens to lines that cannot be posted, and to journals
 * afterwards: inventory-journals.md.
 */
import type { Faults } from '../http/faults.ts';
import type { Erp } from './erp.ts';
import { journalNumberOf } from './importDraft.ts';
import type { Journal, JournalLine, Numbers, PendingSync } from './journalRecords.ts';
import { fnoRiseOf, offsetOf, summed } from './offset.ts';
import type { OffsetRow } from './offset.ts';

export interface PostingRules {
  readonly offsetRows: readonly OffsetRow[] | undefined;
  /** Measure of `fno` that follows postings. */
  readonly fnoMeasure: string;
  /** Milliseconds until the next synchronization to Inventory Visibility takes a posting along. */
  readonly offsetDelayMs: number;
  /** Journal names whose generic journals are posted; absent: all. */
  readonly genericJournalNames: readonly string[] | undefined;
}

/** What one run changes. */
export interface PostingChange {
  readonly posted: readonly string[];
  readonly journals: readonly Journal[];
  readonly removedJournals: readonly Journal[];
  readonly lines: readonly JournalLine[];
  readonly removedLines: readonly JournalLine[];
  readonly syncs: readonly PendingSync[];
  readonly numbers: Numbers;
}

/** A date column's blank; no period holds it. */
const NO_DATE = '1900-01-01';

/** What one run of the job changes: every journal that is due, or undefined where nothing does. */
export function decidePosting(
  erp: Erp,
  rules: PostingRules,
  faults: Faults,
  now: number,
): PostingChange | undefined {
  const run = new PostingRun(erp, rules, faults, now);
  const journals = [...erp.journals.values()];
  if (faults.take('cleanUpJournals')) {
    for (const journal of journals) if (journal.posting) run.cleanUp(journal);
  }
  for (const journal of journals) {
    if (!journal.posting && isDue(journal, rules)) run.post(journal);
  }
  return run.change();
}

function isDue(journal: Journal, { genericJournalNames }: PostingRules): boolean {
  if (journal.expectedStatus !== undefined) return journal.expectedStatus === 'Posted';
  const name = journal.journalNameId.toUpperCase();
  return genericJournalNames?.some((known) => known.toUpperCase() === name) ?? true;
}

class PostingRun {
  readonly #erp: Erp;
  readonly #rules: PostingRules;
  readonly #faults: Faults;
  readonly #now: number;
  readonly #posted: string[] = [];
  readonly #journals: Journal[] = [];
  readonly #removed: Journal[] = [];
  readonly #lines: JournalLine[] = [];
  readonly #removedLines: JournalLine[] = [];
  readonly #syncs: PendingSync[] = [];
  #numbers: Numbers;

  constructor(erp: Erp, rules: PostingRules, faults: Faults, now: number) {
    this.#erp = erp;
    this.#rules = rules;
    this.#faults = faults;
    this.#now = now;
    this.#numbers = erp.numbers;
  }

  post(journal: Journal): void {
    const all = this.#erp.linesOf(journal.company, journal.journalNumber);
    if (all.length === 0) return;
    const problems = new Map(all.map((line) => [line, this.#problem(line)]));
    const bad = all.filter((line) => problems.get(line) !== undefined);
    const first = bad[0] && problems.get(bad[0]);
    const good = all.filter((line) => problems.get(line) === undefined);
    if (first !== undefined && (good.length === 0 || !this.#faults.take('moveFailedLines'))) {
      if (journal.postingError !== first) this.#journals.push({ ...journal, postingError: first });
      return;
    }
    if (first !== undefined) this.#moveOut(journal, bad, first);
    this.#postLines(journal, good);
  }

  /** A posted journal and its lines are deleted; what they did to the stock stays. */
  cleanUp(journal: Journal): void {
    this.#removed.push(journal);
    for (const line of this.#erp.linesOf(journal.company, journal.journalNumber)) {
      this.#lines.push({ ...line, deletedAfterPosting: true });
    }
  }

  change(): PostingChange | undefined {
    if (this.#journals.length === 0 && this.#removed.length === 0) return undefined;
    return {
      posted: this.#posted,
      journals: this.#journals,
      removedJournals: this.#removed,
      lines: this.#lines,
      removedLines: this.#removedLines,
      syncs: this.#syncs,
      numbers: this.#numbers,
    };
  }

  #postLines(journal: Journal, lines: readonly JournalLine[]): void {
    const { company, journalNumber, journalNameId } = journal;
    const name = journalNameId.toUpperCase();
    const deletes = this.#faults.take(
      'deletePostedLines',
      (rule) => (rule.journalNameId?.toUpperCase() ?? name) === name,
    );
    this.#numbers = { ...this.#numbers, voucher: this.#numbers.voucher + 1 };
    const { postingError: _resolved, ...rest } = journal;
    this.#posted.push(journalNumber);
    const voucher = `INVJ-${String(this.#numbers.voucher).padStart(9, '0')}`;
    this.#journals.push({
      ...rest,
      posting: { at: this.#now, voucher },
      ...(deletes ? { linesDeletedAfterPosting: true } : {}),
    });
    if (deletes) this.#lines.push(...lines.map((line) => ({ ...line, deletedAfterPosting: true as const })));
    const changes = lines.flatMap((line) => [
      ...offsetOf(line, 'Post', this.#rules.offsetRows),
      fnoRiseOf(line, this.#rules.fnoMeasure),
    ]);
    this.#syncs.push({
      syncId: `post|${company}|${voucher}`,
      dueAt: this.#now + this.#rules.offsetDelayMs,
      changes: summed(changes),
    });
  }

  #moveOut(journal: Journal, lines: readonly JournalLine[], postingError: string): void {
    this.#numbers = { ...this.#numbers, journal: this.#numbers.journal + 1 };
    const journalNumber = journalNumberOf(this.#numbers.journal);
    this.#journals.push({ ...journal, journalNumber, postingError });
    this.#removedLines.push(...lines);
    this.#lines.push(...lines.map((line, index) => ({ ...line, journalNumber, lineNumber: index + 1 })));
  }

  #problem(line: JournalLine): string | undefined {
    const { transactionDate: date } = line;
    if (date === NO_DATE) return `Fiscal year for ${date} is not found.`;
    const closed = this.#faults.take('closedPeriod', ({ from = '', until }) => date >= from && date <= until);
    if (closed) return `Period for ${date} is closed.`;
    const item = line.itemNumber.toLowerCase();
    return this.#faults.take('postingError', ({ productId }) => (productId?.toLowerCase() ?? item) === item)
      ?.message;
  }
}
