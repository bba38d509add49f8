import { beforeEach, describe, expect, it } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { FaultyTableStore, getOf } from '../../test/support/faultyTableStore.ts';
import { createLogTables, editRow, keysOf, PARTITION } from '../../test/support/logUnderTest.ts';
import type { TableOperation, TableStore } from '../tables/tableStore.ts';
import { ADJUSTMENT_LOG, BATCH_STATES, seqKey } from './rowKeys.ts';
import {
  batchesInState,
  createdInsert,
  moveState,
  stateOfBatch,
  type StateRow,
  stateRowOf,
} from './stateRows.ts';

const azurite = useAzurite();
let store: TableStore;
const write = (...operations: TableOperation[]) => store.transact(ADJUSTMENT_LOG, PARTITION, operations);

const CREATED: StateRow = { seq: 7, state: 'created', lineCount: 3, createdAt: 1_700_000_000_123 };
const SYNCING: StateRow = { ...CREATED, state: 'syncing', sync: 5 };
const POSTED: StateRow = { ...SYNCING, state: 'posted', postedAt: 1_700_000_001_000 };
const AGGREGATED: StateRow = { ...POSTED, state: 'aggregated', aggregatedAt: 1_700_000_002_000, run: 9 };

beforeEach(async () => {
  store = azurite.store();
  await createLogTables(store);
});

describe('the state row of a batch', () => {
  it('is exactly one at every step, and carries along when the earlier steps were', async () => {
    await write(createdInsert(7, 3, CREATED.createdAt));
    const way = [CREATED, SYNCING, POSTED, AGGREGATED];
    for (const [step, state] of way.entries()) {
      expect(await keysOf(store)).toEqual([seqKey(state.state, 7)]);
      expect(await stateOfBatch(store, PARTITION, 7)).toStrictEqual(state);
      const next = way[step + 1];
      if (next) await write(...moveState(state, next));
    }
  });

  it('is moved by one of two who try', async () => {
    await write(createdInsert(7, 3, CREATED.createdAt));
    const tries = await Promise.allSettled([
      write(...moveState(CREATED, { ...SYNCING, sync: 5 })),
      write(...moveState(CREATED, { ...SYNCING, sync: 6 })),
      write(...moveState(CREATED, POSTED)),
    ]);
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await keysOf(store)).toHaveLength(1);
  });

  it('is not moved a second time by whoever read it before', async () => {
    await write(createdInsert(7, 3, CREATED.createdAt));
    await write(...moveState(CREATED, SYNCING));
    await write(...moveState(SYNCING, POSTED));
    await expect(write(...moveState(CREATED, SYNCING))).rejects.toMatchObject({ failure: 'missing' });
    expect(await keysOf(store)).toEqual([seqKey('posted', 7)]);
  });

  it('is met also when it moves on while it is looked for', async () => {
    await write(createdInsert(7, 3, CREATED.createdAt));
    await write(...moveState(CREATED, SYNCING));
    for (const [from, to] of [
      [SYNCING, POSTED],
      [POSTED, AGGREGATED],
    ] as const) {
      const tables = new FaultyTableStore(store);
      tables.before(getOf(seqKey(from.state, 7)), () => write(...moveState(from, to)));
      expect(await stateOfBatch(tables, PARTITION, 7)).toEqual(to);
    }
  });

  it('is not there for a batch that is not there', async () => {
    expect(await stateOfBatch(store, PARTITION, 1)).toBeUndefined();
  });

  it.each(BATCH_STATES)('of an unknown version is never skipped (%s)', async (state) => {
    const insert = moveState(CREATED, { ...CREATED, state })[1];
    await write(insert);
    await editRow(store, seqKey(state, 7), { v: 2 });
    await expect(stateOfBatch(store, PARTITION, 7)).rejects.toThrow('has v 2');
    await expect(batchesInState(store, PARTITION, state, 10)).rejects.toThrow('has v 2');
  });
});

it('batches in a state come oldest first, as many as are asked for, and of no other state', async () => {
  for (const seq of [12, 2, 100_000, 9]) await write(createdInsert(seq, 1, seq));
  await write(moveState(CREATED, { ...SYNCING, seq: 1 })[1]);
  const seqs = async (limit: number) =>
    (await batchesInState(store, PARTITION, 'created', limit)).map(({ seq }) => seq);
  expect(await seqs(10)).toEqual([2, 9, 12, 100_000]);
  expect(await seqs(2)).toEqual([2, 9]);
});

it('a damaged state row is refused', () => {
  const row = { partitionKey: 'p', rowKey: seqKey('created', 1), etag: 'e', timestamp: 0 };
  expect(() => stateRowOf({ ...row, properties: { v: 1, createdAt: 5 } })).toThrow('lineCount is no number');
});
