import { beforeEach, describe, expect, it } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { FaultyTableStore, getOf, writeOf } from '../../test/support/faultyTableStore.ts';
import {
  appendLine,
  createLogTables,
  LOG,
  openWriter,
  PARTITION,
  patientClock,
  post,
  postIds,
  restore,
  rowsOf,
  type TestWriter,
} from '../../test/support/logUnderTest.ts';
import { systemEntropy } from '../runtime/systemRuntime.ts';
import type { Row, TableStore } from '../tables/tableStore.ts';
import { LogWriter } from './logWriter.ts';
import { HEAD_KEY, LOG_DIRECTORY, seqKey } from './rowKeys.ts';

const azurite = useAzurite();
let store: TableStore;
let tables: FaultyTableStore;
let warm: TestWriter;

beforeEach(async () => {
  store = azurite.store();
  await createLogTables(store);
  tables = new FaultyTableStore(store);
  warm = openWriter(tables, patientClock());
  await postIds(warm.writer, 'a');
  tables.calls.length = 0;
});

describe('what a writer asks of storage', () => {
  it('is one transaction for a batch of new ids, once it knows the log', async () => {
    expect(await postIds(warm.writer, 'b')).toEqual(['accepted 2.0']);
    expect(await postIds(warm.writer, 'c')).toEqual(['accepted 3.0']);
    expect(tables.calls.map(({ kind }) => kind)).toEqual(['transact', 'transact']);
  });

  it('is the look again, and no try at a batch that stands there, after its index was evicted', async () => {
    warm.writer.evict();
    expect(await postIds(warm.writer, 'b')).toEqual(['accepted 2.0']);
    expect(tables.calls.filter(writeOf('batch~'))).toHaveLength(1);
  });

  it('is no row that it has just read to catch up', async () => {
    await postIds(openWriter(store).writer, 'b');
    const { writer: cold } = openWriter(tables);
    expect(await postIds(cold, 'a', 'b')).toEqual(['duplicate 1.0', 'duplicate 2.0']);
    expect(tables.calls.filter((call) => [1, 2].some((seq) => getOf(seqKey('ids', seq))(call)))).toEqual([]);
  });

  it('is no listing of a log that it has listed', async () => {
    await postIds(warm.writer, 'b');
    expect(tables.calls.filter(({ table }) => table === LOG_DIRECTORY)).toEqual([]);
  });
});

it('an inline request of nothing but duplicates begins no synchronization', async () => {
  expect(await post(warm.writer, [appendLine('a')], true)).toEqual({
    outcomes: [{ kind: 'duplicate', seq: 1, position: 0 }],
  });
});

describe('a transaction that is answered without ETags', () => {
  const silentOn = (rowKey: string): TableStore => ({
    ...store,
    transact: async (table, partitionKey, operations) => {
      const etags = await store.transact(table, partitionKey, operations);
      return operations.some((operation) => operation.rowKey.startsWith(rowKey)) ? [] : etags;
    },
  });

  it('is an append all the same, and the head is read before the next one', async () => {
    const { writer } = openWriter(silentOn('batch~'));
    expect(await postIds(writer, 'b')).toEqual(['accepted 2.0']);
    expect(await postIds(writer, 'c')).toEqual(['accepted 3.0']);
  });

  it('is no release: whether the head was written is looked up', async () => {
    const past = await rowsOf(store);
    await postIds(warm.writer, 'b');
    await restore(store, past);
    expect(await warm.writer.noticeRewind()).toBe(true);
    const clock = patientClock();
    const waits: number[] = [];
    const { writer } = openWriter(silentOn(HEAD_KEY), {
      now: () => clock.now(),
      sleep: (milliseconds) => {
        waits.push(milliseconds);
        return clock.sleep(milliseconds);
      },
    });
    expect(await writer.release()).toBe(true);
    expect(waits).toHaveLength(1);
    expect(await openWriter(store).writer.noticeRewind()).toBe(false);
  });
});

describe('a rewind', () => {
  let past: Row[];

  beforeEach(async () => {
    past = await rowsOf(store);
    await postIds(warm.writer, 'b');
  });

  it('is logged with the log and where it ends now', async () => {
    const logged: unknown[] = [];
    const silent = () => undefined;
    const logger = {
      debug: silent,
      info: silent,
      warn: silent,
      error: (...entry: unknown[]) => logged.push(entry),
    };
    const writer = new LogWriter(store, { clock: patientClock(), entropy: systemEntropy, logger }, LOG);
    await writer.noticeRewind();
    await restore(store, past);
    await writer.noticeRewind();
    await restore(store, []);
    await writer.noticeRewind();
    const message = 'The log went back in time; outward hops are held until an operator releases them.';
    expect(logged).toEqual([
      [message, { log: PARTITION, tail: 1 }],
      [message, { log: PARTITION, tail: 0 }],
    ]);
  });

  it('that undid nothing but the hold is noticed also by a writer whose index was evicted', async () => {
    await restore(store, past);
    expect(await warm.writer.noticeRewind()).toBe(true);
    warm.writer.evict();
    await restore(store, past);
    expect(await warm.writer.noticeRewind()).toBe(true);
    expect(await openWriter(store).writer.noticeRewind()).toBe(true);
  });

  it('that undid nothing but the hold of a log which another one had begun anew is noticed', async () => {
    await restore(store, []);
    await postIds(openWriter(store).writer, 'x');
    const anew = await rowsOf(store);
    expect(await warm.writer.noticeRewind()).toBe(true);
    await restore(store, anew);
    expect(await warm.writer.noticeRewind()).toBe(true);
    expect(await openWriter(store).writer.noticeRewind()).toBe(true);
  });

  it('has nothing to release in a log without a batch', async () => {
    await restore(store, []);
    expect(await openWriter(store).writer.release()).toBe(false);
  });
});
