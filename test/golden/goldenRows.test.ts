/** Rows that an earlier version stored, and those of this one, are understood for ever. */
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { readAudit } from '../../shared/log/auditRow.ts';
import { headOf } from '../../shared/log/headRow.ts';
import { readJournal } from '../../shared/log/journalRows.ts';
import { listLogs } from '../../shared/log/logDirectory.ts';
import { readOutcome } from '../../shared/log/outcomeRow.ts';
import { readPackages } from '../../shared/log/packageRow.ts';
import { parkedLines, unfoldedLines } from '../../shared/log/parkedRow.ts';
import { readBatches } from '../../shared/log/readBatches.ts';
import { ADJUSTMENT_LOG, HEAD_KEY, RETENTION_KEY } from '../../shared/log/rowKeys.ts';
import { retentionOf } from '../../shared/log/retentionRow.ts';
import { openRuns, readRun } from '../../shared/log/runRow.ts';
import { stateOfBatch } from '../../shared/log/stateRows.ts';
import { readSync } from '../../shared/log/syncRow.ts';
import { systemClock } from '../../shared/runtime/systemRuntime.ts';
import { ScheduleStore } from '../../shared/settings/scheduleStore.ts';
import { SETTINGS_TABLE, SettingsStore } from '../../shared/settings/settingsStore.ts';
import type { TableStore } from '../../shared/tables/tableStore.ts';
import { FaultyTableStore } from '../support/faultyTableStore.ts';
import { logChain } from '../support/logChain.ts';
import { appendLine, createLogTables, keysOf, openWriter, PARTITION } from '../support/logUnderTest.ts';
import {
  AUDIT,
  HEAD,
  IDS,
  JOURNAL,
  LINES,
  PACKAGE,
  PARKED,
  RETENTION,
  RETIRED,
  RUN,
  sampleOutcome,
  SETTINGS_ID,
  STATES,
  SYNC,
  UNFOLDED,
  writeSampleRows,
} from './sampleRows.ts';
import { type GoldenRow, storeGolden } from './storedRows.ts';

const azurite = useAzurite();
const FOLDER = new URL('./', import.meta.url);
/** The rows of each version; those called `flat` hold fingerprints as some early builds spelled them. */
const files = readdirSync(FOLDER).filter((name) => /^rows-v\d+(-.+)?\.json$/.test(name));

it('the rows of the first version are kept', () => {
  expect(files).toContain('rows-v1.json');
});

describe.each(files)('%s', (file) => {
  let tables: TableStore;
  beforeAll(async () => {
    tables = azurite.store();
    await createLogTables(tables);
    await tables.createTables([SETTINGS_TABLE]);
    await storeGolden(tables, JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as GoldenRow[]);
  });

  it('holds the same rows as this version writes', async () => {
    const written = azurite.store();
    await createLogTables(written);
    await writeSampleRows(written);
    expect(await keysOf(tables)).toEqual(await keysOf(written));
  });

  it('is a log with an intact chain', async () => {
    expect((await logChain(tables, PARTITION)).faults).toEqual([]);
    expect(await listLogs(tables, 'env')).toEqual([{ organizationKey: 'usmf', organizationId: 'USMF' }]);
    const head = await tables.get(ADJUSTMENT_LOG, PARTITION, HEAD_KEY);
    expect(head && headOf(head)).toMatchObject(HEAD);
  });

  it('knows its ids, those under the checkpoint without reading their rows', async () => {
    const reader = new FaultyTableStore(tables);
    const all = IDS.flat().map((id) => appendLine(id));
    const known = await openWriter(reader).writer.identify([...all, appendLine('new')]);
    const place = (seq: number, position: number) => ({ kind: 'known', seq, position, sameContent: true });
    expect(known).toEqual([place(1, 0), place(1, 1), place(2, 0), place(3, 0), place(4, 0), { kind: 'new' }]);
    const from = reader.calls.flatMap((call) => (call.kind === 'query' ? [call.range.from] : []));
    expect(from).toEqual(['checkpoint~ids~', 'ids~000000000003']);
  });

  it('holds batches and their states', async () => {
    const read = [];
    for await (const batch of readBatches(tables, PARTITION, [1, 2, 3, 4])) read.push(batch.lines);
    expect(read).toEqual(LINES);
    for (const state of STATES) expect(await stateOfBatch(tables, PARTITION, state.seq)).toEqual(state);
  });

  it('holds synchronizations, parked lines and lines that did not fold', async () => {
    expect((await readSync(tables, PARTITION, 3))?.state).toEqual(SYNC);
    expect(await parkedLines(tables, PARTITION, 1)).toEqual(PARKED);
    expect(await unfoldedLines(tables, PARTITION, 1, 'x')).toEqual(UNFOLDED);
  });

  it('holds runs, journals, packages and outcomes', async () => {
    expect(await openRuns(tables, PARTITION)).toEqual([1]);
    expect((await readRun(tables, PARTITION, 1))?.state).toEqual(RUN);
    expect((await readRun(tables, PARTITION, 2))?.state).toEqual(RETIRED);
    expect((await readJournal(tables, PARTITION, 1, 'x', 1))?.journal).toEqual(JOURNAL);
    const packages = await readPackages(tables, PARTITION, 1, 'x');
    expect(packages.map(({ number, state }) => [number, state])).toEqual([[1, PACKAGE]]);
    const stored = await readOutcome(tables, PARTITION, { run: 1, attempt: 'x', number: 1 });
    expect(stored?.outcome.lines()).toEqual(sampleOutcome().lines());
  });

  it('holds how far retention has come, and what an audit found', async () => {
    const retention = await tables.get(ADJUSTMENT_LOG, PARTITION, RETENTION_KEY);
    expect(retentionOf(retention)).toEqual(RETENTION);
    expect((await readAudit(tables, PARTITION))?.state).toEqual(AUDIT);
  });

  it('holds settings, to which later versions add their defaults, and marks of the schedules', async () => {
    const store = new SettingsStore({ tables, clock: systemClock, maximumAgeMs: 0 });
    expect(await store.environmentIds()).toEqual([SETTINGS_ID]);
    expect((await store.read(SETTINGS_ID))?.settings).toMatchObject({
      environmentId: SETTINGS_ID,
      synchronizationFrequency: 5,
      supplyChain: { url: 'https://scm.example.com' },
    });
    expect((await new ScheduleStore(tables).last(SETTINGS_ID, 'packageJournals'))?.at).toBe(
      RETENTION.beganAt - 3,
    );
  });

  it('is never read as if it were empty where a row is of a later version', async () => {
    const golden = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as GoldenRow[];
    for (const [kind, read] of Object.entries(READERS)) {
      const rows = golden.filter(({ rowKey }) => rowKey === kind || rowKey.startsWith(`${kind}~`));
      expect(rows, kind).not.toEqual([]);
      const later = azurite.store();
      await createLogTables(later);
      await storeGolden(
        later,
        golden
          .filter(({ table }) => table === ADJUSTMENT_LOG)
          .map((row) => (rows.includes(row) ? { ...row, properties: { ...row.properties, v: 2 } } : row)),
      );
      await expect(read(later), kind).rejects.toThrow(/understands 1|is damaged/);
    }
  });
});

/** Per kind of row: how the code reads it. */
const READERS: Readonly<Record<string, (tables: TableStore) => Promise<unknown>>> = {
  head: (tables) => openWriter(tables).writer.noticeRewind(),
  ids: (tables) => openWriter(tables).writer.noticeRewind(),
  batch: async (tables) => {
    for await (const batch of readBatches(tables, PARTITION, [1])) return batch;
    return undefined;
  },
  created: (tables) => stateOfBatch(tables, PARTITION, 4),
  syncing: (tables) => stateOfBatch(tables, PARTITION, 3),
  posted: (tables) => stateOfBatch(tables, PARTITION, 2),
  aggregated: (tables) => stateOfBatch(tables, PARTITION, 1),
  sync: (tables) => readSync(tables, PARTITION, 3),
  parked: async (tables) => [
    await parkedLines(tables, PARTITION, 1),
    await unfoldedLines(tables, PARTITION, 1, 'x'),
  ],
  run: (tables) => readRun(tables, PARTITION, 1),
  journal: (tables) => readJournal(tables, PARTITION, 1, 'x', 1),
  package: (tables) => readPackages(tables, PARTITION, 1, 'x'),
  outcome: (tables) => readOutcome(tables, PARTITION, { run: 1, attempt: 'x', number: 1 }),
  retention: async (tables) => retentionOf(await tables.get(ADJUSTMENT_LOG, PARTITION, RETENTION_KEY)),
  audit: (tables) => readAudit(tables, PARTITION),
};
