import { beforeEach, describe, expect, it } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { FaultyTableStore, getOf, queryFrom, writeOf } from '../../test/support/faultyTableStore.ts';
import { logChain } from '../../test/support/logChain.ts';
import {
  appendLine,
  createLogTables,
  editRow,
  keysOf,
  openWriter,
  PARTITION,
  patientClock,
  postIds,
  rowsOf,
} from '../../test/support/logUnderTest.ts';
import type { TableStore } from '../tables/tableStore.ts';
import type { LogWriter } from './logWriter.ts';
import { seqKey } from './rowKeys.ts';

const azurite = useAzurite();
let store: TableStore;
let tables: FaultyTableStore;
let writer: LogWriter;

beforeEach(async () => {
  store = azurite.store();
  await createLogTables(store);
  tables = new FaultyTableStore(store);
  ({ writer } = openWriter(tables, patientClock()));
});

const isAppend = writeOf('batch~');
/** The random ids of the batches that were tried. */
const triedBatchIds = () =>
  tables.calls.flatMap((call) =>
    call.kind === 'transact'
      ? call.operations.flatMap((operation) =>
          operation.kind === 'insert' && operation.rowKey.startsWith('ids~')
            ? [operation.properties['batchId']]
            : [],
        )
      : [],
  );
const expectLines = async (tail: number, lines: number) => {
  const chain = await logChain(store, PARTITION);
  expect(chain.faults).toEqual([]);
  expect({ tail: chain.tail, lines: chain.lineRecordIds.length }).toEqual({ tail, lines });
};

describe('an append whose answer is lost', () => {
  it('is stored once, and its lines turn out to be in', async () => {
    await postIds(writer, 'a');
    tables.failAfter(isAppend);
    expect(await postIds(writer, 'b', 'c')).toEqual(['duplicate 2.0', 'duplicate 2.1']);
    await expectLines(2, 3);
    expect(await postIds(writer, 'd')).toEqual(['accepted 3.0']);
    await expectLines(3, 4);
  });

  it('is stored once also when it was the log’s first', async () => {
    tables.failAfter(isAppend);
    expect(await postIds(writer, 'a')).toEqual(['duplicate 1.0']);
    await expectLines(1, 1);
  });
});

describe('an append that fails without effect', () => {
  it.each(['unknown', 'busy'] as const)('is tried again under a new batch id (%s)', async (failure) => {
    tables.failBefore(isAppend, failure, 3);
    expect(await postIds(writer, 'a')).toEqual(['accepted 1.0']);
    expect(new Set(triedBatchIds()).size).toBe(4);
    await expectLines(1, 1);
  });

  it('is told to come back when nobody listens, and when its time is spent', async () => {
    tables.failBefore(isAppend, 'unreachable');
    await expect(postIds(writer, 'a')).rejects.toMatchObject({ name: 'DependencyError' });
    tables.failBefore(isAppend, 'unknown', 1_000);
    await expect(postIds(writer, 'a')).rejects.toMatchObject({ name: 'DependencyError' });
    expect(await keysOf(store)).toEqual([]);
  });
});

describe('requests behind an append that storage keeps waiting', () => {
  it('are sent away once they have waited too long, and nothing of them is written', async () => {
    const clock = patientClock();
    const { writer: slow } = openWriter(tables, clock);
    const held = tables.hold(isAppend);
    const first = postIds(slow, 'a');
    await held.reached;
    const early = postIds(slow, 'b');
    await clock.sleep(10_000);
    const late = postIds(slow, 'c');
    await clock.sleep(5_001);
    held.release();
    expect(await first).toEqual(['accepted 1.0']);
    await expect(early).rejects.toMatchObject({ name: 'DependencyError', retryAfterMs: 1_000 });
    expect(await late).toEqual(['accepted 2.0']);
    await expectLines(2, 2);
    expect(await postIds(slow, 'b')).toEqual(['accepted 3.0']);
  });

  it('do not keep the next one from being stored when all of them are sent away', async () => {
    const clock = patientClock();
    const { writer: slow } = openWriter(tables, clock);
    const held = tables.hold(isAppend);
    const first = postIds(slow, 'a');
    await held.reached;
    const early = postIds(slow, 'b');
    await clock.sleep(15_001);
    held.release();
    await first;
    await expect(early).rejects.toMatchObject({ name: 'DependencyError' });
    expect(await postIds(slow, 'c')).toEqual(['accepted 2.0']);
    expect(tables.calls.filter(isAppend)).toHaveLength(2);
  });
});

describe('a late twin of a try', () => {
  it('is refused once the try after it was stored', async () => {
    await postIds(writer, 'a');
    const land = tables.landLate(isAppend);
    expect(await postIds(writer, 'b')).toEqual(['accepted 2.0']);
    expect(await land()).toBe(false);
    await expectLines(2, 2);
    expect(await postIds(writer, 'b', 'c')).toEqual(['duplicate 2.0', 'accepted 3.0']);
  });

  it('is taken for what it is when it lands just before the next try', async () => {
    await postIds(writer, 'a');
    const land = tables.landLate(isAppend);
    tables.before(isAppend, land);
    expect(await postIds(writer, 'b')).toEqual(['duplicate 2.0']);
    await expectLines(2, 2);
  });

  it('is refused as the log’s first batch, too', async () => {
    const land = tables.landLate(isAppend);
    expect(await postIds(writer, 'a')).toEqual(['accepted 1.0']);
    expect(await land()).toBe(false);
    await expectLines(1, 1);
  });

  it('that lands after its caller gave up makes the line a duplicate, with no gap', async () => {
    await postIds(writer, 'a');
    const land = tables.landLate(isAppend);
    tables.failBefore(isAppend, 'unreachable');
    await expect(postIds(writer, 'b')).rejects.toThrow('simulated');
    expect(await land()).toBe(true);
    expect(await postIds(writer, 'b', 'c')).toEqual(['duplicate 2.0', 'accepted 3.0']);
    await expectLines(3, 3);
  });
});

describe('another writer on the same log', () => {
  it('that came first makes the whole group be looked up again', async () => {
    await postIds(writer, 'a');
    const other = openWriter(store).writer;
    tables.before(isAppend, () => postIds(other, 'b', 'x'));
    expect(await postIds(writer, 'b', 'c')).toEqual(['duplicate 2.0', 'accepted 3.0']);
    await expectLines(3, 4);
  });

  it('that appends during a look-up makes the look-up be done again', async () => {
    await postIds(writer, 'a');
    const other = openWriter(store).writer;
    tables.before(getOf(seqKey('ids', 1)), () => postIds(other, 'b'));
    expect(await postIds(writer, 'a', 'b')).toEqual(['duplicate 1.0', 'duplicate 2.0']);
    await expectLines(2, 2);
  });

  it('that appends between the reading of ids and head makes both be read again', async () => {
    const other = openWriter(store).writer;
    await postIds(other, 'a');
    tables.before(getOf('head'), () => postIds(other, 'b'));
    expect(await postIds(writer, 'b')).toEqual(['duplicate 2.0']);
  });

  it.each([2, 4])('%d of them with overlapping ids store each id once, and all finish', async (count) => {
    const writers = Array.from({ length: count }, () => openWriter(store).writer);
    const requests = writers.flatMap((any, index) =>
      Array.from({ length: 12 }, async (_, request) => {
        // Half of every request's ids are the neighbour's as well.
        const ids = Array.from({ length: 10 }, (__, n) => `${request}.${index * 5 + n}`);
        const results: string[] = [];
        for (let start = 0; start < ids.length; start += 5)
          results.push(...(await postIds(any, ...ids.slice(start, start + 5))));
        return results;
      }),
    );
    const outcomes = (await Promise.all(requests)).flat();
    const ids = 12 * (5 * count + 5);
    expect(outcomes.filter((outcome) => outcome.startsWith('accepted'))).toHaveLength(ids);
    expect(outcomes.every((outcome) => /^(accepted|duplicate) /.test(outcome))).toBe(true);
    const chain = await logChain(store, PARTITION);
    expect(chain.faults).toEqual([]);
    expect(chain.lineRecordIds).toHaveLength(ids);
  });
});

describe('turns between writers', () => {
  it('who lost tries again at once, and waits before its next append when it has won', async () => {
    const clock = patientClock();
    const waits: number[] = [];
    const { writer: polite } = openWriter(tables, {
      now: () => clock.now(),
      sleep: (milliseconds) => {
        waits.push(milliseconds);
        return clock.sleep(milliseconds);
      },
    });
    const other = openWriter(store).writer;
    await postIds(polite, 'a');
    await postIds(polite, 'b');
    for (const id of ['x', 'y']) tables.before(isAppend, () => postIds(other, id));
    expect(await postIds(polite, 'c')).toEqual(['accepted 5.0']);
    expect(waits).toEqual([]);
    expect(await postIds(polite, 'd')).toEqual(['accepted 6.0']);
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThanOrEqual(25);
  });
});

describe('a gap in what a range read returned', () => {
  it('is read again and not skipped', async () => {
    const other = openWriter(store).writer;
    for (const id of ['a', 'b', 'c']) await postIds(other, id);
    let reads = -1;
    const holed: TableStore = {
      ...store,
      query: async (table, partitionKey, range) => {
        const rows = await store.query(table, partitionKey, range);
        return ++reads === 1 ? rows.filter(({ rowKey }) => rowKey !== seqKey('ids', 2)) : rows;
      },
    };
    const { writer: reader, errors } = openWriter(holed);
    expect(await postIds(reader, 'a', 'b', 'c', 'd')).toEqual([
      'duplicate 1.0',
      'duplicate 2.0',
      'duplicate 3.0',
      'accepted 4.0',
    ]);
    expect(errors).toEqual([]);
  });
});

describe('a stored row', () => {
  it.each(['ids~', 'head'])(
    'of a version that is not known (%s) stops appends and is left alone',
    async (prefix) => {
      await postIds(writer, 'a');
      const key = prefix === 'head' ? 'head' : seqKey('ids', 1);
      await editRow(store, key, { v: 2 });
      const before = await rowsOf(store);
      const cold = openWriter(store).writer;
      for (const any of [cold, ...(prefix === 'head' ? [writer] : [])]) {
        await expect(postIds(any, 'b')).rejects.toMatchObject({ name: 'DependencyError' });
        await expect(postIds(any, 'a')).rejects.toThrow('has v 2');
      }
      expect(await rowsOf(store)).toEqual(before);
    },
  );

  it.each([
    ['has lost ids', { lineCount: 5 }],
    ['has lost its bytes', { d0: new Uint8Array() }],
    ['has lost its chain', { previousBatchId: 7 }],
    ['names another canonical form', { canonicalForm: 2 }],
  ])('that %s answers neither duplicate nor accepted', async (_what, change) => {
    await postIds(writer, 'a');
    await editRow(store, seqKey('ids', 1), change);
    const before = await keysOf(store);
    for (const any of [writer, openWriter(store).writer])
      await expect(postIds(any, 'a')).rejects.toMatchObject({ name: 'DependencyError' });
    expect(await keysOf(store)).toEqual(before);
  });

  it('that does not hold the digest it was looked up for is a miss, for this look-up only', async () => {
    await postIds(writer, 'a');
    let isEmpty = true;
    const forgetful: TableStore = {
      ...store,
      get: async (table, partitionKey, rowKey) => {
        const row = await store.get(table, partitionKey, rowKey);
        if (!isEmpty || row === undefined || !rowKey.startsWith('ids~')) return row;
        return { ...row, properties: { ...row.properties, d0: new Uint8Array(24) } };
      },
    };
    const { writer: reader } = openWriter(forgetful);
    const lookUp = async () => (await reader.identify([appendLine('a')]))[0]?.kind;
    expect(await lookUp()).toBe('new');
    isEmpty = false;
    expect(await lookUp()).toBe('known');
  });

  it('that cannot be read makes the request fail, and never a duplicate', async () => {
    await postIds(writer, 'a');
    const other = openWriter(tables, patientClock()).writer;
    // What was read for an earlier request does not count.
    await other.noticeRewind();
    tables.failBefore(getOf(seqKey('ids', 1)), 'unknown', 1_000);
    for (const any of [writer, other])
      await expect(postIds(any, 'a')).rejects.toMatchObject({ name: 'DependencyError' });
    tables.failBefore(queryFrom('ids~'), 'unknown', 1_000);
    await expect(postIds(openWriter(tables, patientClock()).writer, 'b')).rejects.toMatchObject({
      name: 'DependencyError',
    });
    await expectLines(1, 1);
  });
});
