/**
 * The `package~` row: how far one data package is on its way to SCM, and every submission of it. A submission's target
 * and line list are frozen before it goes out.
 */
import type { Row, TableOperation, TableStore } from '../tables/tableStore.ts';
import { jsonOf, jsonProperties } from './packedRow.ts';
import { ADJUSTMENT_LOG, attemptKey, attemptRange } from './rowKeys.ts';

/**
 * `Created`: in no queue yet. `Queued`: a message was sent. `Sending`: a submission may be on its way, its outcome is not
 * known. `Enqueued`: SCM has it. `Unknown`: it cannot be told whether SCM has it, a human must decide. `Settled`: nothing
 * is left to do or to watch.
 */
export type PackageStatus = 'Created' | 'Queued' | 'Sending' | 'Enqueued' | 'Unknown' | 'Settled';

/** Where a submission went; a repeat is compared with all earlier ones. */
export interface SubmissionTarget {
  readonly address: string;
  readonly entityProfile: string;
  readonly transport: string;
  readonly linesDeletedAfterPosting: 'yes' | 'no' | 'unknown';
}

/**
 * `sending`: it may have arrived. `enqueued`: SCM acknowledged it. `lost`: never acknowledged, waited for, and safe to
 * repeat. One that provably had no effect is not kept.
 */
export type SubmissionResult = 'sending' | 'enqueued' | 'lost';

export interface Submission {
  /** From 1. */
  readonly number: number;
  /** Our name for it at SCM. */
  readonly id: string;
  readonly at: number;
  readonly tokenExpiresAt: number;
  readonly target: SubmissionTarget;
  /** Positions within the package of the lines it carries; `all` of them. */
  readonly lines: 'all' | readonly number[];
  readonly result: SubmissionResult;
  /** SCM's message id: what the seed tells people to look up. */
  readonly messageId?: string;
  readonly executionId?: string;
}

export interface PackageState {
  readonly status: PackageStatus;
  /** Numbers of its journals, in order. */
  readonly journals: readonly number[];
  /** Lines of each journal. */
  readonly lineCounts: readonly number[];
  readonly submissions: readonly Submission[];
  /** When the last message was sent for it. */
  readonly queuedAt?: number;
  /** Not to be sent earlier. */
  readonly notBefore?: number;
  /** Tries without effect since the last success. */
  readonly failures: number;
  /** Why it is where it is, for people. */
  readonly lastError?: string;
  readonly nextPollAt: number;
  /** Polls since anything changed. */
  readonly polls: number;
}

export interface StoredPackage {
  readonly run: number;
  readonly attempt: string;
  /** From 1, within the run. */
  readonly number: number;
  readonly state: PackageState;
  readonly etag: string;
}

/** Whether the submission carried the line at a position of the package. */
export function carries({ lines }: Submission, position: number): boolean {
  return lines === 'all' || lines.includes(position);
}

/** Whether any submission may have brought the line to SCM. */
export function wasSent({ submissions }: PackageState, position: number): boolean {
  return submissions.some((submission) => carries(submission, position));
}

export function packageInsert(
  run: number,
  attempt: string,
  number: number,
  state: PackageState,
): TableOperation {
  return {
    kind: 'insert',
    rowKey: attemptKey('package', run, attempt, number),
    properties: jsonProperties(state),
  };
}

export function packageUpdate(stored: StoredPackage, state: PackageState): TableOperation {
  return {
    kind: 'update',
    rowKey: attemptKey('package', stored.run, stored.attempt, stored.number),
    properties: jsonProperties(state),
    etag: stored.etag,
  };
}

/** @throws UnknownRowVersionError */
function packageOf(row: Row, run: number, attempt: string): StoredPackage {
  const number = Number(row.rowKey.slice(row.rowKey.lastIndexOf('~') + 1));
  return { run, attempt, number, state: jsonOf(row) as PackageState, etag: row.etag };
}

/** @throws TableError */
export async function readPackage(
  tables: TableStore,
  partitionKey: string,
  run: number,
  attempt: string,
  number: number,
): Promise<StoredPackage | undefined> {
  const row = await tables.get(ADJUSTMENT_LOG, partitionKey, attemptKey('package', run, attempt, number));
  return row === undefined ? undefined : packageOf(row, run, attempt);
}

/** The packages of a run, in order. @throws TableError */
export async function readPackages(
  tables: TableStore,
  partitionKey: string,
  run: number,
  attempt: string,
): Promise<StoredPackage[]> {
  const rows = await tables.query(ADJUSTMENT_LOG, partitionKey, attemptRange('package', run, attempt));
  return rows.map((row) => packageOf(row, run, attempt));
}
