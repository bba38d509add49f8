import { beforeEach, describe, expect, it, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { createLogTables, PARTITION } from '../../test/support/logUnderTest.ts';
import type { TableOperation, TableStore } from '../tables/tableStore.ts';
import {
  attemptOfParkedRow,
  openLinesBetween,
  parkedRowsAfter,
  type ParkedRow,
  readParkedRow,
  redriveOf,
  type RedriveNote,
} from './parkedEntries.ts';
import { parkedInsert, parkedLines, unfoldedInsert, unfoldedLines } from './parkedRow.ts';
import { ADJUSTMENT_LOG, seqKey, unfoldableKey } from './rowKeys.ts';

const azurite = useAzurite();
let store: TableStore;
const write = (...operations: TableOperation[]) => store.transact(ADJUSTMENT_LOG, PARTITION, operations);

const REFUSED = { position: 2, reason: 'refused', message: 'no such site', statusCode: 400 } as const;
const UNKNOWN = { position: 3, reason: 'unknown', message: 'no answer', tokenExpiresAt: 9 } as const;
const UNFOLDED = [{ seq: 5, position: 1, reason: 'too large' }];
const CACHE_KEY = seqKey('parked', 12);
const FOLD_KEY = unfoldableKey(7, 'x~y');
const note = (batch: number, ...lines: RedriveNote['lines']): RedriveNote => ({
  batch,
  at: 1,
  by: 'app',
  reason: 'site is there now',
  operation: `o${batch}`,
  lines,
});

beforeEach(async () => {
  store = azurite.store();
  await createLogTables(store);
  await write(parkedInsert(12, [REFUSED, UNKNOWN]), unfoldedInsert(7, 'x~y', UNFOLDED), parkedInsert(9, []));
});

async function read(rowKey: string): Promise<ParkedRow> {
  const row = await readParkedRow(store, PARTITION, rowKey);
  if (row === undefined) throw new Error(`there is no row ${rowKey}`);
  return row;
}

test('what the cache refused and what no journal could take are read alike', async () => {
  expect(await read(CACHE_KEY)).toMatchObject({
    rowKey: CACHE_KEY,
    entries: [
      { seq: 12, ...REFUSED },
      { seq: 12, ...UNKNOWN },
    ],
    redrives: [],
  });
  const unfolded = await read(FOLD_KEY);
  expect(unfolded.entries).toEqual([{ seq: 5, position: 1, reason: 'unfoldable', message: 'too large' }]);
  expect(unfolded.redrives).toEqual([]);
  expect(unfolded.bytes).toBeGreaterThan(10);
  expect(await readParkedRow(store, PARTITION, seqKey('parked', 1))).toBeUndefined();
});

describe('a note of lines that were driven again', () => {
  it.each([CACHE_KEY, FOLD_KEY])(
    'stands beside the others, and changes nothing else (%s)',
    async (rowKey) => {
      const before = await read(rowKey);
      await write(before.noted(note(20, [12, 2, 0])));
      await write((await read(rowKey)).noted(note(21, [12, 3, 1])));
      const after = await read(rowKey);
      expect(after.redrives).toEqual([note(20, [12, 2, 0]), note(21, [12, 3, 1])]);
      expect(after.entries).toEqual(before.entries);
      expect(after.bytes).toBeGreaterThan(before.bytes);
      await expect(write(before.noted(note(22)))).rejects.toMatchObject({ failure: 'changed' });
    },
  );

  it('takes nothing from what is left out of an aggregation', async () => {
    for (const rowKey of [CACHE_KEY, FOLD_KEY]) await write((await read(rowKey)).noted(note(20)));
    expect(await parkedLines(store, PARTITION, 12)).toEqual([REFUSED, UNKNOWN]);
    expect(await unfoldedLines(store, PARTITION, 7, 'x~y')).toEqual(UNFOLDED);
  });

  it('says where a line has gone, by batch and position both', async () => {
    await write((await read(CACHE_KEY)).noted(note(20, [12, 2, 5], [13, 3, 6])));
    const row = await read(CACHE_KEY);
    expect(redriveOf(row, { seq: 12, position: 2 })).toEqual({
      note: row.redrives[0],
      place: { seq: 20, position: 5 },
    });
    expect(redriveOf(row, { seq: 13, position: 3 })?.place).toEqual({ seq: 20, position: 6 });
    expect(redriveOf(row, { seq: 12, position: 3 })).toBeUndefined();
    expect(redriveOf(row, { seq: 13, position: 2 })).toBeUndefined();
  });
});

test('rows come in the order of their keys, after the one that was read last, as many as are asked for', async () => {
  const keysAfter = async (after: string, limit = 10) =>
    (await parkedRowsAfter(store, PARTITION, after, limit)).map(({ rowKey }) => rowKey);
  const all = [seqKey('parked', 9), CACHE_KEY, FOLD_KEY];
  expect(await keysAfter('')).toEqual(all);
  expect(await keysAfter('', 2)).toEqual(all.slice(0, 2));
  for (const [index, rowKey] of all.entries()) expect(await keysAfter(rowKey)).toEqual(all.slice(index + 1));
});

test('batches of a range with lines that are parked still', async () => {
  const parked = (from: number, to: number) => openLinesBetween(store, PARTITION, from, to);
  await write(parkedInsert(11, [REFUSED]));
  expect(await parked(9, 12)).toEqual([11, 12]);
  expect(await parked(12, 12)).toEqual([12]);
  expect(await parked(9, 10)).toEqual([]);
  await write((await read(CACHE_KEY)).noted(note(20, [12, 2, 0])));
  expect(await parked(0, 99)).toEqual([11, 12]);
  await write((await read(CACHE_KEY)).noted(note(21, [12, 3, 0])));
  expect(await parked(0, 99)).toEqual([11]);
});

test('a row of lines that did not fold names its run and attempt; the other kind none', () => {
  expect(attemptOfParkedRow(FOLD_KEY)).toEqual({ run: 7, attempt: 'x~y' });
  expect(attemptOfParkedRow(CACHE_KEY)).toBeUndefined();
});
