import { beforeEach, expect, it, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { createLogTables, PARTITION } from '../../test/support/logUnderTest.ts';
import type { TableOperation, TableStore } from '../tables/tableStore.ts';
import { exampleSettings } from '../aggregation/foldingExamples.ts';
import { ADJUSTMENT_LOG, openRunKey, runKey, seqKey, seqOf, unfoldableKey } from './rowKeys.ts';
import {
  closeRun,
  isCommitted,
  newestRun,
  openRunMarkers,
  openRuns,
  readRun,
  reopenInsert,
  runInserts,
  type RunState,
  runUpdate,
} from './runRow.ts';

const azurite = useAzurite();
let store: TableStore;
let count: number;

beforeEach(async () => {
  store = azurite.store();
  await createLogTables(store);
  count = 0;
});

/** Adds runs until there are so many. */
async function runs(wanted: number): Promise<void> {
  while (count < wanted) {
    count++;
    const insert = (rowKey: string) => ({ kind: 'insert', rowKey, properties: { v: 1 } }) as const;
    await store.transact(ADJUSTMENT_LOG, PARTITION, [insert(runKey(count)), insert(openRunKey(count))]);
  }
}

it('the newest run is found, whatever is known of it already', async () => {
  for (const newest of [0, 1, 2, 3, 4, 7, 8, 13]) {
    await runs(newest);
    for (const known of [0, 1, newest - 1, newest].filter((run) => run >= 0 && run <= newest))
      expect(await newestRun(store, PARTITION, known)).toBe(newest);
  }
});

it('open runs are listed oldest first until they are closed', async () => {
  await runs(3);
  await closeRun(store, PARTITION, [openRunKey(2)]);
  expect(await openRuns(store, PARTITION)).toEqual([1, 3]);
  expect(await newestRun(store, PARTITION, 0)).toBe(3);
});

const SEALING: RunState = {
  status: 'Sealing',
  nonce: 'n',
  openedAt: 5,
  settings: exampleSettings(),
  batches: [[1, 2, 3]],
};
const COMMIT = { attempt: 'x', at: 6, journals: 1, aggregatedLines: 1, unfoldable: 0, packageHashes: '' };

it('a run is opened with its marker, and written again only as it was read', async () => {
  const write = (...operations: TableOperation[]) => store.transact(ADJUSTMENT_LOG, PARTITION, operations);
  await write(...runInserts(4, SEALING));
  expect(await openRuns(store, PARTITION)).toEqual([4]);
  expect(await readRun(store, PARTITION, 5)).toBeUndefined();
  const stored = await readRun(store, PARTITION, 4);
  if (stored === undefined) throw new Error('it is not there');
  expect(stored).toMatchObject({ number: 4, state: SEALING });
  await write(runUpdate(stored, { ...SEALING, status: 'Sealed' }));
  await expect(write(runUpdate(stored, SEALING))).rejects.toMatchObject({ failure: 'changed' });
  expect((await readRun(store, PARTITION, 4))?.state.status).toBe('Sealed');
});

it('a run counts as committed with its commit alone', () => {
  const run = (state: RunState) => ({ number: 4, state, etag: 'e' });
  expect(isCommitted(run({ ...SEALING, status: 'Committed', commit: COMMIT }))).toBe(true);
  expect(isCommitted(run({ ...SEALING, status: 'Committed' }))).toBe(false);
  expect(isCommitted(run({ ...SEALING, status: 'Sealed', commit: COMMIT }))).toBe(false);
});

it('a run that is taken up again stays open when who saw it done closes it', async () => {
  await runs(2);
  const seen = await openRunMarkers(store, PARTITION);
  expect([...seen]).toEqual([
    [1, [openRunKey(1)]],
    [2, [openRunKey(2)]],
  ]);
  await store.transact(ADJUSTMENT_LOG, PARTITION, [reopenInsert(1, 'a'), reopenInsert(1, 'b')]);
  await closeRun(store, PARTITION, seen.get(1) ?? []);
  expect((await openRunMarkers(store, PARTITION)).get(1)).toEqual([
    `${openRunKey(1)}~a`,
    `${openRunKey(1)}~b`,
  ]);
});

it('a run with more markers than a transaction takes is closed a hundred at a time', async () => {
  await runs(1);
  for (let from = 0; from < 150; from += 50)
    await store.transact(
      ADJUSTMENT_LOG,
      PARTITION,
      Array.from({ length: 50 }, (_, index) => reopenInsert(1, String(from + index))),
    );
  const markers = async () => (await openRunMarkers(store, PARTITION)).get(1) ?? [];
  await closeRun(store, PARTITION, await markers());
  expect(await markers()).toHaveLength(51);
  await closeRun(store, PARTITION, await markers());
  expect(await openRuns(store, PARTITION)).toEqual([]);
});

test('keys sort by number, and a run’s unfoldable lines are no batch’s parked lines', () => {
  const keys = [1, 9, 10, 99_999, 100_000].map((seq) => seqKey('batch', seq));
  expect([...keys].sort()).toEqual(keys);
  expect(keys.map(seqOf)).toEqual([1, 9, 10, 99_999, 100_000]);
  expect(unfoldableKey(1, 'x') > seqKey('parked', 999_999_999_999)).toBe(true);
});
