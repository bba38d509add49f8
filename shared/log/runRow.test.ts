import { beforeEach, expect, it, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { createLogTables, PARTITION } from '../../test/support/logUnderTest.ts';
import type { TableStore } from '../tables/tableStore.ts';
import { ADJUSTMENT_LOG, runKey, seqKey, seqOf, unfoldableKey } from './rowKeys.ts';
import { closeRun, newestRun, openRuns } from './runRow.ts';
import { openRunKey } from './rowKeys.ts';

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

test('keys sort by number, and a run’s unfoldable lines are no batch’s parked lines', () => {
  const keys = [1, 9, 10, 99_999, 100_000].map((seq) => seqKey('batch', seq));
  expect([...keys].sort()).toEqual(keys);
  expect(keys.map(seqOf)).toEqual([1, 9, 10, 99_999, 100_000]);
  expect(unfoldableKey(1, 'x') > seqKey('parked', 999_999_999_999)).toBe(true);
});
