import { beforeEach, describe, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import type { Clock } from '../runtime/ports.ts';
import type { AzureTableStore } from '../tables/azureTableStore.ts';
import type { EnvironmentSettings } from './environmentSettings.ts';
import { parseSettings } from './parseSettings.ts';
import { minimalDocument } from './settingsExamples.ts';
import { SETTINGS_TABLE, SettingsStore } from './settingsStore.ts';

const MAXIMUM_AGE_MS = 10_000;
const azurite = useAzurite();

let tables: AzureTableStore;
let now: number;
const clock: Clock = { now: () => now, sleep: async () => undefined };
const newStore = () => new SettingsStore({ tables, clock, maximumAgeMs: MAXIMUM_AGE_MS });

beforeEach(async () => {
  now = 1_000_000;
  tables = azurite.store();
  await tables.createTables([SETTINGS_TABLE]);
});

function settingsOf(changes: Record<string, unknown> = {}): EnvironmentSettings {
  const { settings, problems } = parseSettings(minimalDocument(changes));
  if (settings === undefined) throw new Error(problems.map((problem) => problem.message).join('\n'));
  return settings;
}

/** The settings that are stored, which must be there. */
async function stored(store: SettingsStore, environmentId: string) {
  const found = await store.read(environmentId);
  if (found === undefined) throw new Error(`no settings of ${environmentId}`);
  return found;
}

test('what is seeded is read back, whatever the case of the id', async () => {
  const settings = settingsOf({ environmentId: 'Prod-1' });
  expect(await newStore().seed([settings])).toEqual(['Prod-1']);
  expect((await newStore().get('prod-1'))?.settings).toEqual(settings);
  expect((await newStore().read('PROD-1'))?.settings).toEqual(settings);
});

test.each(['unknown', 'a/b', '', '../x', 'x'.repeat(2_000), 'ø'])(
  'environment "%s" is unknown',
  async (id) => {
    expect(await newStore().get(id)).toBeUndefined();
    expect(await newStore().read(id)).toBeUndefined();
  },
);

test('what was seeded is stored again when storage has gone back in time', async () => {
  const store = newStore();
  const settings = settingsOf({ environmentId: 'a' });
  await store.seed([settings]);
  await tables.transact(SETTINGS_TABLE, 'environments', [{ kind: 'delete', rowKey: 'A' }]);
  expect(await store.environmentIds()).toEqual(['a']);
  expect((await store.get('a'))?.settings).toEqual(settings);
  expect((await newStore().read('a'))?.settings).toEqual(settings);
});

test('seeding again changes nothing, but adds what is new', async () => {
  const store = newStore();
  await store.seed([settingsOf({ environmentId: 'a' })]);
  const seeded = await store.seed([
    settingsOf({ environmentId: 'A', enableFeature: false }),
    settingsOf({ environmentId: 'b' }),
  ]);
  expect(seeded).toEqual(['b']);
  expect((await stored(store, 'a')).settings.enableFeature).toBe(true);
  expect((await store.environmentIds()).toSorted()).toEqual(['a', 'b']);
});

test.each([0, 1])(
  'large settings with any characters survive, wherever they are cut (shifted by %i)',
  async (shift) => {
    const physicalMeasures = Array.from({ length: 1_000 }, (_, index) => `漢${index}${'📦'.repeat(40)}`);
    const settings = settingsOf({ dataSources: [{ name: 'x'.repeat(shift + 1), physicalMeasures }] });
    expect(JSON.stringify(settings).length).toBeGreaterThan(60_000);
    await newStore().seed([settings]);
    expect((await newStore().get(settings.environmentId))?.settings).toEqual(settings);
  },
);

describe('replacing', () => {
  test('under the ETag that was read', async () => {
    const store = newStore();
    await store.seed([settingsOf({ environmentId: 'a' })]);
    const { settings, etag } = await stored(store, 'a');
    const replaced = await store.replace({ ...settings, enableSyncJob: false }, etag);
    expect(replaced.etag).not.toBe(etag);
    expect(await stored(store, 'a')).toEqual(replaced);
    expect((await store.replace(settings, replaced.etag)).settings.enableSyncJob).toBe(true);
  });

  test('is refused when somebody else was faster', async () => {
    const store = newStore();
    await store.seed([settingsOf({ environmentId: 'a' })]);
    const { settings, etag } = await stored(store, 'a');
    await store.replace({ ...settings, maxLineCountPerJournal: 5 }, etag);
    const late = store.replace({ ...settings, maxLineCountPerJournal: 6 }, etag);
    await expect(late).rejects.toMatchObject({ failure: 'changed' });
    expect((await stored(store, 'a')).settings.maxLineCountPerJournal).toBe(5);
  });

  test('is refused for an unknown environment', async () => {
    const replacing = newStore().replace(settingsOf({ environmentId: 'a' }), 'W/"x"');
    await expect(replacing).rejects.toMatchObject({ name: 'TableError' });
    expect(await newStore().environmentIds()).toEqual([]);
  });
});

describe('the cache', () => {
  test('is asked until the answer is too old', async () => {
    const [store, other] = [newStore(), newStore()];
    await store.seed([settingsOf({ environmentId: 'a' })]);
    await store.get('a');
    const { settings, etag } = await stored(other, 'a');
    await other.replace({ ...settings, enableSyncJob: false }, etag);
    const reads = tables.statistics.gets;
    now += MAXIMUM_AGE_MS - 1;
    expect((await store.get('a'))?.settings.enableSyncJob).toBe(true);
    expect(tables.statistics.gets).toBe(reads);
    now += 1;
    expect((await store.get('a'))?.settings.enableSyncJob).toBe(false);
    expect(tables.statistics.gets).toBe(reads + 1);
  });

  test('gives the same settings again for as long as the row is the same, and reads no others into them', async () => {
    const [store, other] = [newStore(), newStore()];
    await store.seed([settingsOf({ environmentId: 'a' })]);
    const first = await store.get('a');
    now += MAXIMUM_AGE_MS;
    expect((await store.get('a'))?.settings).toBe(first?.settings);
    const { settings, etag } = await stored(other, 'a');
    await other.replace({ ...settings, enableSyncJob: false }, etag);
    now += MAXIMUM_AGE_MS;
    const changed = await store.get('a');
    expect(changed?.settings).not.toBe(first?.settings);
    expect(changed?.settings.enableSyncJob).toBe(false);
  });

  test('is asked once by many at the same moment', async () => {
    const store = newStore();
    await store.seed([settingsOf({ environmentId: 'a' })]);
    await Promise.all(Array.from({ length: 20 }, () => store.get('a')));
    expect(tables.statistics.gets).toBe(1);
  });

  test('forgets what this instance replaces', async () => {
    const store = newStore();
    await store.seed([settingsOf({ environmentId: 'a' })]);
    const found = await store.get('a');
    if (found === undefined) throw new Error('not seeded');
    await store.replace({ ...found.settings, enableSyncJob: false }, found.etag);
    expect((await store.get('a'))?.settings.enableSyncJob).toBe(false);
  });

  test('does not remember that an environment is unknown', async () => {
    const store = newStore();
    expect(await store.get('a')).toBeUndefined();
    await store.seed([settingsOf({ environmentId: 'a' })]);
    expect(await store.get('a')).toBeDefined();
  });

  test('does not remember failures', async () => {
    let failures = 1;
    const failing = new Proxy(tables, {
      get: (target, name, receiver) =>
        name === 'get' && failures-- > 0
          ? () => Promise.reject(new Error('down'))
          : (Reflect.get(target, name, receiver) as unknown),
    });
    const store = new SettingsStore({ tables: failing, clock, maximumAgeMs: MAXIMUM_AGE_MS });
    await store.seed([settingsOf({ environmentId: 'a' })]);
    await expect(store.get('a')).rejects.toThrow('down');
    expect(await store.get('a')).toBeDefined();
  });
});

describe('a row that cannot be understood', () => {
  const insert = (properties: Record<string, string | number>) =>
    tables.transact(SETTINGS_TABLE, 'environments', [{ kind: 'insert', rowKey: 'A', properties }]);

  test('of another version is refused, and does not hide the other environments', async () => {
    await insert({ v: 2, environmentId: 'a', json0: '{}' });
    await newStore().seed([settingsOf({ environmentId: 'b' })]);
    await expect(newStore().get('a')).rejects.toThrow(
      /environment A in table Settings have format version 2/,
    );
    expect((await newStore().environmentIds()).toSorted()).toEqual(['a', 'b']);
    expect(await newStore().get('b')).toBeDefined();
  });

  test('names what is wrong with it', async () => {
    await insert({ v: 1, environmentId: 'a', json0: JSON.stringify(minimalDocument({ enableFeature: 1 })) });
    await expect(newStore().get('a')).rejects.toThrow(/enableFeature \(1\) must be true or false/);
  });

  test('that lacks a setting of this version gets its default', async () => {
    await insert({
      v: 1,
      environmentId: 'a',
      json0: JSON.stringify(minimalDocument({ environmentId: 'a' })),
    });
    expect((await newStore().get('a'))?.settings).toEqual(settingsOf({ environmentId: 'a' }));
  });
});
