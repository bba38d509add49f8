/** Looks at a part of the log's batches: chained without a gap, each with its lines and exactly one state. */
import { assertKnownVersion, textOf } from '../log/packedRow.ts';
import { retentionOf } from '../log/retentionRow.ts';
import {
  ADJUSTMENT_LOG,
  BATCH_STATES,
  RETENTION_KEY,
  type SeqPrefix,
  seqKey,
  seqOf,
} from '../log/rowKeys.ts';
import { readRun } from '../log/runRow.ts';
import type { Row, TableStore } from '../tables/tableStore.ts';
import type { Findings } from './findings.ts';

/** What is known of a batch from the keys of its rows. */
interface Seen {
  readonly hasLines: boolean;
  readonly states: readonly Row[];
}

/** Batches from `from` up to and with `to`, which must be stored. @throws TableError, UnknownRowVersionError */
export async function auditBatches(
  tables: TableStore,
  partitionKey: string,
  { from, to }: { readonly from: number; readonly to: number },
  findings: Findings,
): Promise<void> {
  const rowsOf = (prefix: SeqPrefix, select: readonly string[], first = from): Promise<Row[]> =>
    tables.query(ADJUSTMENT_LOG, partitionKey, {
      from: seqKey(prefix, first),
      before: seqKey(prefix, to + 1),
      select: ['v', ...select],
    });
  await findings.check(async () => {
    const chain = await rowsOf('ids', ['batchId', 'previousBatchId'], Math.max(1, from - 1));
    auditChain(chain, { from, to }, findings);
  });
  const batches = await rowsOf('batch', []);
  await auditVersions(batches, findings);
  const withLines = new Set(batches.map(({ rowKey }) => seqOf(rowKey)));
  const states = new Map<number, Row[]>();
  // From the first state to the last, so that a batch that moves on meanwhile is met.
  for (const state of BATCH_STATES) {
    const rows = await rowsOf(state, ['run']);
    await auditVersions(rows, findings);
    for (const row of rows) {
      const seq = seqOf(row.rowKey);
      states.set(seq, [...(states.get(seq) ?? []), row]);
    }
  }
  const removedThrough = retentionOf(
    await tables.get(ADJUSTMENT_LOG, partitionKey, RETENTION_KEY),
  ).removedThrough;
  const runs = new Map<number, Set<number>>();
  for (let seq = from; seq <= to; seq++) {
    const seen = { hasLines: withLines.has(seq), states: states.get(seq) ?? [] };
    const isGone = !seen.hasLines && seen.states.length === 0;
    if (isGone && seq > removedThrough) findings.add('BatchMissing', `batch ${seq}`);
    else if (!isGone && (!seen.hasLines || seen.states.length !== 1))
      await auditOddBatch(tables, partitionKey, seq, findings);
    const run = seen.states.at(-1)?.properties['run'];
    if (typeof run === 'number') runs.set(run, (runs.get(run) ?? new Set()).add(seq));
  }
  for (const [run, seqs] of runs)
    await findings.check(async () => {
      const stored = await readRun(tables, partitionKey, run);
      const listed = new Set(stored?.state.batches.map(([seq]) => seq));
      for (const seq of seqs) if (!listed.has(seq)) findings.add('RunMissing', `batch ${seq}, run ${run}`);
    });
}

async function auditVersions(rows: readonly Row[], findings: Findings): Promise<void> {
  for (const row of rows) await findings.check(async () => assertKnownVersion(row));
}

function auditChain(
  rows: readonly Row[],
  { from, to }: { readonly from: number; readonly to: number },
  findings: Findings,
): void {
  const bySeq = new Map(rows.map((row) => [seqOf(row.rowKey), row]));
  for (let seq = from; seq <= to; seq++) {
    const row = bySeq.get(seq);
    const previous = bySeq.get(seq - 1);
    if (row !== undefined) assertKnownVersion(row);
    const isChained =
      row !== undefined &&
      (seq === 1
        ? textOf(row, 'previousBatchId') === ''
        : previous !== undefined && textOf(row, 'previousBatchId') === textOf(previous, 'batchId'));
    if (!isChained) findings.add('ChainBroken', `batch ${seq}`);
  }
}

/**
 * Looks again at a batch whose rows did not fit: they may have been written while they were read. Lines and state row go
 * together, so the later reads decide.
 */
async function auditOddBatch(
  tables: TableStore,
  partitionKey: string,
  seq: number,
  findings: Findings,
): Promise<void> {
  const before = await look(tables, partitionKey, seq, BATCH_STATES.toReversed());
  if (before.states.length > 1) {
    findings.add('StateDoubled', `batch ${seq}`);
    return;
  }
  const after = await look(tables, partitionKey, seq, BATCH_STATES);
  if (after.states.length === 0 && (await hasLines(tables, partitionKey, seq)))
    findings.add('StateMissing', `batch ${seq}`);
  else if (!before.hasLines && after.states.length > 0) findings.add('BatchMissing', `batch ${seq}`);
}

async function look(
  tables: TableStore,
  partitionKey: string,
  seq: number,
  order: readonly (typeof BATCH_STATES)[number][],
): Promise<Seen> {
  const lines = await hasLines(tables, partitionKey, seq);
  const states: Row[] = [];
  for (const state of order) {
    const row = await tables.get(ADJUSTMENT_LOG, partitionKey, seqKey(state, seq));
    if (row !== undefined) states.push(row);
  }
  return { hasLines: lines, states };
}

async function hasLines(tables: TableStore, partitionKey: string, seq: number): Promise<boolean> {
  return (await tables.get(ADJUSTMENT_LOG, partitionKey, seqKey('batch', seq))) !== undefined;
}
