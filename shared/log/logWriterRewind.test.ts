import { beforeEach, describe, expect, it } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { FaultyTableStore, getOf, queryFrom, writeOf } from '../../test/support/faultyTableStore.ts';
import { logChain } from '../../test/support/logChain.ts';
import {
  appendLine,
  createLogTables,
  deleteRows,
  openWriter,
  PARTITION,
  patientClock,
  post,
  postIds,
  restore,
  rowsOf,
  type TestWriter,
} from '../../test/support/logUnderTest.ts';
import type { Row, TableStore } from '../tables/tableStore.ts';
import { headOf } from './headRow.ts';
import { listLogs } from './logDirectory.ts';
import { ADJUSTMENT_LOG, HEAD_KEY, LOG_DIRECTORY, seqKey } from './rowKeys.ts';

const azurite = useAzurite();
let store: TableStore;
let tables: FaultyTableStore;
let warm: TestWriter;
/** The log as it was after its first two batches, of ids `a` and `b`. */
let past: Row[];
let epoch: string;

beforeEach(async () => {
  store = azurite.store();
  await createLogTables(store);
  tables = new FaultyTableStore(store);
  warm = openWriter(tables, patientClock());
  await postIds(warm.writer, 'a');
  await postIds(warm.writer, 'b');
  past = await rowsOf(store);
  epoch = (await head()).epoch;
  await postIds(warm.writer, 'c');
  await postIds(warm.writer, 'd');
});

async function head() {
  const row = await store.get(ADJUSTMENT_LOG, PARTITION, HEAD_KEY);
  if (row === undefined) throw new Error('the log has no head');
  return headOf(row);
}

/** Held in a new epoch, chain intact. */
async function expectHeld(tail: number): Promise<void> {
  const { epoch: now, releasedEpoch } = await head();
  expect(now).not.toBe(epoch);
  expect(releasedEpoch).not.toBe(now);
  expect(warm.errors).toHaveLength(1);
  expect(await openWriter(store).writer.noticeRewind()).toBe(true);
  const chain = await logChain(store, PARTITION);
  expect(chain.faults).toEqual([]);
  expect(chain.tail).toBe(tail);
}

describe('a log that never went back', () => {
  it('is not held, for writers old and new', async () => {
    const cold = openWriter(store).writer;
    expect(await cold.noticeRewind()).toBe(false);
    expect(await warm.writer.noticeRewind()).toBe(false);
    expect(await warm.writer.release()).toBe(false);
    expect((await head()).epoch).toBe(epoch);
    expect(
      await openWriter(azurite.store())
        .writer.noticeRewind()
        .catch(() => 'no table'),
    ).not.toBe(true);
  });
});

describe('a warm writer whose log went back in time', () => {
  beforeEach(async () => {
    await restore(store, past);
  });

  it('calls nothing that is gone a duplicate, and accepts it again', async () => {
    expect(await postIds(warm.writer, 'd', 'a', 'c')).toEqual([
      'accepted 3.0',
      'duplicate 1.0',
      'accepted 3.1',
    ]);
    await expectHeld(3);
  });

  it('notices it also when it posts only what is gone', async () => {
    expect(await postIds(warm.writer, 'd')).toEqual(['accepted 3.0']);
    await expectHeld(3);
  });

  it('notices it also when it posts only what is new', async () => {
    expect(await postIds(warm.writer, 'e')).toEqual(['accepted 3.0']);
    await expectHeld(3);
  });

  it('notices it without posting, and holds until it is released', async () => {
    expect(await warm.writer.noticeRewind()).toBe(true);
    expect(await warm.writer.noticeRewind()).toBe(true);
    await expectHeld(2);
    expect(await warm.writer.release()).toBe(true);
    expect(await warm.writer.noticeRewind()).toBe(false);
    expect(await openWriter(store).writer.noticeRewind()).toBe(false);
    expect(await warm.writer.release()).toBe(false);
    expect(await postIds(warm.writer, 'e')).toEqual(['accepted 3.0']);
    expect(await warm.writer.noticeRewind()).toBe(false);
  });

  it('does not release what the releasing itself has noticed', async () => {
    expect(await warm.writer.release()).toBe(false);
    await expectHeld(2);
    expect(await warm.writer.release()).toBe(true);
  });

  it('does not release another rewind that is noticed meanwhile', async () => {
    await warm.writer.noticeRewind();
    tables.before(writeOf(HEAD_KEY), async () => {
      await restore(store, past);
      const other = openWriter(store).writer;
      await postIds(other, 'x');
    });
    expect(await warm.writer.release()).toBe(false);
    expect(await warm.writer.noticeRewind()).toBe(true);
  });

  it('notices a rewind that undid nothing but the hold', async () => {
    await warm.writer.noticeRewind();
    await restore(store, past);
    expect(await openWriter(store).writer.noticeRewind()).toBe(false);
    expect(await warm.writer.noticeRewind()).toBe(true);
    expect(await openWriter(store).writer.noticeRewind()).toBe(true);
  });

  it('notices that another one’s hold was undone', async () => {
    const other = openWriter(store).writer;
    await other.noticeRewind();
    await warm.writer.noticeRewind();
    await other.noticeRewind();
    await restore(store, past);
    expect(await other.noticeRewind()).toBe(true);
  });

  it('says that it released also when the answer to that was lost', async () => {
    await warm.writer.noticeRewind();
    tables.failAfter(writeOf(HEAD_KEY));
    expect(await warm.writer.release()).toBe(true);
    expect(await warm.writer.noticeRewind()).toBe(false);
  });

  it('can be released by another instance', async () => {
    await warm.writer.noticeRewind();
    expect(await openWriter(store).writer.release()).toBe(true);
    expect(await warm.writer.noticeRewind()).toBe(false);
  });

  it.each([
    ['ids', queryFrom('ids~')],
    ['checkpoints', queryFrom('checkpoint~')],
    ['head', getOf(HEAD_KEY)],
    ['proof', getOf(seqKey('ids', 4))],
    ['new epoch', writeOf(HEAD_KEY)],
  ])('still knows it when the reading of the %s fails meanwhile', async (what, matches) => {
    // The first read of the ids notices, the second one rebuilds.
    const skipped = what === 'ids' ? 1 : 0;
    let seen = 0;
    tables.failBefore((call) => matches(call) && ++seen > skipped);
    expect(await warm.writer.noticeRewind()).toBe(true);
    await expectHeld(2);
  });

  it('notices it when another writer went on from the earlier tail, to the same length', async () => {
    const other = openWriter(store).writer;
    expect(await postIds(other, 'x')).toEqual(['accepted 3.0']);
    expect(await postIds(other, 'y')).toEqual(['accepted 4.0']);
    expect(await other.noticeRewind()).toBe(false);
    expect(await postIds(warm.writer, 'd', 'x')).toEqual(['accepted 5.0', 'duplicate 3.0']);
    await expectHeld(5);
  });

  it('notices it when another writer went on from the earlier tail, and farther', async () => {
    const other = openWriter(store).writer;
    for (const id of ['x', 'y', 'z']) await postIds(other, id);
    expect(await postIds(warm.writer, 'd', 'c', 'z')).toEqual([
      'accepted 6.0',
      'accepted 6.1',
      'duplicate 5.0',
    ]);
    await expectHeld(6);
  });
});

describe('a rewind between two tries of one request', () => {
  it.each([false, true])(
    'leaves nothing of what the first try read (other checkpoint: %s)',
    async (isCovered) => {
      tables.before(writeOf('batch~'), async () => {
        await restore(store, past);
        const other = openWriter(store).writer;
        await postIds(other, 'x');
        await post(other, [appendLine('y'), appendLine('d', '2')]);
        if (isCovered) await other.checkpoints.write(1);
      });
      const { outcomes } = await post(warm.writer, [appendLine('d'), appendLine('c'), appendLine('e')]);
      expect(outcomes).toEqual([
        { kind: 'conflict', seq: 4, position: 1 },
        { kind: 'accepted', seq: 5, position: 0 },
        { kind: 'accepted', seq: 5, position: 1 },
      ]);
      await expectHeld(5);
    },
  );
});

describe('a log that lost everything', () => {
  it('begins anew and held, and is listed again', async () => {
    await deleteRows(store, ...(await rowsOf(store)).map(({ rowKey }) => rowKey));
    await store.transact(LOG_DIRECTORY, 'env', [{ kind: 'delete', rowKey: 'usmf' }]);
    expect(await postIds(warm.writer, 'a', 'e')).toEqual(['accepted 1.0', 'accepted 1.1']);
    expect(await listLogs(store, 'env')).toHaveLength(1);
    await expectHeld(1);
    expect(await warm.writer.release()).toBe(true);
  });

  it('is held also when the answer to its first append is lost', async () => {
    await deleteRows(store, ...(await rowsOf(store)).map(({ rowKey }) => rowKey));
    tables.failAfter(writeOf('batch~'));
    expect(await postIds(warm.writer, 'a')).toEqual(['duplicate 1.0']);
    await expectHeld(1);
  });
});

describe('a log with a hole', () => {
  it('takes nothing and calls nothing a duplicate', async () => {
    await deleteRows(store, seqKey('ids', 2));
    for (const { writer } of [warm, openWriter(store)]) {
      await expect(postIds(writer, 'b')).rejects.toMatchObject({ name: 'DependencyError' });
    }
    await expect(postIds(openWriter(store).writer, 'd')).rejects.toMatchObject({ name: 'DependencyError' });
  });
});
