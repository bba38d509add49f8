/** What the golden rows say: a small log with a row of every kind, as the present version writes it. */
import type { Journal } from '../../shared/aggregation/aggregatedLine.ts';
import { layoutFor } from '../../shared/log/checkpoints/checkpointLayout.ts';
import { segmentsOf } from '../../shared/log/checkpoints/idSegment.ts';
import { writeCheckpoint } from '../../shared/log/checkpoints/writeCheckpoint.ts';
import { type AuditState, auditWrite } from '../../shared/log/auditRow.ts';
import { batchInsert } from '../../shared/log/batchRow.ts';
import { type Head, headProperties } from '../../shared/log/headRow.ts';
import { eachHash, idsInsert, newIdsRow } from '../../shared/log/idsRow.ts';
import { encodeJournal, journalInserts } from '../../shared/log/journalRows.ts';
import { ensureLogListed } from '../../shared/log/logDirectory.ts';
import { outcomeWrite } from '../../shared/log/outcomeRow.ts';
import { PackageOutcome } from '../../shared/log/packageOutcome.ts';
import { packageInsert, type PackageState } from '../../shared/log/packageRow.ts';
import {
  parkedInsert,
  type ParkedLine,
  unfoldedInsert,
  type UnfoldedLine,
} from '../../shared/log/parkedRow.ts';
import { ADJUSTMENT_LOG, HEAD_KEY, RETENTION_KEY } from '../../shared/log/rowKeys.ts';
import { type RetentionState, retentionProperties } from '../../shared/log/retentionRow.ts';
import { runInserts, type RunState } from '../../shared/log/runRow.ts';
import { stateInsert, type StateRow } from '../../shared/log/stateRows.ts';
import { syncInsert, type SyncState } from '../../shared/log/syncRow.ts';
import { systemClock } from '../../shared/runtime/systemRuntime.ts';
import { parseSettings } from '../../shared/settings/parseSettings.ts';
import { ScheduleStore } from '../../shared/settings/scheduleStore.ts';
import { minimalDocument } from '../../shared/settings/settingsExamples.ts';
import { SettingsStore } from '../../shared/settings/settingsStore.ts';
import type { TableStore } from '../../shared/tables/tableStore.ts';
import { adjustmentLine, appendLine, PARTITION } from '../support/logUnderTest.ts';

export const IDS = [['a', 'b\u0000"\\🂡'], ['c'], ['d'], ['e']] as const;
const BATCH_IDS = ['batch one', 'batch two', 'batch three', 'batch four'];
const AT = 1_766_000_000_000;

export const LINES = IDS.map((ids) =>
  ids.map((id) => ({
    ...adjustmentLine(id, '-12.0000000001'),
    costPrice: '0.5',
    transDate: '2026-02-28',
    externalReferenceId: 'SO-1',
  })),
);

export const HEAD: Head = { tail: 4, batchId: 'batch four', epoch: 'epoch two', releasedEpoch: 'epoch one' };

export const STATES: readonly StateRow[] = [
  {
    seq: 1,
    state: 'aggregated',
    lineCount: 2,
    createdAt: AT,
    postedAt: AT + 1,
    aggregatedAt: AT + 2,
    sync: 1,
    run: 1,
  },
  { seq: 2, state: 'posted', lineCount: 1, createdAt: AT, postedAt: AT + 1, sync: 1 },
  { seq: 3, state: 'syncing', lineCount: 1, createdAt: AT, sync: 3 },
  { seq: 4, state: 'created', lineCount: 1, createdAt: AT },
];

export const PARKED: readonly ParkedLine[] = [
  { position: 1, reason: 'refused', message: 'no such site', statusCode: 400 },
  { position: 0, reason: 'unknown', message: 'no answer' },
];

export const UNFOLDED: readonly UnfoldedLine[] = [{ seq: 1, position: 0, reason: 'too large a sum' }];

export const SYNC: SyncState = {
  inline: false,
  createdAt: AT,
  batches: [[3, 1, AT]],
  calls: [
    {
      from: 0,
      to: 1,
      attempts: [{ at: AT, tokenExpiresAt: AT + 3_600_000, outcome: 'unknown', message: 'time-out' }],
      notBefore: AT + 5_000,
    },
  ],
  excluded: [{ event: 0, reason: 'refused', message: 'no', statusCode: 400 }],
  moved: 0,
  workingUntil: AT + 20_000,
};

export const RUN: RunState = {
  status: 'Committed',
  nonce: 'a nonce',
  openedAt: AT,
  settings: {
    mappings: [],
    scmDimensionColumns: { SiteId: 'INVENTORYSITEID' },
    legalEntities: [],
    defaultLegalEntity: { organizationId: '', timeZone: 'UTC', blankDate: 'today' },
    costPolicy: 'send',
    maxLineCountPerJournal: 10_000,
    maxJournalCountPerPackage: 1,
    maxPackageBytes: 1_000_000,
  } as unknown as RunState['settings'],
  batches: [[1, 2, AT]],
  commit: {
    attempt: 'x',
    at: AT,
    journals: 1,
    aggregatedLines: 1,
    unfoldable: 1,
    packageHashes: 'AAAAAAAAAAA=',
  },
};

/** A run of which retention has removed what it held. */
export const RETIRED: RunState = { ...RUN, retiredAt: AT + 4 };

export const RETENTION: RetentionState = {
  beganAt: AT + 3,
  through: 2,
  kept: [1],
  removedThrough: 1,
  sweptThrough: 2,
};

export const AUDIT: AuditState = {
  at: AT + 5,
  findings: [
    { code: 'LinesParked', count: 1, subjects: ['batch 1'], repaired: 0, since: AT },
    { code: 'PackageWaiting', count: 2, subjects: ['run 1, package 1'], repaired: 1, since: AT + 1 },
  ],
  walk: { nextSeq: 3, nextRun: 2, found: [], foundBefore: [] },
};

export const SETTINGS_ID = '22222222-2222-4222-8222-222222222222';

export const JOURNAL: Journal = {
  number: 1,
  kind: 'adjustment',
  targetStatus: 'Posted',
  journalNameId: 'IADJ',
  directions: [-1],
  lines: [
    {
      quantity: '-24.0000000002',
      organizationId: 'USMF',
      productId: 'M0001',
      dataSource: 'pos',
      physicalMeasure: 'outbound',
      dimensions: [
        ['LocationId', '13'],
        ['SiteId', '1'],
      ],
      costPrice: '0.5',
      transDate: '2026-02-28',
      sources: [
        [1, 0],
        [1, 1],
      ],
    },
  ],
};

export const PACKAGE: PackageState = {
  status: 'Enqueued',
  journals: [1],
  lineCounts: [1],
  submissions: [
    {
      number: 1,
      id: 'a submission',
      at: AT,
      tokenExpiresAt: AT + 3_600_000,
      target: {
        address: 'https://scm.example',
        entityProfile: 'profile',
        transport: 'recurring',
        linesDeletedAfterPosting: 'unknown',
      },
      lines: 'all',
      result: 'enqueued',
      messageId: 'a message',
      executionId: 'an execution',
    },
  ],
  queuedAt: AT,
  failures: 0,
  nextPollAt: AT,
  polls: 2,
};

export function sampleOutcome(): PackageOutcome {
  const outcome = PackageOutcome.fresh(2, AT);
  outcome.note(0, 'FnOSyncEnqueued', AT + 1);
  outcome.note(0, 'FnOTransCreated', AT + 2, { journalNumber: 'J-1', lineNumber: 3 });
  outcome.note(0, 'FnOTransPosted', AT + 3, { voucher: 'V-1', inventTransId: 'L-1' });
  outcome.note(1, 'FnOSyncEnqueued', AT + 1);
  outcome.note(1, 'FnOTransCreateError', AT + 2, { error: 'période fermée' });
  return outcome;
}

/** Writes all of them with the present code. */
export async function writeSampleRows(tables: TableStore): Promise<void> {
  const ids = IDS.map((some, index) =>
    newIdsRow(
      index + 1,
      BATCH_IDS[index] ?? '',
      BATCH_IDS[index - 1] ?? '',
      some.map((id) => appendLine(id)),
    ),
  );
  await ensureLogListed(tables, 'env', 'usmf', 'USMF');
  await tables.transact(ADJUSTMENT_LOG, PARTITION, [
    { kind: 'insert', rowKey: HEAD_KEY, properties: headProperties(HEAD) },
    ...LINES.map((lines, index) => batchInsert(index + 1, BATCH_IDS[index] ?? '', AT, lines)),
    ...ids.map(idsInsert),
    ...STATES.map(stateInsert),
    parkedInsert(1, PARKED),
    unfoldedInsert(1, 'x', UNFOLDED),
    syncInsert(3, SYNC),
    ...runInserts(1, RUN),
    ...runInserts(2, RETIRED).slice(0, 1),
    { kind: 'insert', rowKey: RETENTION_KEY, properties: retentionProperties(RETENTION) },
    auditWrite(AUDIT, undefined),
    ...journalInserts(1, 'x', 1, encodeJournal(JOURNAL)),
    packageInsert(1, 'x', 1, PACKAGE),
    await outcomeWrite(tables, PARTITION, { run: 1, attempt: 'x', number: 1 }, sampleOutcome(), undefined),
  ]);
  const manifest = { id: 'a checkpoint', fromSeq: 0, toSeq: 2, batchId: 'batch two', ids: 3 };
  const [segment] = segmentsOf(layoutFor(3), (add) => {
    for (const row of ids.slice(0, 2)) eachHash(row, (high, low) => add(high, low, row.seq));
  });
  if (segment === undefined) throw new Error('a checkpoint of three ids has one segment');
  await writeCheckpoint(tables, PARTITION, manifest, { segment: () => segment });
}

/** Writes the settings of an environment, and when one of its jobs was handled last. */
export async function writeSampleSettings(tables: TableStore): Promise<void> {
  const { settings } = parseSettings(minimalDocument({ environmentId: SETTINGS_ID }));
  if (settings === undefined) throw new Error('the sample settings are not valid');
  await new SettingsStore({ tables, clock: systemClock, maximumAgeMs: 0 }).seed([settings]);
  await new ScheduleStore(tables).mark(SETTINGS_ID, 'packageJournals', AT, undefined);
}
