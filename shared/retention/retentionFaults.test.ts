/** Retention that crashes at any call, meets another instance, or is slept through. */
import { beforeAll, describe, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { interleavedTables } from '../../test/support/crashingTables.ts';
import { countedInstance } from '../../test/support/effects.ts';
import { logChain } from '../../test/support/logChain.ts';
import { sendLines, track } from '../../test/support/journalSteps.ts';
import { copyOf, DAYS, finishLines, finishRun, keysOf, retainAfter } from '../../test/support/retention.ts';
import { MemoryTables, memoryTableStore } from '../../test/simulator/memoryTableStore.ts';
import { LOG, postedLine, ScriptedLayer } from '../../test/support/scriptedLayer.ts';
import { answered, APPLIED, type KeptLog, REFUSED } from '../../test/support/scriptedPorts.ts';
import { applyRetentionTick } from '../app/housekeeping.ts';
import { loadPackage } from '../posting/loadPackage.ts';
import { storePackage } from '../posting/storePackage.ts';
import type { TableStore } from '../tables/tableStore.ts';
import { mapInParallel } from '../supplyChain/boundedParallel.ts';
import { readLinesById } from '../reading/readLine.ts';

const azurite = useAzurite();
const DAY_MS = 24 * 3_600_000;
const LINES = ['a', 'b', 'bad', 'held'].map((id) =>
  postedLine(id, {
    productId: id === 'bad' ? 'Bad' : `P-${id}`,
    physicalMeasure: id === 'held' ? 'noted' : 'inbound',
  }),
);

/** Two finished runs of two packages each, a parked line, a held one; old enough to go. */
async function installed(): Promise<ScriptedLayer> {
  const instance = await ScriptedLayer.install(azurite.store(), {
    retention: { days: DAYS },
    maxLineCountPerJournal: 1,
  });
  instance.ends.inventoryVisibility.otherwise = ({ events }) =>
    answered(events, ({ productId }) => (productId === 'Bad' ? REFUSED : APPLIED));
  for (const line of LINES.slice(0, 2)) await instance.results([line]);
  await finishLines(instance, LINES.slice(2), 1, 2);
  await finishLines(instance, [postedLine('c'), postedLine('d')], 2, 2);
  instance.ends.clock.advance((DAYS + 1) * DAY_MS);
  return instance;
}

/** What is left when nothing went wrong, without the names of attempts. */
const LEFT = [
  'aggregated~000000000003',
  'batch~000000000003',
  'head',
  ...[1, 2, 3, 4].map((seq) => `ids~00000000000${seq}`),
  'journal~00000001',
  'parked~000000000003',
  'retention',
  'run~00000001',
  'run~00000002',
];

async function left(instance: ScriptedLayer): Promise<string[]> {
  return (await keysOf(instance)).map((key) => (key.startsWith('journal~') ? key.slice(0, 16) : key));
}

/** Writes to have the mishap at on real tables; in memory, which behaves as they do, it is at each. */
const SOME = [2, 7, 12];

/** What clients are answered: every id is known as what it was, whether its line is there or past retention. */
async function expectAllKnown(instance: ScriptedLayer): Promise<void> {
  const results = await instance.another().results([...LINES, postedLine('c'), postedLine('d')]);
  expect(results.map(({ processingStatus, status }) => `${processingStatus} ${status}`)).toEqual([
    ...['a', 'b'].map(() => 'duplicate Aggregated'),
    'duplicate Created',
    ...['held', 'c', 'd'].map(() => 'duplicate Aggregated'),
  ]);
  const environment = await instance.environment();
  for (const id of ['a', 'b', 'held', 'c', 'd']) {
    const [view] = await readLinesById(instance.layer, environment, id, undefined);
    const aggregated = (view?.['aggregatedLine'] ?? {}) as Record<string, unknown>;
    // Never a status that a line does not have: what is told is the truth, or that it is past retention.
    const isPast = view?.['pastRetention'] === true || aggregated['pastRetention'] === true;
    expect(isPast || aggregated['status'] === (id === 'held' ? 'Created' : 'FnOTransPosted'), id).toBe(true);
  }
  expect((await logChain(instance.tables, LOG)).faults).toEqual([]);
}

/** A tick with a mishap, each in an installation of its own; whatever happens, the next ticks bring it to the same end. */
async function atEach(
  places: readonly number[],
  store: () => TableStore,
  tick: (instance: ScriptedLayer, at: number) => Promise<void>,
): Promise<void> {
  await mapInParallel(places, 4, async (at) => {
    const instance = await copyOf(due, store());
    await tick(instance, at);
    await expectAllKnown(instance);
    await applyRetentionTick(instance.another().layer);
    await applyRetentionTick(instance.another().layer);
    expect({ at, left: await left(instance) }).toEqual({ at, left: LEFT });
  });
}

let due: ScriptedLayer;

beforeAll(async () => {
  due = await installed();
});

describe('whatever happens, what is told is true, and the next tick goes on', () => {
  test.each([
    ['dies', 'in memory'],
    ['pauses', 'in memory'],
    ['dies', 'on real tables'],
    ['pauses', 'on real tables'],
  ] as const)('at any write an instance %s, %s', async (kind, where) => {
    const store = (): TableStore => (where === 'in memory' ? memoryTableStore() : azurite.store());
    const counted = countedInstance(await copyOf(due, store()));
    await applyRetentionTick(counted.instance.layer);
    expect(await left(counted.instance)).toEqual(LEFT);
    expect(counted.effects()).toBeGreaterThan(15);
    const places = Array.from({ length: counted.effects() }, (_, index) => index + 1);
    const chosen = where === 'in memory' ? places : places.filter((at) => SOME.includes(at));
    await atEach(chosen, store, async (instance, at) => {
      // While it stands still, another instance does all of it, and lines go on coming.
      const meanwhile = () => applyRetentionTick(instance.another().layer);
      const { instance: unlucky } = countedInstance(instance, { at, kind, meanwhile });
      await applyRetentionTick(unlucky.layer).catch(() => undefined);
    });
  });

  test('two instances at once', async () => {
    const instance = await copyOf(due, azurite.store());
    await Promise.all([1, 2, 3].map(() => applyRetentionTick(instance.another().layer)));
    await expectAllKnown(instance);
    await applyRetentionTick(instance.another().layer);
    await applyRetentionTick(instance.another().layer);
    expect(await left(instance)).toEqual(LEFT);
  });

  test('an instance that slept while storage went back in time removes nothing', async () => {
    const memory = new MemoryTables(() => due.ends.clock.now());
    const instance = await copyOf(due, memoryTableStore(memory));
    const past = memory.snapshot();
    const keys = await keysOf(instance);
    const counted = countedInstance(instance);
    await applyRetentionTick(counted.instance.layer);
    expect(await left(instance)).toEqual(LEFT);
    for (let at = 1; at <= counted.effects(); at++) {
      memory.rewind(past);
      const { instance: asleep } = countedInstance(instance, {
        at,
        kind: 'pauses',
        meanwhile: async () => memory.rewind(past),
      });
      await applyRetentionTick(asleep.layer);
      // Asleep before its turn had begun, it begins it now, as anybody would.
      if (at > 1) expect({ at, keys: await keysOf(instance) }).toEqual({ at, keys });
    }
  });

  test.each(['package~', 'journal~', 'outcome~'])(
    'an instance that slept through it while it tracked a run, before it read %s, tells no tale of lost rows',
    async (prefix) => {
      const memory = memoryTableStore(new MemoryTables(() => due.ends.clock.now()));
      const instance = await ScriptedLayer.install(memory, { retention: { days: DAYS } });
      await sendLines(instance, [postedLine('a')]);
      let slept = false;
      const sleep = async (key: string): Promise<void> => {
        if (slept || !key.startsWith(prefix)) return;
        slept = true;
        await finishRun(instance, 1);
        await retainAfter(instance);
        expect(await instance.rows('package~')).toEqual([]);
      };
      const asleep = instance.another({
        ...memory,
        get: async (table, partitionKey, rowKey) => {
          await sleep(rowKey);
          return memory.get(table, partitionKey, rowKey);
        },
        query: async (table, partitionKey, range) => {
          await sleep(range.from);
          return memory.query(table, partitionKey, range);
        },
      });
      await track(asleep);
      expect(slept).toBe(true);
      const { entries } = (await asleep.journalDependencies()).runtime.logger as KeptLog;
      expect(entries.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
    },
  );

  test('what is noted of a package after it was found finished keeps it', async () => {
    const instance = await copyOf(due, azurite.store());
    let noted = false;
    const tables = interleavedTables(instance.tables, async (operations) => {
      if (noted || !operations.some(({ kind, rowKey }) => kind === 'delete' && rowKey.startsWith('package~')))
        return;
      noted = true;
      const dependencies = await instance.journalDependencies();
      const loaded = await loadPackage(instance.tables, LOG, 1, 1);
      if (loaded === undefined) throw new Error('the package is gone already');
      await storePackage(dependencies.tables, LOG, loaded, {
        ...loaded.stored.state,
        lastError: 'late news',
      });
    });
    await applyRetentionTick(instance.another(tables).layer);
    expect(noted).toBe(true);
    expect((await loadPackage(instance.tables, LOG, 1, 1))?.stored.state.lastError).toBe('late news');
  });
});
