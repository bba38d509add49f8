/**
 * The Inventory Visibility posting job: posts journals that came from the business layer with expected status
 * Posted. Source: the product's defining article ("Enable posting job").
 */
import type { Erp, ErpChange, Journal, PendingSync } from './erp.ts';
import { fnoRiseOf, offsetOf, summed } from './offset.ts';
import type { OffsetRow } from './offset.ts';

export interface PostingRules {
  readonly offsetRows: readonly OffsetRow[] | undefined;
  /** Measure of `fno` that follows postings. */
  readonly fnoMeasure: string;
  /** Milliseconds until the next synchronization to Inventory Visibility takes a posting along. */
  readonly offsetDelayMs: number;
}

/** What one run of the job changes: every journal that is due, or undefined where none is. */
export function decidePosting(
  erp: Erp,
  rules: PostingRules,
  now: number,
): (ErpChange & { readonly journals: readonly Journal[] }) | undefined {
  const journals: Journal[] = [];
  const syncs: PendingSync[] = [];
  let voucher = erp.numbers.voucher;
  for (const journal of erp.journals.values()) {
    if (journal.expectedStatus !== 'Posted' || journal.posting) continue;
    const lines = erp.linesOf(journal.company, journal.journalNumber);
    if (lines.length === 0) continue;
    voucher += 1;
    journals.push({
      ...journal,
      posting: { at: now, voucher: `INVJ-${String(voucher).padStart(9, '0')}` },
    });
    const changes = lines.flatMap((line) => [
      ...offsetOf(line, 'Post', rules.offsetRows),
      fnoRiseOf(line, rules.fnoMeasure),
    ]);
    syncs.push({
      syncId: `post|${journal.company}|${journal.journalNumber}`,
      dueAt: now + rules.offsetDelayMs,
      changes: summed(changes),
    });
  }
  if (journals.length === 0) return undefined;
  return { journals, syncs, numbers: { ...erp.numbers, voucher } };
}
