/** The aggregated adjustment line and the journals and packages it travels in. */

/** Why an aggregated line is in no package. */
export type HoldReason = 'TargetNone' | 'NotMapped' | 'ClosedPeriod' | 'ClosedBacklog';

export interface AggregatedLine {
  /** Canonical decimal: the exact sum of the lines, as Inventory Visibility holds it (before the mapping's direction). */
  readonly quantity: string;
  readonly organizationId: string;
  readonly productId: string;
  readonly dataSource: string;
  readonly physicalMeasure: string;
  /** Base dimension name → value, sorted by name. */
  readonly dimensions: readonly (readonly [string, string])[];
  readonly fnoJournalNameId?: string;
  /** Canonical decimal; only where the cost policy says that it is sent. */
  readonly costPrice?: string;
  /** yyyy-MM-dd; absent: the journal's own date. */
  readonly transDate?: string;
  /** The source lines: batch and position within it. */
  readonly sources: readonly (readonly [seq: number, position: number])[];
}

/** Journals that SCM will get are `adjustment`; the two other kinds keep what it will not. */
export type JournalKind = 'adjustment' | 'held' | 'doNotSync';

export interface Journal {
  /** From 1, within the run. */
  readonly number: number;
  readonly kind: JournalKind;
  readonly holdReason?: HoldReason;
  /** Created or Posted; absent unless `adjustment`. */
  readonly targetStatus?: 'Created' | 'Posted';
  readonly journalNameId?: string;
  /** +1 or -1 per line: what the quantity is multiplied with on its way into the journal. */
  readonly directions: readonly (1 | -1)[];
  readonly lines: readonly AggregatedLine[];
}

/** A source line that no journal can take. */
export interface UnfoldableLine {
  readonly seq: number;
  readonly position: number;
  readonly reason: string;
}

/** What a run's lines fold into. Deterministic: the same batches and settings give the same result. */
export interface Folding {
  readonly journals: readonly Journal[];
  /** Per package, from 1: the numbers of its journals. Only `adjustment` journals are packaged. */
  readonly packages: readonly (readonly number[])[];
  readonly unfoldable: readonly UnfoldableLine[];
}
