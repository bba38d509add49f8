import { beforeEach, describe, expect, it } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { FaultyTableStore, type TableCall } from '../../test/support/faultyTableStore.ts';
import {
  adjustmentLine,
  createLogTables,
  openWriter,
  PARTITION,
  patientClock,
  postIds,
} from '../../test/support/logUnderTest.ts';
import type { TableStore } from '../tables/tableStore.ts';
import type { BatchToBe, Redrive } from './appendedBatch.ts';
import { batchOf } from './batchRow.ts';
import { idsRowOf } from './idsRow.ts';
import type { LogWriter } from './logWriter.ts';
import { parkedInsert } from './parkedRow.ts';
import { ADJUSTMENT_LOG, seqKey } from './rowKeys.ts';
import { stateOfBatch } from './stateRows.ts';

const azurite = useAzurite();
let store: TableStore;
let tables: FaultyTableStore;
let writer: LogWriter;
const isWrite = (call: TableCall) => call.kind === 'transact' && call.table === ADJUSTMENT_LOG;

beforeEach(async () => {
  store = azurite.store();
  await createLogTables(store);
  tables = new FaultyTableStore(store);
  ({ writer } = openWriter(tables, patientClock()));
  await postIds(writer, 'a', 'b');
});

/** The second line of the first batch, driven again; its note is a row of its own here. */
const redrive = (cached = false): Redrive => ({
  lines: [adjustmentLine('b')],
  origins: [{ seq: 1, position: 1 }],
  cached,
  notes: ({ seq }: BatchToBe) => [parkedInsert(1_000 + seq, [])],
});

async function rowOf(rowKey: string) {
  const row = await store.get(ADJUSTMENT_LOG, PARTITION, rowKey);
  if (row === undefined) throw new Error(`there is no row ${rowKey}`);
  return row;
}

describe('lines that are driven again', () => {
  it('are one transaction: a batch of their own kind, where they came from, and the note', async () => {
    tables.calls.length = 0;
    expect(await writer.redrive(() => Promise.resolve(redrive()))).toBe(2);
    expect(tables.calls.filter(isWrite)).toHaveLength(1);
    expect(batchOf(await rowOf(seqKey('batch', 2)))).toMatchObject({
      kind: 'redrive',
      lines: [adjustmentLine('b')],
    });
    expect(idsRowOf(await rowOf(seqKey('ids', 2)))).toMatchObject({
      lineCount: 0,
      origins: [{ seq: 1, position: 1 }],
    });
    await rowOf(seqKey('parked', 1_002));
    expect(await stateOfBatch(store, PARTITION, 2)).toMatchObject({ state: 'created', lineCount: 1 });
  });

  it('that the cache has applied already begin as posted', async () => {
    await writer.redrive(() => Promise.resolve(redrive(true)));
    const state = await stateOfBatch(store, PARTITION, 2);
    expect(state).toMatchObject({ state: 'posted', lineCount: 1 });
    expect(state?.postedAt).toBe(state?.createdAt);
  });

  it('keep their ids where they were accepted, and the log goes on after them', async () => {
    await writer.redrive(() => Promise.resolve(redrive()));
    expect(await postIds(writer, 'b', 'c')).toEqual(['duplicate 1.1', 'accepted 3.0']);
    expect(await postIds(openWriter(store, patientClock()).writer, 'a', 'b', 'c')).toEqual([
      'duplicate 1.0',
      'duplicate 1.1',
      'duplicate 3.0',
    ]);
  });

  it('are asked for by every try, and not appended when nothing is left to append', async () => {
    tables.failAfter(isWrite);
    let asked = 0;
    const draft = () => Promise.resolve(asked++ === 0 ? redrive() : undefined);
    expect(await writer.redrive(draft)).toBeUndefined();
    expect(asked).toBe(2);
    expect(await postIds(writer, 'd')).toEqual(['accepted 3.0']);
  });

  it('are appended after what another writer has appended meanwhile', async () => {
    await postIds(openWriter(store, patientClock()).writer, 'c');
    expect(await writer.redrive(() => Promise.resolve(redrive()))).toBe(3);
    const { writer: cold } = openWriter(store, patientClock());
    expect(await cold.redrive(() => Promise.resolve({ ...redrive(), notes: () => [] }))).toBe(4);
  });

  it('cost no write when there are none', async () => {
    tables.calls.length = 0;
    expect(await writer.redrive(() => Promise.resolve(undefined))).toBeUndefined();
    expect(tables.calls.filter(isWrite)).toEqual([]);
  });
});
