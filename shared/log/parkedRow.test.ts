import { beforeEach, expect, it } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { createLogTables, editRow, PARTITION } from '../../test/support/logUnderTest.ts';
import type { TableStore } from '../tables/tableStore.ts';
import { parkedInsert, parkedLines, parkedLinesBetween, unfoldedInsert, unfoldedLines } from './parkedRow.ts';
import { ADJUSTMENT_LOG, seqKey } from './rowKeys.ts';

const azurite = useAzurite();
let store: TableStore;
const refused = (position: number) => ({ position, reason: 'refused', message: 'no such site' }) as const;

beforeEach(async () => {
  store = azurite.store();
  await createLogTables(store);
  const rows = [3, 9, 10, 11].map((seq) => parkedInsert(seq, [refused(seq)]));
  const unfolded = unfoldedInsert(9, 'x', [{ seq: 9, position: 1, reason: 'too large' }]);
  await store.transact(ADJUSTMENT_LOG, PARTITION, [...rows, unfolded]);
});

it('parked lines are found by batch and by range, and a run’s unfoldable lines are not among them', async () => {
  expect(await parkedLines(store, PARTITION, 9)).toEqual([refused(9)]);
  expect(await parkedLines(store, PARTITION, 4)).toEqual([]);
  const between = await parkedLinesBetween(store, PARTITION, 4, 10);
  expect([...between]).toEqual([
    [9, [refused(9)]],
    [10, [refused(10)]],
  ]);
  expect([...(await parkedLinesBetween(store, PARTITION, 0, 999_999)).keys()]).toEqual([3, 9, 10, 11]);
});

it('unfoldable lines count under their own attempt only', async () => {
  expect(await unfoldedLines(store, PARTITION, 9, 'x')).toHaveLength(1);
  expect(await unfoldedLines(store, PARTITION, 9, 'y')).toEqual([]);
  expect(await unfoldedLines(store, PARTITION, 3, 'x')).toEqual([]);
});

it('a parked row that cannot be understood is never taken for "nothing parked"', async () => {
  await editRow(store, seqKey('parked', 9), { v: 2 });
  await editRow(store, seqKey('parked', 10), { d0: new Uint8Array(2) });
  await expect(parkedLines(store, PARTITION, 9)).rejects.toThrow('has v 2');
  await expect(parkedLines(store, PARTITION, 10)).rejects.toThrow('is damaged');
  await expect(parkedLinesBetween(store, PARTITION, 0, 9)).rejects.toThrow('has v 2');
});
