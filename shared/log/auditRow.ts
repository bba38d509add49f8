/** The `audit` row of a log: what the last audit found, and how far the walk through the whole log has come. */
import type { FindingCode } from '../audit/findingCodes.ts';
import type { Row, TableOperation, TableStore } from '../tables/tableStore.ts';
import { jsonOf, jsonProperties } from './packedRow.ts';
import { ADJUSTMENT_LOG, AUDIT_KEY } from './rowKeys.ts';

/** Everything of one kind that was found in a log. */
export interface Finding {
  readonly code: FindingCode;
  readonly count: number;
  /** The first of what it is about, e.g. `batch 17`. */
  readonly subjects: readonly string[];
  /** How many of them the audit has put right. */
  readonly repaired: number;
  /** When it was found first without a break, milliseconds since the Unix epoch. */
  readonly since: number;
}

/** Where the walk goes on: it takes a part of the log at each audit, from the first batch and run to the last. */
export interface AuditWalk {
  readonly nextSeq: number;
  readonly nextRun: number;
  /** What this round has found so far, and what the round before found in all. */
  readonly found: readonly Finding[];
  readonly foundBefore: readonly Finding[];
}

export interface AuditState {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly findings: readonly Finding[];
  readonly walk: AuditWalk;
}

export interface StoredAudit {
  readonly state: AuditState;
  readonly etag: string;
}

function auditOf(row: Row): StoredAudit {
  return { state: jsonOf(row) as AuditState, etag: row.etag };
}

/** Undefined when the log was never audited. @throws TableError, UnknownRowVersionError, DamagedRowError */
export async function readAudit(tables: TableStore, partitionKey: string): Promise<StoredAudit | undefined> {
  const row = await tables.get(ADJUSTMENT_LOG, partitionKey, AUDIT_KEY);
  return row && auditOf(row);
}

export function auditWrite(state: AuditState, etag: string | undefined): TableOperation {
  const properties = jsonProperties(state);
  return etag === undefined
    ? { kind: 'insert', rowKey: AUDIT_KEY, properties }
    : { kind: 'update', rowKey: AUDIT_KEY, properties, etag };
}
