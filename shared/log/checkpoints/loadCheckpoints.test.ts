import { beforeEach, describe, expect, it } from 'vitest';
import { createLogTables, PARTITION } from '../../../test/support/logUnderTest.ts';
import { FaultyTableStore, writeOf } from '../../../test/support/faultyTableStore.ts';
import { MemoryTables, memoryTableStore } from '../../../test/simulator/memoryTableStore.ts';
import type { TableStore } from '../../tables/tableStore.ts';
import { idsInsert, newIdsRow } from '../idsRow.ts';
import { ADJUSTMENT_LOG } from '../rowKeys.ts';
import { layoutFor } from './checkpointLayout.ts';
import { segmentsOf } from './idSegment.ts';
import { deleteParts, findLeftovers } from './leftovers.ts';
import { loadCheckpoints } from './loadCheckpoints.ts';
import { LoadedCheckpoint, readFilter } from './loadedCheckpoint.ts';
import {
  type CheckpointManifest,
  deleteManifest,
  insertManifest,
  newestCheckpointAfter,
  readManifests,
  type StoredManifest,
} from './manifest.ts';
import { writeCheckpoint } from './writeCheckpoint.ts';

let store: TableStore;

beforeEach(async () => {
  let now = 1_700_000_000_000;
  store = memoryTableStore(new MemoryTables(() => (now += 1)));
  await createLogTables(store);
});

/** The high words of the hashes of many ids, spread over the pages. */
const spread = (id: number) => Math.imul(id, 0x9e37_79b1) >>> 0;

/** A checkpoint `c<seq>` of the batch `seq`, of so many ids, whose hashes are (0, 1), (0, 2), …; and the batch. */
async function checkpoint(seq: number, ids: number, work = '', highOf = (_id: number) => 0): Promise<void> {
  const batch = idsInsert(newIdsRow(seq, `b${seq}`, `b${seq - 1}`, []));
  await store.transact(ADJUSTMENT_LOG, PARTITION, [batch]);
  const segments = segmentsOf(layoutFor(ids), (add) => {
    for (let id = 1; id <= ids; id++) add(highOf(id), id, seq);
  });
  const draft = { id: `c${seq}`, fromSeq: seq - 1, toSeq: seq, batchId: `b${seq}`, ids };
  await writeCheckpoint(store, PARTITION, draft, { segment: (_, number) => segments[number]!, work });
}

async function manifestOf(id: string): Promise<StoredManifest> {
  const manifest = (await readManifests(store, PARTITION)).find((one) => one.id === id);
  if (manifest === undefined) throw new Error(`there is no checkpoint ${id}`);
  return manifest;
}

describe('the filters in memory', () => {
  const load = (filterBudget: number, known: readonly LoadedCheckpoint[] = []) =>
    loadCheckpoints(store, PARTITION, {
      damaged: new Set(),
      known: new Map(known.map((one) => [one.id, one])),
      filterBudget,
    });
  const filtered = (loaded: readonly LoadedCheckpoint[]) => loaded.map(({ hasFilter }) => hasFilter);

  beforeEach(async () => {
    await checkpoint(1, 200);
    await checkpoint(2, 1);
    await checkpoint(3, 100);
  });

  it('are those of the smallest checkpoints, as many as fit', async () => {
    const [large, small, middle] = await Promise.all(
      ['c1', 'c2', 'c3'].map(async (id) => (await manifestOf(id)).filterBytes ?? 0),
    );
    if (!large || !small || !middle) throw new Error('a filter is empty');
    expect(filtered(await load(large + small + middle))).toEqual([true, true, true]);
    expect(filtered(await load(large + small + middle - 1))).toEqual([false, true, true]);
    expect(filtered(await load(small + middle - 1))).toEqual([false, true, false]);
    expect(filtered(await load(0))).toEqual([false, false, false]);
  });

  it('count two bytes an id where the manifest does not say how large they are', async () => {
    const old = async (seq: number): Promise<void> => {
      const { filterBytes: _, writtenAt: __, ...manifest } = await manifestOf(`c${seq}`);
      await deleteManifest(store, PARTITION, manifest);
      await insertManifest(store, PARTITION, manifest);
    };
    for (const seq of [1, 2, 3]) await old(seq);
    expect(filtered(await load(2 * (200 + 1 + 100)))).toEqual([true, true, true]);
    expect(filtered(await load(2 * (200 + 1 + 100) - 1))).toEqual([false, true, true]);
  });

  it('are kept when they are known, and let go when they do not fit any more', async () => {
    const first = await load(1_000_000);
    const again = await load(1_000_000, first);
    expect(again.every((one, index) => one === first[index])).toBe(true);
    expect(filtered(await load(0, first))).toEqual([false, false, false]);
  });

  it('save reads only: without one every id is looked for in its page', async () => {
    for (const budget of [0, 1_000_000]) {
      const [loaded] = await load(budget);
      expect(loaded?.mayHave(0, 200)).toBe(true);
      expect(loaded?.mayHave(0x8000_0000, 7)).toBe(budget === 0);
      expect(await loaded?.seqsOf(0, 200, new Map())).toEqual([1]);
      expect(await loaded?.seqsOf(0, 201, new Map())).toEqual([]);
    }
  });

  it('take memory, and so do the hashes of the pages', async () => {
    const { filterBytes = 0 } = await manifestOf('c1');
    expect((await load(0))[0]?.bytes).toBe(8);
    expect((await load(1_000_000))[0]?.bytes).toBe(8 + filterBytes);
  });
});

describe('a filter', () => {
  const read = (changes: Partial<CheckpointManifest>) =>
    manifestOf('c1').then((manifest) => readFilter(store, PARTITION, { ...manifest, ...changes }));

  it('of several rows is put together, whether its size is known or not', async () => {
    await checkpoint(1, 160_001, '', spread);
    const { filterRows, filterBytes = 0, ...manifest } = await manifestOf('c1');
    const { filterBytes: _, ...old } = { filterBytes, ...manifest };
    expect(filterRows).toBe(2);
    for (const one of [{ ...manifest, filterBytes }, old]) {
      const filter = await readFilter(store, PARTITION, { ...one, filterRows });
      expect(filter?.words.byteLength).toBe(filterBytes);
      const known = [1, 2, 160_001].map((id) => filter?.mayHave(spread(id), id));
      expect([...known, filter?.mayHave(0xffff_ffff, 3)]).toEqual([true, true, true, false]);
    }
  });

  it('that is not what was written is none', async () => {
    await checkpoint(1, 200);
    const { filterBytes = 0, filterHash } = await manifestOf('c1');
    expect(await read({})).toBeDefined();
    expect(await read({ filterHash: Buffer.alloc(8).toString('base64') })).toBeUndefined();
    expect(await read({ filterBytes: filterBytes + 64 })).toBeUndefined();
    expect(await read({ filterRows: 0, filterBytes: 0, filterHash })).toBeUndefined();
    expect(await read({ filterRows: 2 })).toBeUndefined();
  });
});

it('a page that is gone names itself, its checkpoint and how far that reaches', async () => {
  await checkpoint(1, 1);
  await store.transact(ADJUSTMENT_LOG, PARTITION, [
    { kind: 'delete', rowKey: 'checkpoint~part~c1~page~00000000' },
  ]);
  const loaded = new LoadedCheckpoint(store, PARTITION, await manifestOf('c1'), undefined);
  await expect(loaded.seqsOf(0, 1, new Map())).rejects.toMatchObject({
    name: 'CheckpointDamagedError',
    message: 'Page 0 of the id checkpoint c1 (up to batch 1) is missing or damaged.',
    checkpointId: 'c1',
  });
});

describe('parts without a manifest', () => {
  it('are found by checkpoint, with what they were to be made of and when they were written last', async () => {
    await checkpoint(1, 1, 'a merge');
    await checkpoint(2, 1);
    await checkpoint(3, 1);
    const found = await findLeftovers(store, PARTITION, new Set(['c3']));
    expect(found.map(({ id, work }) => [id, work])).toEqual([
      ['c1', 'a merge'],
      ['c2', ''],
    ]);
    const row = await store.get(ADJUSTMENT_LOG, PARTITION, 'checkpoint~part~c1~page~00000000');
    if (row === undefined) throw new Error('there is no page');
    const { rowKey, properties, etag } = row;
    await store.transact(ADJUSTMENT_LOG, PARTITION, [{ kind: 'update', rowKey, properties, etag }]);
    const touched = await store.get(ADJUSTMENT_LOG, PARTITION, rowKey);
    const [first] = await findLeftovers(store, PARTITION, new Set(['c2', 'c3']));
    expect(first?.writtenAt).toBe(touched?.timestamp);
    expect(touched?.timestamp).toBeGreaterThan(row.timestamp);
  });

  it('are deleted unless another instance is at it; any other failure is told', async () => {
    await checkpoint(1, 1);
    await checkpoint(2, 1);
    const tables = new FaultyTableStore(store);
    tables.failBefore(writeOf('checkpoint~part~'), 'missing');
    await deleteParts(tables, PARTITION, 'c1');
    tables.failBefore(writeOf('checkpoint~part~'), 'unknown');
    await expect(deleteParts(tables, PARTITION, 'c1')).rejects.toThrow('simulated: unknown');
    await deleteParts(tables, PARTITION, 'c1');
    expect((await findLeftovers(store, PARTITION, new Set())).map(({ id }) => id)).toEqual(['c2']);
  });
});

describe('a manifest', () => {
  it('is deleted once, and that it is gone already is no failure; any other failure is told', async () => {
    await checkpoint(1, 1);
    const manifest = await manifestOf('c1');
    const tables = new FaultyTableStore(store);
    tables.failBefore(writeOf('checkpoint~ids~'), 'unknown');
    await expect(deleteManifest(tables, PARTITION, manifest)).rejects.toThrow('simulated: unknown');
    await deleteManifest(tables, PARTITION, manifest);
    expect(await readManifests(store, PARTITION)).toEqual([]);
    await deleteManifest(tables, PARTITION, manifest);
  });

  it('is looked for after a batch', async () => {
    for (const seq of [1, 2]) await checkpoint(seq, 1);
    expect(await Promise.all([0, 1, 2].map((seq) => newestCheckpointAfter(store, PARTITION, seq)))).toEqual([
      2,
      2,
      undefined,
    ]);
  });
});
