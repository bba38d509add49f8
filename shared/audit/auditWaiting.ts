/** Looks at what waits in the log: for the cache, for packaging, and for a human. */
import { retentionOf } from '../log/retentionRow.ts';
import { attemptOfParkedRow, parkedRowsAfter, redriveOf } from '../log/parkedEntries.ts';
import { ADJUSTMENT_LOG, RETENTION_KEY, seqOf } from '../log/rowKeys.ts';
import { batchesInState } from '../log/stateRows.ts';
import { readSync } from '../log/syncRow.ts';
import { dueOccurrence } from '../settings/jobSchedule.ts';
import type { AuditDependencies } from './auditLog.ts';
import type { Findings } from './findings.ts';

const HOUR_MS = 3_600_000;
/** Rows of a kind looked at, oldest first: enough to say that something is wrong. */
const MOST = 1_000;
/** Missed slots of the periodic synchronization before waiting is called long. */
const SLOTS = 3;
const PARKED_AT_ONCE = 100;

/** @throws TableError */
export async function auditWaiting(dependencies: AuditDependencies, findings: Findings): Promise<void> {
  const { tables, partitionKey, runtime, settings, secondsPerMinute } = dependencies;
  const now = runtime.clock.now();
  const { enableFeature, periodicallySynchronize, synchronizationFrequency, enableSyncJob, jobSettings } =
    settings;
  if (enableFeature && periodicallySynchronize)
    await findings.check(async () => {
      const patience = Math.max(HOUR_MS, SLOTS * synchronizationFrequency * secondsPerMinute * 1_000);
      for (const { seq, createdAt } of await batchesInState(tables, partitionKey, 'created', MOST))
        if (now - createdAt > patience) findings.add('CreatedForLong', `batch ${seq}`);
    });
  await findings.check(() => auditSyncs(dependencies, findings, now));
  if (enableFeature && enableSyncJob)
    await findings.check(async () => {
      for (const { seq, postedAt } of await batchesInState(tables, partitionKey, 'posted', MOST))
        if (dueOccurrence(jobSettings, postedAt, now - HOUR_MS, secondsPerMinute) !== undefined)
          findings.add('PostedForLong', `batch ${seq}`);
    });
  await findings.check(() => auditParked(dependencies, findings));
  await findings.check(async () => {
    if (settings.retention.days === 0) return;
    const row = await tables.get(ADJUSTMENT_LOG, partitionKey, RETENTION_KEY);
    for (const run of retentionOf(row).kept) findings.add('RunKept', `run ${run}`);
  });
}

/** Lines that were driven again wait no longer where they were parked. */
async function auditParked({ tables, partitionKey }: AuditDependencies, findings: Findings): Promise<void> {
  for (let after: string | undefined = ''; after !== undefined;) {
    const rows = await parkedRowsAfter(tables, partitionKey, after, PARKED_AT_ONCE);
    for (const row of rows) {
      if (attemptOfParkedRow(row.rowKey) !== undefined) return;
      if (row.entries.some((entry) => redriveOf(row, entry) === undefined))
        findings.add('LinesParked', `batch ${seqOf(row.rowKey)}`);
    }
    after = rows.length < PARKED_AT_ONCE ? undefined : rows.at(-1)?.rowKey;
  }
}

/** A batch that is *syncing* is driven by its synchronization, which must stand and list it. */
async function auditSyncs(
  { tables, partitionKey }: AuditDependencies,
  findings: Findings,
  now: number,
): Promise<void> {
  const syncing = await batchesInState(tables, partitionKey, 'syncing', MOST);
  const bySync = Map.groupBy(syncing, ({ seq, sync }) => sync ?? seq);
  for (const [firstSeq, batches] of bySync)
    await findings.check(async () => {
      const sync = await readSync(tables, partitionKey, firstSeq);
      const open = new Set(sync?.state.batches.slice(sync.state.moved).map(([seq]) => seq));
      const orphans = batches.filter(({ seq }) => !open.has(seq)).map(({ seq }) => seq);
      if (orphans.length > 0) {
        // It may have been moved on since it was read; what is still there has nobody to move it.
        const still = await batchesInState(tables, partitionKey, 'syncing', MOST);
        for (const { seq } of still) if (orphans.includes(seq)) findings.add('SyncMissing', `batch ${seq}`);
      } else if (sync !== undefined && now - sync.state.createdAt > HOUR_MS)
        findings.add('SyncStuck', `synchronization ${firstSeq}`);
    });
}
