import { beforeEach, describe, expect, it } from 'vitest';
import { useAzurite } from '../../../local/azurite/testAzurite.ts';
import { FaultyTableStore, getOf, writeOf } from '../../../test/support/faultyTableStore.ts';
import {
  appendLine,
  createLogTables,
  deleteRows,
  editRow,
  keysOf,
  openWriter,
  patientClock,
  post,
  postIds,
  restore,
  rowsOf,
  sharing64Bits,
} from '../../../test/support/logUnderTest.ts';
import type { TableStore } from '../../tables/tableStore.ts';
import type { LogWriter } from '../logWriter.ts';
import { seqKey } from '../rowKeys.ts';

const azurite = useAzurite();
let store: TableStore;
let tables: FaultyTableStore;
let writer: LogWriter;

const IDS = Array.from({ length: 6_000 }, (_, index) => `id ${index}`);

beforeEach(async () => {
  store = azurite.store();
  await createLogTables(store);
  tables = new FaultyTableStore(store);
  ({ writer } = openWriter(tables, patientClock()));
});

const checkpointKeys = async (part = '') =>
  (await keysOf(store)).filter((key) => key.startsWith('checkpoint~') && key.includes(part));
const manifests = () => checkpointKeys('checkpoint~ids~');
const readsOfIds = (reader: FaultyTableStore) =>
  reader.calls.flatMap((call) =>
    call.kind === 'query' && call.range.from.startsWith('ids~') ? [call.range.from] : [],
  );

/** Some batches and a checkpoint over all of them. */
async function checkpointed(): Promise<void> {
  await postIds(writer, ...IDS.slice(0, 3_000));
  await postIds(writer, ...IDS.slice(3_000));
  await postIds(writer, 'last');
  expect(await writer.checkpoints.write(1)).toBe(true);
}

describe('a checkpoint', () => {
  it('is written when enough ids are due, and goes on from the one before', async () => {
    await postIds(writer, 'a', 'b');
    expect(await writer.checkpoints.write(3)).toBe(false);
    expect(await checkpointKeys()).toEqual([]);
    expect(await writer.checkpoints.write(2)).toBe(true);
    expect(await writer.checkpoints.write(1)).toBe(false);
    await postIds(writer, 'c');
    expect(await writer.checkpoints.write(1)).toBe(true);
    expect((await manifests()).map((key) => key.split('~')[2])).toEqual(['000000000001', '000000000002']);
    expect(await postIds(openWriter(store).writer, 'c', 'b', 'a', 'd')).toEqual([
      'duplicate 2.0',
      'duplicate 1.1',
      'duplicate 1.0',
      'accepted 3.0',
    ]);
  });

  it('lets a cold writer know every id, and reads no row that it covers', async () => {
    await checkpointed();
    await postIds(writer, 'after');
    const reader = new FaultyTableStore(store);
    const cold = openWriter(reader).writer;
    const known = await cold.identify([...IDS, 'last', 'after'].map((id) => appendLine(id)));
    expect(known.every(({ kind }) => kind === 'known')).toBe(true);
    expect(readsOfIds(reader)).toEqual([seqKey('ids', 4)]);
    // 6,001 ids stand in two pages, and in three batches.
    expect(reader.calls.filter(({ kind }) => kind === 'get').length).toBeLessThan(20);
    const fresh = await cold.identify(IDS.map((id) => appendLine(`new ${id}`)));
    expect(fresh.every(({ kind }) => kind === 'new')).toBe(true);
  });

  it('lets the writer that wrote it go on, without reading all ids again', async () => {
    await checkpointed();
    tables.calls.length = 0;
    expect(await postIds(writer, 'id 5', 'new')).toEqual(['duplicate 1.5', 'accepted 4.0']);
    expect(readsOfIds(tables)).toEqual([]);
  });

  it('keeps two ids that share 64 bits', async () => {
    const one = appendLine('one');
    const other = sharing64Bits(one, 'other');
    await post(writer, [one]);
    await post(writer, [other]);
    await writer.checkpoints.write(1);
    const { outcomes } = await post(openWriter(store).writer, [other, one]);
    expect(outcomes.map((outcome) => ('seq' in outcome ? `${outcome.kind} ${outcome.seq}` : ''))).toEqual([
      'duplicate 2',
      'duplicate 1',
    ]);
  });

  it('exists by its manifest only, which is written last', async () => {
    await postIds(writer, ...IDS.slice(0, 3_000));
    const parts = [() => writeOf('checkpoint~part~'), () => writeOf('checkpoint~ids~')];
    for (const part of parts) {
      const { writer: failing } = openWriter(tables, patientClock());
      await failing.noticeRewind();
      tables.failBefore(part(), 'unreachable');
      await expect(failing.checkpoints.write(1)).rejects.toMatchObject({ name: 'DependencyError' });
      expect(await manifests()).toEqual([]);
      expect(await postIds(failing, 'id 7')).toEqual(['duplicate 1.7']);
    }
    const written = tables.calls.flatMap((call) => (call.kind === 'transact' ? call.operations : []));
    const { writer: second } = openWriter(tables, patientClock());
    await second.noticeRewind();
    await second.checkpoints.write(1);
    const keys = tables.calls
      .flatMap((call) => (call.kind === 'transact' ? call.operations : []))
      .slice(written.length)
      .map(({ rowKey }) => rowKey);
    expect(keys.findIndex((key) => key.startsWith('checkpoint~ids~'))).toBe(keys.length - 1);
  });

  it('is tried again under another name when its answer is lost', async () => {
    await postIds(writer, 'a');
    tables.failAfter(writeOf('checkpoint~ids~'));
    expect(await writer.checkpoints.write(1)).toBe(true);
    expect(await manifests()).toHaveLength(2);
    expect(await postIds(openWriter(store).writer, 'a')).toEqual(['duplicate 1.0']);
  });
});

describe('a checkpoint for which a range read left a row out', () => {
  it('is not written', async () => {
    for (const id of ['a', 'b', 'c']) await postIds(writer, id);
    let hasHole = false;
    const holed: TableStore = {
      ...store,
      query: async (table, partitionKey, range) => {
        const rows = await store.query(table, partitionKey, range);
        return hasHole ? rows.filter(({ rowKey }) => rowKey !== seqKey('ids', 2)) : rows;
      },
    };
    const { writer: reader } = openWriter(holed, patientClock());
    await reader.noticeRewind();
    hasHole = true;
    await reader.checkpoints.write(1);
    expect(await manifests()).toEqual([]);
    hasHole = false;
    expect(await reader.checkpoints.write(1)).toBe(true);
    expect(await postIds(openWriter(store).writer, 'a', 'b', 'c')).toEqual([
      'duplicate 1.0',
      'duplicate 2.0',
      'duplicate 3.0',
    ]);
  });
});

describe('a checkpoint of which something is', () => {
  it.each(['page', 'filter'])('missing (%s) is passed over, and no id is called new', async (part) => {
    await checkpointed();
    const cold = openWriter(store, patientClock()).writer;
    await cold.noticeRewind();
    await deleteRows(store, ...(await checkpointKeys(`~${part}~`)));
    for (const any of [writer, cold, openWriter(store, patientClock()).writer])
      expect(await postIds(any, 'id 3', 'last')).toEqual(['duplicate 1.3', 'duplicate 3.0']);
  });

  it.each(['page', 'filter'])('damaged (%s) is passed over, and no id is called new', async (part) => {
    await checkpointed();
    const cold = openWriter(store, patientClock()).writer;
    await cold.noticeRewind();
    for (const key of await checkpointKeys(`~${part}~`))
      await editRow(store, key, { d0: new Uint8Array(64) });
    for (const any of [writer, cold, openWriter(store, patientClock()).writer])
      expect(await postIds(any, 'id 3', 'last')).toEqual(['duplicate 1.3', 'duplicate 3.0']);
  });

  it('unreadable makes the request fail, and never calls an id new', async () => {
    await checkpointed();
    const [page] = await checkpointKeys('~page~');
    const isPage = (key: string) => key.includes('~page~');
    tables.failBefore((call) => call.kind === 'get' && isPage(call.rowKey), 'unreachable');
    await expect(postIds(writer, 'last')).rejects.toMatchObject({ name: 'DependencyError' });
    await editRow(store, page ?? '', { v: 2 });
    const [other] = (await checkpointKeys('~page~')).slice(1);
    await editRow(store, other ?? '', { v: 2 });
    await expect(postIds(openWriter(store).writer, 'last')).rejects.toThrow('has v 2');
    expect(await postIds(writer, 'new')).toEqual(['accepted 4.0']);
  });
});

it('a checkpoint whose last batch is of an unknown version stops appends', async () => {
  await postIds(writer, 'a');
  await writer.checkpoints.write(1);
  await editRow(store, seqKey('ids', 1), { v: 2 });
  const before = await keysOf(store);
  await expect(postIds(openWriter(store).writer, 'b')).rejects.toThrow('has v 2');
  expect(await keysOf(store)).toEqual(before);
});

describe('a checkpoint after a rewind', () => {
  it('of the time that was undone is passed over', async () => {
    await postIds(writer, 'a');
    const past = await rowsOf(store);
    await postIds(writer, 'b');
    await writer.checkpoints.write(1);
    const stale = (await rowsOf(store)).filter(({ rowKey }) => rowKey.startsWith('checkpoint~'));
    await restore(store, [...past, ...stale]);
    expect(await postIds(openWriter(store).writer, 'b', 'a')).toEqual(['accepted 2.0', 'duplicate 1.0']);
    expect(await postIds(openWriter(store).writer, 'b', 'c')).toEqual(['duplicate 2.0', 'accepted 3.0']);
    expect(await postIds(writer, 'c', 'd')).toEqual(['duplicate 3.0', 'accepted 4.0']);
  });

  it('whose batch another one has replaced is passed over, and the rewind is noticed', async () => {
    await postIds(writer, 'a');
    const past = await rowsOf(store);
    await postIds(writer, 'b');
    await writer.checkpoints.write(1);
    const stale = (await rowsOf(store)).filter(({ rowKey }) => rowKey.startsWith('checkpoint~'));
    await restore(store, [...past, ...stale]);
    expect(await postIds(openWriter(store).writer, 'x')).toEqual(['accepted 2.0']);
    expect(await postIds(openWriter(store).writer, 'b', 'x')).toEqual(['accepted 3.0', 'duplicate 2.0']);
    expect(await writer.noticeRewind()).toBe(true);
  });

  it('is not written by a writer whose batches were replaced, and it still notices', async () => {
    await postIds(writer, 'a');
    const past = await rowsOf(store);
    await postIds(writer, 'b');
    await restore(store, past);
    await postIds(openWriter(store).writer, 'x');
    await writer.checkpoints.write(1);
    expect(await manifests()).toEqual([]);
    expect(await writer.noticeRewind()).toBe(true);
    expect(await postIds(writer, 'b', 'x')).toEqual(['accepted 3.0', 'duplicate 2.0']);
  });

  it('that went back while it was written is noticed by the writer that wrote it', async () => {
    await postIds(writer, 'a');
    const past = await rowsOf(store);
    await postIds(writer, 'b');
    tables.before(getOf('head'), async () => {
      const own = (await rowsOf(store)).filter(({ rowKey }) => rowKey.startsWith('checkpoint~'));
      await restore(store, [...past, ...own]);
      await postIds(openWriter(store).writer, 'x');
    });
    await writer.checkpoints.write(1);
    expect(await writer.noticeRewind()).toBe(true);
    expect(await postIds(writer, 'b')).toEqual(['accepted 3.0']);
  });
});

it('a checkpoint and appends at the same time do not disturb each other', async () => {
  await postIds(writer, 'a');
  const work = [];
  for (let round = 0; round < 5; round++) {
    work.push(postIds(writer, `id ${round}`, 'a'), writer.checkpoints.write(1));
    await work.at(-2);
  }
  await Promise.all(work);
  const all = ['a', 'id 0', 'id 1', 'id 2', 'id 3', 'id 4'];
  const known = await openWriter(store).writer.identify(all.map((id) => appendLine(id)));
  expect(known.map(({ kind }) => kind)).toEqual(all.map(() => 'known'));
});
