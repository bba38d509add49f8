/** What of a legal entity's log is accepted and not sent: batches in no committed run, and packages that never went out. */
import { readPackages, type StoredPackage } from '../log/packageRow.ts';
import { ADJUSTMENT_LOG, seqRange } from '../log/rowKeys.ts';
import { type CommittedRun, isCommitted, openRuns, readRun } from '../log/runRow.ts';
import { stateRowOf } from '../log/stateRows.ts';
import type { TableStore } from '../tables/tableStore.ts';

/** Before they are aggregated. */
const STATES = ['created', 'syncing', 'posted'] as const;

export interface WaitingBatch {
  readonly seq: number;
  readonly lineCount: number;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
}

export interface WaitingWork {
  readonly batches: readonly WaitingBatch[];
  /** All packages of runs that have anything left to do. */
  readonly packages: readonly { readonly run: CommittedRun; readonly stored: StoredPackage }[];
}

/** @throws TableError, UnknownRowVersionError */
export async function waitingWork(tables: TableStore, partitionKey: string): Promise<WaitingWork> {
  const batches = new Map<number, WaitingBatch>();
  // From the first state to the last, so that a batch that moves on meanwhile is met, and counted once.
  for (const state of STATES) {
    const select = ['v', 'lineCount', 'createdAt'];
    for (const row of await tables.query(ADJUSTMENT_LOG, partitionKey, { ...seqRange(state), select })) {
      const { seq, lineCount, createdAt } = stateRowOf(row);
      batches.set(seq, { seq, lineCount, createdAt });
    }
  }
  const packages: { readonly run: CommittedRun; readonly stored: StoredPackage }[] = [];
  for (const number of await openRuns(tables, partitionKey)) {
    const run = await readRun(tables, partitionKey, number);
    if (run === undefined) continue;
    if (isCommitted(run)) {
      const { attempt } = run.state.commit;
      for (const stored of await readPackages(tables, partitionKey, number, attempt))
        packages.push({ run, stored });
    } else
      for (const [seq, lineCount, createdAt] of run.state.batches)
        batches.set(seq, { seq, lineCount, createdAt });
  }
  return { batches: [...batches.values()], packages };
}

/** Whether nothing of the package has ever been sent. */
export function isUnsent({ state: { status, submissions } }: StoredPackage): boolean {
  return (status === 'Created' || status === 'Queued') && submissions.length === 0;
}
