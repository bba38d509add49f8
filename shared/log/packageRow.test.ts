import { beforeEach, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { createLogTables, PARTITION } from '../../test/support/logUnderTest.ts';
import type { TableOperation, TableStore } from '../tables/tableStore.ts';
import {
  carries,
  packageInsert,
  type PackageState,
  packageUpdate,
  readPackage,
  readPackages,
  type Submission,
  wasSent,
} from './packageRow.ts';
import { ADJUSTMENT_LOG } from './rowKeys.ts';

const azurite = useAzurite();
let store: TableStore;
const write = (...operations: TableOperation[]) => store.transact(ADJUSTMENT_LOG, PARTITION, operations);

const STATE: PackageState = {
  status: 'Created',
  journals: [1, 2],
  lineCounts: [3, 1],
  submissions: [],
  failures: 0,
  nextPollAt: 0,
  polls: 0,
};
const submission = (lines: Submission['lines']): Submission => ({
  number: 1,
  id: 'one',
  at: 1,
  tokenExpiresAt: 2,
  target: { address: 'a', entityProfile: 'service', transport: 'recurring', linesDeletedAfterPosting: 'no' },
  lines,
  result: 'lost',
});

beforeEach(async () => {
  store = azurite.store();
  await createLogTables(store);
});

test('the packages of one attempt at a run come in order, and of no other', async () => {
  for (const number of [10, 2]) await write(packageInsert(1, 'x', number, STATE));
  await write(packageInsert(1, 'y', 3, STATE), packageInsert(2, 'x', 4, STATE));
  const packages = await readPackages(store, PARTITION, 1, 'x');
  expect(packages).toMatchObject([
    { run: 1, attempt: 'x', number: 2, state: STATE },
    { run: 1, attempt: 'x', number: 10, state: STATE },
  ]);
  expect(await readPackage(store, PARTITION, 1, 'x', 10)).toEqual(packages[1]);
  expect(await readPackage(store, PARTITION, 1, 'x', 3)).toBeUndefined();
});

test('a package is written again only as it was read', async () => {
  await write(packageInsert(1, 'x', 1, STATE));
  const stored = await readPackage(store, PARTITION, 1, 'x', 1);
  if (stored === undefined) throw new Error('it is not there');
  await write(packageUpdate(stored, { ...STATE, status: 'Queued' }));
  await expect(write(packageUpdate(stored, STATE))).rejects.toMatchObject({ failure: 'changed' });
  expect((await readPackage(store, PARTITION, 1, 'x', 1))?.state.status).toBe('Queued');
});

test('a line was sent when any submission carries it', () => {
  expect(carries(submission('all'), 7)).toBe(true);
  expect([0, 1, 2].map((position) => carries(submission([0, 2]), position))).toEqual([true, false, true]);
  const state = { ...STATE, submissions: [submission([2]), submission([0])] };
  expect([0, 1, 2].map((position) => wasSent(state, position))).toEqual([true, false, true]);
  expect(wasSent(STATE, 0)).toBe(false);
});
