import { beforeEach, describe, expect, it, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { createLogTables, editRow, PARTITION } from '../../test/support/logUnderTest.ts';
import type { TableOperation, TableStore } from '../tables/tableStore.ts';
import { ADJUSTMENT_LOG, seqKey } from './rowKeys.ts';
import { stateOfBatch } from './stateRows.ts';
import { inlineSyncInserts, newSync, readSync, syncInsert, type SyncState, syncUpdate } from './syncRow.ts';

const azurite = useAzurite();
let store: TableStore;
const write = (...operations: TableOperation[]) => store.transact(ADJUSTMENT_LOG, PARTITION, operations);

beforeEach(async () => {
  store = azurite.store();
  await createLogTables(store);
});

describe('a new synchronization', () => {
  it.each([
    [[0], []],
    [[1], [[0, 1]]],
    [[512], [[0, 512]]],
    [
      [500, 13],
      [
        [0, 512],
        [512, 513],
      ],
    ],
    [
      [1_000, 24],
      [
        [0, 512],
        [512, 1_024],
      ],
    ],
  ])('of batches of %j lines makes the calls %j', (sizes, calls) => {
    const batches = sizes.map((lines, index) => [index + 1, lines, 5] as const);
    const state = newSync(batches, 7, true, 9);
    expect(state.calls).toEqual(calls.map(([from, to]) => ({ from, to, attempts: [] })));
    expect(state).toMatchObject({
      inline: true,
      createdAt: 7,
      batches,
      excluded: [],
      moved: 0,
      workingUntil: 9,
    });
  });
});

test('an append that synchronizes its own batch claims it for twenty seconds', async () => {
  await write(...inlineSyncInserts(4, 2, 1_000));
  expect(await stateOfBatch(store, PARTITION, 4)).toEqual({
    seq: 4,
    state: 'syncing',
    lineCount: 2,
    createdAt: 1_000,
    sync: 4,
  });
  expect((await readSync(store, PARTITION, 4))?.state).toEqual({
    inline: true,
    createdAt: 1_000,
    batches: [[4, 2, 1_000]],
    calls: [{ from: 0, to: 2, attempts: [] }],
    excluded: [],
    moved: 0,
    workingUntil: 21_000,
  } satisfies SyncState);
});

test('a synchronization is written again only as it was read', async () => {
  const state = newSync([[4, 2, 1]], 1, false, 2);
  await write(syncInsert(4, state));
  expect(await readSync(store, PARTITION, 3)).toBeUndefined();
  const stored = await readSync(store, PARTITION, 4);
  if (stored === undefined) throw new Error('it is not there');
  expect(stored).toMatchObject({ firstSeq: 4, state });
  await write(syncUpdate(stored, { ...state, moved: 1 }));
  expect((await readSync(store, PARTITION, 4))?.state).toEqual({ ...state, moved: 1 });
  await expect(write(syncUpdate(stored, { ...state, moved: 2 }))).rejects.toMatchObject({
    failure: 'changed',
  });
});

test('one that cannot be understood is not taken for none', async () => {
  await write(syncInsert(4, newSync([[4, 2, 1]], 1, false, 2)));
  await editRow(store, seqKey('sync', 4), { v: 2 });
  await expect(readSync(store, PARTITION, 4)).rejects.toThrow('has v 2');
});
