import { beforeEach, describe, expect, it } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { FaultyTableStore, getOf } from '../../test/support/faultyTableStore.ts';
import {
  appendLine,
  createLogTables,
  deleteRows,
  openWriter,
  PARTITION,
  postIds,
  restore,
  rowsOf,
} from '../../test/support/logUnderTest.ts';
import { systemEntropy } from '../runtime/systemRuntime.ts';
import type { Row, TableOperation, TableStore } from '../tables/tableStore.ts';
import { readManifests } from './checkpoints/manifest.ts';
import { headProperties } from './headRow.ts';
import { IdIndex } from './idIndex.ts';
import { idsInsert, type IdsRow, newIdsRow, NO_BATCH } from './idsRow.ts';
import { RecentIds } from './recentIds.ts';
import { ADJUSTMENT_LOG, HEAD_KEY, seqKey } from './rowKeys.ts';

const azurite = useAzurite();
let store: TableStore;
let tables: FaultyTableStore;
let index: IdIndex;

beforeEach(async () => {
  store = azurite.store();
  await createLogTables(store);
  tables = new FaultyTableStore(store);
  index = open();
});

const open = () => new IdIndex(tables, PARTITION, systemEntropy, 1_000_000);
const digestOf = (id: string) => appendLine(id).digest;
const seqsOf = (any: IdIndex, id: string) => any.seqsOf(digestOf(id), new Map());
const post = (...ids: string[]) => postIds(openWriter(store).writer, ...ids);
const coveredBy = async () => (await readManifests(store, PARTITION)).map(({ toSeq }) => toSeq);
const readsOf = (prefix: string) =>
  tables.calls.flatMap((call) =>
    call.kind === 'query' && call.range.from.startsWith(prefix) ? [call.range.from] : [],
  );

/** A log of so many batches of one id each, put there at once. */
async function longLog(batches: number): Promise<void> {
  const operations = Array.from({ length: batches }, (_, before): TableOperation => {
    const seq = before + 1;
    const previous = before === 0 ? NO_BATCH : `batch ${before}`;
    return idsInsert(newIdsRow(seq, `batch ${seq}`, previous, [appendLine(`id ${seq}`)]));
  });
  const head = { tail: batches, batchId: `batch ${batches}`, epoch: 'e', releasedEpoch: 'e' };
  operations.push({ kind: 'insert', rowKey: HEAD_KEY, properties: headProperties(head) });
  for (let start = 0; start < operations.length; start += 100)
    await store.transact(ADJUSTMENT_LOG, PARTITION, operations.slice(start, start + 100));
}

describe('what the index knows', () => {
  it('is an id that was posted, and no other one, asked of memory alone', async () => {
    await post('a');
    await index.catchUp();
    expect(await index.writeCheckpoint()).toBe(true);
    await post('b');
    const covered = open();
    for (const any of [index, covered]) {
      await any.catchUp();
      tables.calls.length = 0;
      expect(['a', 'b', 'c', 'd'].map((id) => any.mayHave(digestOf(id)))).toEqual([true, true, false, false]);
      expect(tables.calls).toEqual([]);
      expect(await Promise.all(['a', 'b', 'c'].map((id) => seqsOf(any, id)))).toEqual([[1], [2], []]);
    }
    expect([index.recentCount, covered.recentCount]).toEqual([2, 1]);
  });

  it('takes the memory of its recent ids, and of the filters of its checkpoints', async () => {
    const alone = new RecentIds().bytes;
    await post('a');
    await index.catchUp();
    expect(index.bytes).toBe(alone);
    await index.writeCheckpoint();
    const covered = open();
    await covered.catchUp();
    expect(covered.bytes).toBeGreaterThan(alone);
    covered.evict();
    expect(covered.bytes).toBe(alone);
  });

  it('asks only such checkpoints for an id that may hold it', async () => {
    for (const id of ['a', 'b']) {
      await post(id);
      index = open();
      await index.catchUp();
      await index.writeCheckpoint();
    }
    const covered = open();
    await covered.catchUp();
    tables.calls.length = 0;
    expect(await seqsOf(covered, 'b')).toEqual([2]);
    expect(tables.calls).toHaveLength(1);
  });

  it('grows by the batch that follows, and by no other one', async () => {
    await post('a');
    await index.catchUp();
    const next = (seq: number, previous: string) => newIdsRow(seq, 'x', previous, [appendLine('x')]);
    const refusal = `of the log ${PARTITION}.`;
    expect(() => index.extend(next(3, index.tailBatchId))).toThrow(
      `Batch 3 does not follow batch 1 ${refusal}`,
    );
    expect(() => index.extend(next(2, 'another'))).toThrow(`Batch 2 does not follow batch 1 ${refusal}`);
    expect(index.mayHave(digestOf('x'))).toBe(false);
    index.extend(next(2, index.tailBatchId));
    expect([index.tail, index.tailBatchId, index.mayHave(digestOf('x'))]).toEqual([2, 'x', true]);
  });
});

describe('catching up', () => {
  it('reads a long log in one go, and hands on the rows that it wants to hand on at most', async () => {
    await longLog(600);
    const rowsRead = new Map<number, IdsRow>();
    expect((await index.catchUp(rowsRead)).head).toMatchObject({ tail: 600 });
    expect(tables.calls.filter(getOf(HEAD_KEY))).toHaveLength(1);
    expect(readsOf('ids~')).toEqual([1, 101, 201, 301, 401, 501, 601].map((seq) => seqKey('ids', seq)));
    expect([...rowsRead.keys()]).toEqual(Array.from({ length: 500 }, (_, before) => before + 1));
    expect([index.recentCount, index.mayHave(digestOf('id 600'))]).toEqual([600, true]);
  });

  it('goes on where it was when the log has grown meanwhile', async () => {
    await post('a');
    tables.before(getOf(HEAD_KEY), () => post('b'));
    expect(await index.catchUp()).toMatchObject({ head: { tail: 2 }, rewound: false });
    expect(readsOf('ids~')).toEqual([seqKey('ids', 1), seqKey('ids', 2)]);
  });

  it('goes on before a row that a read left out', async () => {
    for (const id of ['a', 'b', 'c']) await post(id);
    let reads = 0;
    const holed: TableStore = {
      ...store,
      query: async (table, partitionKey, range) => {
        const rows = await tables.query(table, partitionKey, range);
        const isHoled = range.from.startsWith('ids~') && ++reads === 1;
        return isHoled ? rows.filter(({ rowKey }) => rowKey !== seqKey('ids', 2)) : rows;
      },
    };
    const reader = new IdIndex(holed, PARTITION, systemEntropy, 1_000_000);
    expect(await reader.catchUp()).toMatchObject({ head: { tail: 3 } });
    expect(readsOf('ids~')).toEqual([seqKey('ids', 1), seqKey('ids', 2)]);
  });

  it('gives up on a log with a hole that stays, and names the log', async () => {
    for (const id of ['a', 'b', 'c']) await post(id);
    await deleteRows(store, seqKey('ids', 2));
    await expect(index.catchUp()).rejects.toThrow(
      `Table Storage: the log ${PARTITION} did not hold still for 50 reads`,
    );
  });

  it('takes a log that was empty, and begins after its index was dropped, for no rewind', async () => {
    expect(await index.catchUp()).toEqual({ head: undefined, rewound: false });
    index.evict();
    expect(await index.headSinceEviction()).toBeUndefined();
    await post('a');
    expect(await index.catchUp()).toMatchObject({ head: { tail: 1 }, rewound: false });
  });

  it('notices after an eviction that the whole log is gone', async () => {
    await post('a');
    await index.catchUp();
    index.evict();
    expect(await index.headSinceEviction()).toMatchObject({ tail: 1 });
    await deleteRows(store, ...(await rowsOf(store)).map(({ rowKey }) => rowKey));
    expect(await index.headSinceEviction()).toBeUndefined();
    expect(await index.catchUp()).toEqual({ head: undefined, rewound: true });
  });
});

describe('a checkpoint of the index', () => {
  let past: Row[];

  beforeEach(async () => {
    await post('a');
    past = await rowsOf(store);
    await post('b');
    await index.catchUp();
  });

  it('covers what the index knows, also when another instance has appended more', async () => {
    await post('c');
    expect(await index.writeCheckpoint()).toBe(true);
    expect(await coveredBy()).toEqual([2]);
  });

  it('is not written when nothing stands after the one before', async () => {
    await index.writeCheckpoint();
    index.drop();
    await index.catchUp();
    expect(await index.writeCheckpoint()).toBe(false);
    expect(await coveredBy()).toEqual([2]);
  });

  it.each([1, 2])('is not written when storage does not hold batch %i any more', async (seq) => {
    await deleteRows(store, seqKey('ids', seq));
    expect(await index.writeCheckpoint()).toBe(false);
    expect(await coveredBy()).toEqual([]);
  });

  it('is not written when storage has another batch there', async () => {
    await restore(store, past);
    await post('x');
    expect(await index.writeCheckpoint()).toBe(false);
    expect(await coveredBy()).toEqual([]);
  });
});

describe('checkpoints of others', () => {
  it('are of no interest to an index that is not loaded', async () => {
    expect(await index.prefetchCheckpoints()).toBe(false);
    expect(tables.calls).toEqual([]);
  });

  it('are loaded once, where they reach further', async () => {
    await post('a');
    const other = open();
    for (const any of [index, other]) await any.catchUp();
    tables.calls.length = 0;
    expect(await index.prefetchCheckpoints()).toBe(false);
    expect(tables.calls).toHaveLength(1);
    await other.writeCheckpoint();
    expect(await index.prefetchCheckpoints()).toBe(true);
    expect(index.recentCount).toBe(1);
    index.drop();
    tables.calls.length = 0;
    await index.catchUp();
    expect(index.recentCount).toBe(0);
    expect(tables.calls.some((call) => call.kind === 'get' && call.rowKey.includes('~filter~'))).toBe(false);
    expect(await index.prefetchCheckpoints()).toBe(false);
  });
});
