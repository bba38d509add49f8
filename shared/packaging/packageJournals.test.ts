import { describe, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { accountOf } from '../../test/support/accountedLines.ts';
import { crashingTables, interleavedTables } from '../../test/support/crashingTables.ts';
import { MemoryTables, memoryTableStore } from '../../test/simulator/memoryTableStore.ts';
import { answered, APPLIED, REFUSED } from '../../test/support/scriptedPorts.ts';
import { LOG, postedLine, postedLines, ScriptedLayer } from '../../test/support/scriptedLayer.ts';
import { syncCache } from '../cacheSync/syncCache.ts';
import { jsonOf } from '../log/packedRow.ts';
import { readPackages } from '../log/packageRow.ts';
import { ADJUSTMENT_LOG } from '../log/rowKeys.ts';
import { type CommittedRun, isCommitted, readRun, type RunState, runUpdate } from '../log/runRow.ts';
import { moveState, stateOfBatch } from '../log/stateRows.ts';
import type { TableOperation, TableStore } from '../tables/tableStore.ts';
import { readCommittedPackages } from './committedPackages.ts';
import { packageJournals } from './packageJournals.ts';

const azurite = useAzurite();

/** An installation with batches of lines that the cache holds. */
async function cached(
  batches: readonly (readonly Readonly<Record<string, unknown>>[])[],
  changes: Readonly<Record<string, unknown>> = {},
): Promise<ScriptedLayer> {
  const instance = await ScriptedLayer.install(azurite.store(), changes);
  for (const lines of batches) await instance.results(lines);
  await syncCache(await instance.syncDependencies(), { due: true, deadline: instance.later });
  return instance;
}

/** The status of the run's row that a transaction writes, if it does. */
function runStatus(operations: readonly TableOperation[]): RunState['status'] | undefined {
  const write = operations.find(({ kind, rowKey }) => kind === 'update' && rowKey.startsWith('run~'));
  if (write === undefined || write.kind === 'delete') return undefined;
  const { rowKey, properties } = write;
  return (jsonOf({ partitionKey: LOG, rowKey, properties, etag: '', timestamp: 0 }) as RunState).status;
}

/** Tables of an instance that dies as it would bring the run to this status. */
function dyingAt(tables: TableStore, status: RunState['status']): TableStore {
  return interleavedTables(tables, (operations) =>
    runStatus(operations) === status ? Promise.reject(new Error('the instance dies')) : Promise.resolve(),
  );
}

/** Tables of an instance that pauses as it would bring the run to this status, while another does `meanwhile`. */
function pausingAt(
  tables: TableStore,
  status: RunState['status'],
  meanwhile: () => Promise<unknown>,
): TableStore {
  let paused = false;
  return interleavedTables(tables, async (operations) => {
    if (paused || runStatus(operations) !== status) return;
    paused = true;
    await meanwhile();
  });
}

/** Tables of an instance that has just seen cached batches when another does `meanwhile`. */
function pausingAfterLook(tables: TableStore, meanwhile: () => Promise<unknown>): TableStore {
  let paused = false;
  return {
    ...interleavedTables(tables, () => Promise.resolve()),
    query: async (table, partitionKey, range) => {
      const rows = await tables.query(table, partitionKey, range);
      if (range.from.startsWith('posted~') && !paused) {
        paused = true;
        await meanwhile();
      }
      return rows;
    },
  };
}

async function tick(instance: ScriptedLayer, due = true): Promise<boolean> {
  const dependencies = await instance.journalDependencies();
  return packageJournals(dependencies, dependencies.settings, { due, deadline: instance.later });
}

async function committed(instance: ScriptedLayer, number = 1): Promise<CommittedRun> {
  const run = await readRun(instance.tables, LOG, number);
  if (run === undefined || !isCommitted(run)) throw new Error(`run ${number} is not committed`);
  return run;
}

/** Two batches that fold into three aggregated lines, quantities that tell every mix-up. */
const TWO_BATCHES = [
  [
    postedLine('a', { productId: 'P1', quantity: 1 }),
    postedLine('b', { productId: 'P2', quantity: 20 }),
    postedLine('c', { productId: 'P1', quantity: 300 }),
  ],
  [
    postedLine('d', { productId: 'P2', quantity: 4_000 }),
    postedLine('e', { productId: 'P3', quantity: -50_000 }),
  ],
];

describe('a run', () => {
  test('takes all cached batches, notes their line counts, and commits journals, packages and hashes', async () => {
    const instance = await cached(TWO_BATCHES);
    expect(await tick(instance)).toBe(true);
    expect(await instance.states()).toEqual({ created: [], syncing: [], posted: [], aggregated: [1, 2] });
    const { state } = await committed(instance);
    expect(state.batches.map(([seq, lines]) => [seq, lines])).toEqual([
      [1, 3],
      [2, 2],
    ]);
    expect(state.commit).toMatchObject({ journals: 1, aggregatedLines: 3, unfoldable: 0 });
    expect(await accountOf(instance)).toEqual({
      accepted: -45_679n,
      inJournals: -45_679n,
      parked: 0n,
      misplaced: [],
    });
    expect(await tick(instance)).toBe(true);
    expect(await readRun(instance.tables, LOG, 2)).toBeUndefined();
  });

  test('is committed although some of its lines fit no journal: they are parked with it', async () => {
    const most = { productId: 'P', quantity: 100_000_000_000 };
    const instance = await cached([
      [postedLine('a', most), postedLine('b', most), postedLine('c', { productId: 'Q', quantity: 5 })],
    ]);
    await tick(instance);
    expect((await committed(instance)).state.commit).toMatchObject({ aggregatedLines: 1, unfoldable: 2 });
    expect(await accountOf(instance)).toEqual({
      accepted: 200_000_000_005n,
      inJournals: 5n,
      parked: 200_000_000_000n,
      misplaced: [],
    });
  });

  test('does not open unless it is due', async () => {
    const instance = await cached(TWO_BATCHES);
    expect(await tick(instance, false)).toBe(true);
    expect(await readRun(instance.tables, LOG, 1)).toBeUndefined();
    expect((await instance.states()).posted).toEqual([1, 2]);
  });

  test('that nobody finished is finished, also when none is due', async () => {
    const instance = await cached(TWO_BATCHES);
    for (const status of ['Sealed', 'Committed'] as const)
      await expect(tick(instance.another(dyingAt(instance.tables, status)))).rejects.toThrow('dies');
    expect(await tick(instance, false)).toBe(true);
    await committed(instance);
    expect((await accountOf(instance)).misplaced).toEqual([]);
  });

  test('that storage brought back unfinished, under the next one, is finished when one is due', async () => {
    const memory = new MemoryTables(() => 0);
    const tables = memoryTableStore(memory);
    const instance = await ScriptedLayer.install(tables);
    await instance.results(TWO_BATCHES[0] ?? []);
    await syncCache(await instance.syncDependencies(), { due: true, deadline: instance.later });
    await expect(tick(instance.another(dyingAt(tables, 'Committed')))).rejects.toThrow('the instance dies');
    const past = memory.snapshot();
    await tick(instance);
    await instance.results(TWO_BATCHES[1] ?? []);
    await syncCache(await instance.syncDependencies(), { due: true, deadline: instance.later });
    const opening = interleavedTables(tables, (operations) => {
      if (operations.some(({ kind, rowKey }) => kind === 'insert' && rowKey === 'run~00000002'))
        memory.rewind(past);
      return Promise.resolve();
    });
    await tick(instance.another(opening));
    expect((await committed(instance, 2)).state.batches).toEqual([]);
    expect((await readRun(tables, LOG, 1))?.state.status).toBe('Sealed');
    expect(await tick(instance)).toBe(true);
    expect((await committed(instance)).state.commit).toMatchObject({ journals: 1, aggregatedLines: 2 });
  });

  test.each([
    ['while its rows are written', 'package~'],
    ['between the last look at them and the commit', 'run~'],
  ])('is not committed when storage goes back %s: it is computed anew', async (_, written) => {
    const memory = new MemoryTables(() => 0);
    const tables = memoryTableStore(memory);
    const instance = await ScriptedLayer.install(tables);
    for (const lines of TWO_BATCHES) await instance.results(lines);
    await syncCache(await instance.syncDependencies(), { due: true, deadline: instance.later });
    await expect(tick(instance.another(dyingAt(tables, 'Committed')))).rejects.toThrow('the instance dies');
    const past = memory.snapshot();
    const late = interleavedTables(tables, (operations) => {
      const [first] = operations;
      const isIt =
        written === 'run~'
          ? runStatus(operations) === 'Committed'
          : first?.rowKey.startsWith(written) === true;
      if (isIt) memory.rewind(past);
      return Promise.resolve();
    });
    expect(await tick(instance.another(late))).toBe(false);
    expect((await readRun(tables, LOG, 1))?.state.status).toBe('Sealed');
    expect(await tick(instance)).toBe(true);
    expect((await committed(instance)).state.commit).toMatchObject({ journals: 1, aggregatedLines: 3 });
    expect(await accountOf(instance)).toMatchObject({ inJournals: -45_679n, misplaced: [] });
  });

  test('folds by the settings it captured, whatever they are when it is computed', async () => {
    const instance = await cached(TWO_BATCHES);
    await expect(tick(instance.another(dyingAt(instance.tables, 'Committed')))).rejects.toThrow('dies');
    await instance.change({ maxLineCountPerJournal: 1 });
    await tick(instance);
    expect((await committed(instance)).state.commit).toMatchObject({ journals: 1, aggregatedLines: 3 });
  });

  test('stops with a batch that does not hold as many lines as it sealed', async () => {
    const instance = await cached(TWO_BATCHES);
    await expect(tick(instance.another(dyingAt(instance.tables, 'Committed')))).rejects.toThrow('dies');
    const run = await readRun(instance.tables, LOG, 1);
    if (run === undefined) throw new Error('there is no run');
    await instance.tables.transact(ADJUSTMENT_LOG, LOG, [
      runUpdate(run, { ...run.state, batches: run.state.batches.map(([seq, , at]) => [seq, 99, at]) }),
    ]);
    await expect(tick(instance)).rejects.toThrow('that run 1 sealed: storage went back in time');
  });
});

describe('two instances', () => {
  test('the first commit wins, under an attempt of its own; the other one acts on nothing of its own', async () => {
    const instance = await cached(TWO_BATCHES);
    const other = instance.another();
    const slow = instance.another(pausingAt(instance.tables, 'Committed', () => tick(other)));
    expect(await tick(slow)).toBe(false);
    const { state } = await committed(instance);
    const attempts = new Set((await instance.rows('package~')).map(({ rowKey }) => rowKey.split('~')[2]));
    expect(attempts.size).toBe(2);
    expect(attempts).toContain(state.commit.attempt);
    expect(
      await readCommittedPackages(await instance.journalDependencies(), await committed(instance)),
    ).toMatchObject([{ attempt: state.commit.attempt, state: { status: 'Queued' } }]);
    expect(instance.ends.queue.sent).toHaveLength(1);
    expect((await accountOf(instance)).misplaced).toEqual([]);
  });

  test('a batch that one of them would seal late stays out of the run that was sealed without it', async () => {
    const instance = await cached(TWO_BATCHES.slice(0, 1));
    const other = instance.another();
    const slow = instance.another(
      pausingAt(instance.tables, 'Sealing', async () => {
        await tick(other);
        await other.results(TWO_BATCHES[1] ?? []);
        await syncCache(await other.syncDependencies(), { due: true, deadline: other.later });
      }),
    );
    expect(await tick(slow)).toBe(false);
    expect((await committed(instance)).state.batches.map(([seq]) => seq)).toEqual([1]);
    expect(await instance.states()).toMatchObject({ posted: [2], aggregated: [1] });
    await tick(instance);
    expect((await committed(instance, 2)).state.batches.map(([seq]) => seq)).toEqual([2]);
    expect((await accountOf(instance)).misplaced).toEqual([]);
  });

  test('a run that finds nothing left to seal commits empty', async () => {
    const instance = await cached(TWO_BATCHES);
    const other = instance.another();
    const late = instance.another(pausingAfterLook(instance.tables, () => tick(other)));
    expect(await tick(late)).toBe(true);
    expect((await committed(instance, 2)).state).toMatchObject({
      batches: [],
      commit: { journals: 0, aggregatedLines: 0 },
    });
    expect((await accountOf(instance)).misplaced).toEqual([]);
  });

  test('a run that another one left behind at that moment is finished before the next is opened', async () => {
    const instance = await cached(TWO_BATCHES);
    const dying = instance.another(dyingAt(instance.tables, 'Sealed'));
    const late = instance.another(
      pausingAfterLook(instance.tables, () => tick(dying).catch(() => undefined)),
    );
    expect(await tick(late)).toBe(true);
    expect((await committed(instance, 1)).state.batches.map(([seq]) => seq)).toEqual([1, 2]);
    expect(await readRun(instance.tables, LOG, 2)).toBeUndefined();
  });

  test('at once share the work and neither lose nor double a line', async () => {
    const batches = Array.from({ length: 30 }, (_, batch) => [
      postedLine(`b${batch}`, { productId: `P${batch % 4}`, quantity: batch + 1 }),
    ]);
    const instance = await cached(batches);
    await Promise.all([tick(instance), tick(instance.another()), tick(instance.another())]);
    while (!(await tick(instance)));
    const account = await accountOf(instance);
    expect(account).toEqual({ accepted: 465n, inJournals: 465n, parked: 0n, misplaced: [] });
  });
});

describe('the packages of a run', () => {
  test('are sent a message first and marked second', async () => {
    const instance = await cached(TWO_BATCHES);
    const before: string[] = [];
    const watched = instance.another(
      interleavedTables(instance.tables, (operations) => {
        if (operations.some(({ kind, rowKey }) => kind === 'update' && rowKey.startsWith('package~')))
          before.push(`marked after ${instance.ends.queue.sent.length} message`);
        return Promise.resolve();
      }),
    );
    await tick(watched);
    expect(before).toEqual(['marked after 1 message']);
    expect(instance.ends.queue.sent).toMatchObject([
      { message: { organizationKey: 'USMF', run: 1, package: 1 }, notBefore: undefined },
    ]);
  });

  test('stay Created while the queue is away, and the run is committed all the same', async () => {
    const instance = await cached(TWO_BATCHES);
    instance.ends.queue.isAway = true;
    expect(await tick(instance)).toBe(true);
    const { attempt } = (await committed(instance)).state.commit;
    expect((await readPackages(instance.tables, LOG, 1, attempt)).map(({ state }) => state.status)).toEqual([
      'Created',
    ]);
  });

  test('are not sent for while the sync job is off', async () => {
    const instance = await cached(TWO_BATCHES, { enableSyncJob: false });
    await tick(instance);
    await committed(instance);
    expect(instance.ends.queue.sent).toEqual([]);
  });

  test('of 25,000 lines are three, one journal each; with two journals a package they are two', async () => {
    const lines = postedLines(25_000);
    const batches = Array.from({ length: 7 }, (_, batch) => lines.slice(batch * 4_000, (batch + 1) * 4_000));
    const instance = await cached(batches);
    await tick(instance);
    const { state } = await committed(instance);
    expect(state.commit).toMatchObject({ journals: 3, aggregatedLines: 25_000 });
    const packagesOf = async (run: number) => {
      const { attempt } = (await committed(instance, run)).state.commit;
      return (await readPackages(instance.tables, LOG, run, attempt)).map(
        (stored) => stored.state.lineCounts,
      );
    };
    expect(await packagesOf(1)).toEqual([[10_000], [10_000], [5_000]]);
    expect(instance.ends.queue.sent.map(({ message }) => message.package)).toEqual([1, 2, 3]);

    const other = await cached(batches, { maxJournalCountPerPackage: 2 });
    await tick(other);
    const { attempt } = (await committed(other)).state.commit;
    const packages = await readPackages(other.tables, LOG, 1, attempt);
    expect(packages.map((stored) => stored.state.journals)).toEqual([[1, 2], [3]]);
    expect(packages.map((stored) => stored.state.lineCounts)).toEqual([[10_000, 10_000], [5_000]]);
  });

  test('are refused as a whole when one of their rows is missing', async () => {
    const instance = await cached(TWO_BATCHES);
    await tick(instance);
    const [row] = await instance.rows('package~');
    await instance.tables.transact(ADJUSTMENT_LOG, LOG, [{ kind: 'delete', rowKey: row?.rowKey ?? '' }]);
    await expect(
      readCommittedPackages(await instance.journalDependencies(), await committed(instance)),
    ).rejects.toThrow('committed 1 packages and 0 are stored');
  });
});

describe('a crash', () => {
  test.each([true, false])(
    'at any call to storage (taking effect: %s) loses and doubles nothing',
    { timeout: 60_000 },
    async (effect) => {
      for (let call = 1; ; call++) {
        const instance = await ScriptedLayer.install(azurite.store(), {
          maxLineCountPerJournal: 2,
          maxJournalCountPerPackage: 1,
        });
        const bad = (await instance.results(TWO_BATCHES[0] ?? []))[1]?.lineRecordId;
        await instance.results(TWO_BATCHES[1] ?? []);
        instance.ends.inventoryVisibility.otherwise = ({ events }) =>
          answered(events, ({ id }) => (id === bad ? REFUSED : APPLIED));
        await syncCache(await instance.syncDependencies(), { due: true, deadline: instance.later });
        const dependencies = await instance.journalDependencies();
        const dying = crashingTables(instance.tables, { call, effect });
        await packageJournals({ ...dependencies, tables: dying.tables }, dependencies.settings, {
          due: true,
          deadline: instance.later,
        }).catch(() => undefined);
        const fresh = instance.another();
        expect(await tick(fresh)).toBe(true);
        const account = await accountOf(instance);
        expect({ call, ...account }).toEqual({
          call,
          accepted: -45_679n,
          inJournals: -45_699n,
          parked: 20n,
          misplaced: [],
        });
        if (!dying.crashed()) return;
      }
    },
  );
});

test('a batch whose state was moved by somebody else is not sealed a second time', async () => {
  const instance = await cached(TWO_BATCHES);
  const tables = interleavedTables(instance.tables, async (operations) => {
    if (!operations.some(({ rowKey }) => rowKey.startsWith('aggregated~'))) return;
    const state = await stateOfBatch(instance.tables, LOG, 2);
    if (state?.state !== 'posted') return;
    await instance.tables.transact(
      ADJUSTMENT_LOG,
      LOG,
      moveState(state, { ...state, state: 'aggregated', run: 77 }),
    );
  });
  expect(await tick(instance.another(tables))).toBe(false);
  await tick(instance);
  expect((await committed(instance)).state.batches.map(([seq]) => seq)).toEqual([1]);
});
