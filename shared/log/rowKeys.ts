/**
 * The keys of the adjustment log. One partition holds everything about one legal entity of one environment; the row
 * key's prefix says what a row is, and for the four state rows it *is* the state.
 */

export const ADJUSTMENT_LOG = 'AdjustmentLog';
export const LOG_DIRECTORY = 'LogDirectory';

/** Digits of a sequence number in a row key. */
const SEQ_DIGITS = 12;
const RUN_DIGITS = 8;
const NUMBER_DIGITS = 5;

/** The states of a batch, in the order it passes through them. */
export const BATCH_STATES = ['created', 'syncing', 'posted', 'aggregated'] as const;
export type BatchState = (typeof BATCH_STATES)[number];

/** Prefixes whose rows are numbered by sequence number. */
export type SeqPrefix = 'batch' | 'ids' | 'parked' | 'sync' | BatchState;

export const HEAD_KEY = 'head';
/** How far retention has come. */
export const RETENTION_KEY = 'retention';
/** What the last audit found. */
export const AUDIT_KEY = 'audit';

/** The partition of a log. Both keys are folded and encoded already, so that `~` cannot stand in them. */
export function partitionKeyOf(environmentKey: string, organizationKey: string): string {
  return `${environmentKey}~${organizationKey}`;
}

export function seqText(seq: number): string {
  return String(seq).padStart(SEQ_DIGITS, '0');
}

export function seqKey(prefix: SeqPrefix, seq: number): string {
  return `${prefix}~${seqText(seq)}`;
}

/** The sequence number in a key made by {@link seqKey}. */
export function seqOf(rowKey: string): number {
  return Number(rowKey.slice(rowKey.indexOf('~') + 1));
}

/** All rows of a prefix from `fromSeq` on. */
export function seqRange(prefix: SeqPrefix, fromSeq = 0): { from: string; before: string } {
  return { from: seqKey(prefix, fromSeq), before: `${prefix}~:` };
}

export function runKey(run: number): string {
  return `run~${String(run).padStart(RUN_DIGITS, '0')}`;
}

/** Stands as long as a run has anything left to do, so that timers find it without reading finished runs. */
export function openRunKey(run: number): string {
  return `open~${String(run).padStart(RUN_DIGITS, '0')}`;
}

/** The same for a run that was done, when somebody takes up one of its lines again: such a marker is inserted every time. */
export function reopenedRunKey(run: number, id: string): string {
  return `${openRunKey(run)}~${id}`;
}

/** All markers of a run. */
export function openMarkersOf(run: number): { from: string; before: string } {
  return { from: openRunKey(run), before: `${openRunKey(run)}~~` };
}

/** The run that a marker keeps open. */
export function runOfMarker(rowKey: string): number {
  return Number(rowKey.slice(OPEN_RUNS.from.length, OPEN_RUNS.from.length + RUN_DIGITS));
}

export const OPEN_RUNS = { from: 'open~', before: 'open~:' } as const;

/** A row of one attempt at computing a run. */
export function attemptKey(
  prefix: 'journal' | 'package' | 'outcome',
  run: number,
  attempt: string,
  number: number,
  part?: string,
): string {
  const key = `${attemptPrefix(prefix, run, attempt)}${String(number).padStart(NUMBER_DIGITS, '0')}`;
  return part === undefined ? key : `${key}~${part}`;
}

export function attemptRange(
  prefix: 'journal' | 'package' | 'outcome',
  run: number,
  attempt: string,
): { from: string; before: string } {
  const start = attemptPrefix(prefix, run, attempt);
  return { from: start, before: `${start}:` };
}

/** The rows of a run that attempts at computing it wrote. */
export function runRange(
  prefix: 'journal' | 'package' | 'outcome' | 'parked',
  run: number,
): { from: string; before: string } {
  const start = prefix === 'parked' ? unfoldableKey(run, '') : attemptPrefix(prefix, run, '').slice(0, -1);
  return { from: start, before: `${start}~` };
}

function attemptPrefix(prefix: string, run: number, attempt: string): string {
  return `${prefix}~${String(run).padStart(RUN_DIGITS, '0')}~${attempt}~`;
}

/** Begins the keys of rows of lines that an attempt could not fold; a batch's parked row goes on with a number. */
export const UNFOLDABLE_PREFIX = 'parked~r';

/** Lines that one attempt could not fold. */
export function unfoldableKey(run: number, attempt: string): string {
  return `${UNFOLDABLE_PREFIX}${String(run).padStart(RUN_DIGITS, '0')}~${attempt}`;
}
