import { beforeEach, describe, expect, it } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { FaultyTableStore, getOf, writeOf } from '../../test/support/faultyTableStore.ts';
import { logChain } from '../../test/support/logChain.ts';
import {
  adjustmentLine,
  appendLine,
  createLogTables,
  keysOf,
  openWriter,
  PARTITION,
  post,
  postIds,
  sharing64Bits,
} from '../../test/support/logUnderTest.ts';
import type { TableStore } from '../tables/tableStore.ts';
import { batchOf } from './batchRow.ts';
import type { LogWriter } from './logWriter.ts';
import { listLogs } from './logDirectory.ts';
import { ADJUSTMENT_LOG, seqKey } from './rowKeys.ts';
import { readSync } from './syncRow.ts';

const azurite = useAzurite();
let store: TableStore;
let tables: FaultyTableStore;
let writer: LogWriter;

beforeEach(async () => {
  store = azurite.store();
  await createLogTables(store);
  tables = new FaultyTableStore(store);
  ({ writer } = openWriter(tables));
});

const isAppend = writeOf('batch~');
const appends = () => tables.calls.filter(isAppend);
/** The keys that each append wrote. */
const written = () =>
  appends().map((call) => (call.kind === 'transact' ? call.operations.map(({ rowKey }) => rowKey) : []));
const linesOfBatch = async (seq: number) => {
  const row = await store.get(ADJUSTMENT_LOG, PARTITION, seqKey('batch', seq));
  return row && batchOf(row).lines;
};
const expectSoundChain = async (tail: number) => {
  const chain = await logChain(store, PARTITION);
  expect(chain.faults).toEqual([]);
  expect(chain.tail).toBe(tail);
  return chain;
};

/** Posts one request per id while an append is held, so that the next append finds all of them waiting. */
async function whileAppending<Result>(submit: () => Promise<Result>[]): Promise<Result[]> {
  const held = tables.hold(isAppend);
  const first = postIds(writer, 'the one before');
  await held.reached;
  const results = submit();
  held.release();
  await first;
  return Promise.all(results);
}

describe('an append', () => {
  it('is one transaction of batch, ids, state row and head', async () => {
    expect(await postIds(writer, 'a', 'b')).toEqual(['accepted 1.0', 'accepted 1.1']);
    expect(await postIds(writer, 'c')).toEqual(['accepted 2.0']);
    const keys = (seq: number) => [seqKey('batch', seq), seqKey('ids', seq), seqKey('created', seq), 'head'];
    expect(written()).toEqual([keys(1), keys(2)]);
    expect((await keysOf(store)).sort()).toEqual([...new Set([...keys(1), ...keys(2)])].sort());
    expect(await linesOfBatch(1)).toEqual([adjustmentLine('a'), adjustmentLine('b')]);
    await expectSoundChain(2);
  });

  it('updates the head only as it was read, and inserts everything else', async () => {
    await postIds(writer, 'a');
    await postIds(writer, 'b');
    const [first, second] = appends().map((call) => (call.kind === 'transact' ? call.operations : []));
    expect(first?.map(({ kind }) => kind)).toEqual(['insert', 'insert', 'insert', 'insert']);
    expect(second?.map(({ kind }) => kind)).toEqual(['insert', 'insert', 'insert', 'update']);
  });

  it('begins the synchronization of an inline request with the batch', async () => {
    const result = await post(writer, [appendLine('a'), appendLine('b')], true);
    expect(result.sync).toBe(1);
    expect(written()).toEqual([
      [seqKey('batch', 1), seqKey('ids', 1), seqKey('syncing', 1), seqKey('sync', 1), 'head'],
    ]);
    const sync = await readSync(store, PARTITION, 1);
    expect(sync?.state).toMatchObject({ inline: true, calls: [{ from: 0, to: 2, attempts: [] }] });
  });

  it('lists the log before anything is in it', async () => {
    tables.before(isAppend, async () => {
      expect(await listLogs(store, 'env')).toEqual([{ organizationKey: 'usmf', organizationId: 'USMF' }]);
    });
    tables.failBefore(isAppend, 'unreachable');
    await expect(postIds(writer, 'a')).resolves.toEqual(['accepted 1.0']);
    const kinds = tables.calls.filter(({ kind }) => kind === 'transact').map(({ table }) => table);
    expect(kinds).toEqual(['LogDirectory', 'AdjustmentLog']);
  });

  it('is not made when the log cannot be listed', async () => {
    tables.failBefore(writeOf('usmf'), 'unreachable');
    await expect(postIds(writer, 'a')).rejects.toThrow('Table Storage');
    expect(await keysOf(store)).toEqual([]);
    expect(await postIds(writer, 'a')).toEqual(['accepted 1.0']);
  });
});

describe('group commit', () => {
  it('stores many waiting requests in one transaction, each answered with its own lines', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => `id ${index}`);
    const results = await whileAppending(() => ids.map((id) => postIds(writer, id)));
    expect(results).toEqual(ids.map((_, index) => [`accepted 2.${index}`]));
    expect(appends()).toHaveLength(2);
    await expectSoundChain(2);
  });

  it('keeps inline requests in groups of their own, however they are mixed', async () => {
    const inline = [false, true, true, false, true];
    const results = await whileAppending(() =>
      inline.map((isInline, index) => post(writer, [appendLine(`id ${index}`)], isInline)),
    );
    expect(results.map(({ sync }) => sync)).toEqual([undefined, 3, 3, undefined, 3]);
    const states = (await keysOf(store)).filter((key) => /^(created|syncing)~/.test(key));
    expect(states).toEqual([seqKey('created', 1), seqKey('created', 2), seqKey('syncing', 3)]);
  });

  it('cuts groups by count and by bytes', async () => {
    const request = (name: string, count: number, bytes: number) => {
      const lines = Array.from({ length: count }, (_, index) => appendLine(`${name} ${index}`));
      return writer.append({ lines, bytes, inlineSync: false });
    };
    const results = await whileAppending(() => [
      request('a', 3_000, 1),
      request('b', 1_001, 1),
      request('c', 1, 799_999),
      request('d', 1, 1),
    ]);
    const seqs = results.map(({ outcomes }) => outcomes.map((o) => ('seq' in o ? o.seq : 0))[0]);
    expect(seqs).toEqual([2, 3, 3, 4]);
  });

  it('answers nobody before the group is durable, not even duplicates within it', async () => {
    const held = tables.hold(isAppend);
    const answered: string[] = [];
    const first = postIds(writer, 'a');
    await held.reached;
    const next = tables.hold(isAppend);
    const waiting = [postIds(writer, 'b'), postIds(writer, 'b'), postIds(writer, 'a')];
    for (const [index, request] of waiting.entries()) void request.then(() => answered.push(`${index}`));
    held.release();
    await first;
    await next.reached;
    expect(answered).toEqual([]);
    next.release();
    expect(await Promise.all(waiting)).toEqual([['accepted 2.0'], ['duplicate 2.0'], ['duplicate 1.0']]);
  });

  it('rejects all of a group that could not be stored, and goes on with the next one', async () => {
    const held = tables.hold(isAppend);
    const first = postIds(writer, 'a');
    await held.reached;
    const waiting = [postIds(writer, 'b'), postIds(writer, 'b')];
    tables.failBefore(isAppend, 'unreachable');
    held.release();
    await first;
    const results = await Promise.allSettled(waiting);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await postIds(writer, 'b')).toEqual(['accepted 2.0']);
  });
});

describe('an id that is known', () => {
  it('is a duplicate with the same content and a conflict with another', async () => {
    await postIds(writer, 'x', 'a');
    const { outcomes } = await post(writer, [appendLine('a'), appendLine('a', '2'), appendLine('b')]);
    expect(outcomes).toEqual([
      { kind: 'duplicate', seq: 1, position: 1 },
      { kind: 'conflict', seq: 1, position: 1 },
      { kind: 'accepted', seq: 2, position: 0 },
    ]);
  });

  it('is known although today’s settings refuse it; only a new one is refused', async () => {
    await postIds(writer, 'a');
    const { line: _, ...refused } = appendLine('a');
    const { line: __, ...unknown } = appendLine('b');
    const { outcomes } = await post(writer, [refused, unknown]);
    expect(outcomes).toEqual([{ kind: 'duplicate', seq: 1, position: 0 }, { kind: 'refused' }]);
    expect(appends()).toHaveLength(1);
  });

  it('is stored once within one request and within one group', async () => {
    const { outcomes } = await post(writer, [appendLine('a'), appendLine('a'), appendLine('a', '2')]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'duplicate', 'conflict']);
    expect(await linesOfBatch(1)).toHaveLength(1);
    const results = await whileAppending(() => [postIds(writer, 'b', 'c'), postIds(writer, 'c', 'd')]);
    expect(results).toEqual([
      ['accepted 3.0', 'accepted 3.1'],
      ['duplicate 3.1', 'accepted 3.2'],
    ]);
  });

  it('costs no transaction when nothing in the group is new', async () => {
    await postIds(writer, 'a');
    const calls = appends().length;
    expect(await postIds(writer, 'a')).toEqual(['duplicate 1.0']);
    expect(appends()).toHaveLength(calls);
  });

  it('is looked up by what is stored, also by a writer that never saw it', async () => {
    await postIds(writer, 'a', 'b');
    const cold = openWriter(store).writer;
    expect(await postIds(cold, 'b', 'c')).toEqual(['duplicate 1.1', 'accepted 2.0']);
    expect(await cold.identify([appendLine('a', '5'), appendLine('z')])).toEqual([
      { kind: 'known', seq: 1, position: 0, sameContent: false },
      { kind: 'new' },
    ]);
  });
});

describe('two ids that share their first 64 bits', () => {
  it('are told apart, and both stay known', async () => {
    const one = appendLine('one');
    const other = sharing64Bits(one, 'other');
    await post(writer, [one]);
    expect((await post(writer, [other])).outcomes).toEqual([{ kind: 'accepted', seq: 2, position: 0 }]);
    for (const any of [writer, openWriter(store).writer]) {
      expect((await post(any, [other, one])).outcomes).toEqual([
        { kind: 'duplicate', seq: 2, position: 0 },
        { kind: 'duplicate', seq: 1, position: 0 },
      ]);
    }
  });
});

describe('an ids row', () => {
  it('is read again for every answer, and one that cannot be read is never taken for a duplicate', async () => {
    await postIds(writer, 'a');
    tables.failBefore(getOf(seqKey('ids', 1)), 'unreachable');
    await expect(postIds(writer, 'a')).rejects.toMatchObject({
      name: 'DependencyError',
      dependency: 'Table Storage',
    });
    expect(await postIds(writer, 'a')).toEqual(['duplicate 1.0']);
  });
});
