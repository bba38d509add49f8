import { beforeEach, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { ScheduleStore } from './scheduleStore.ts';
import { SETTINGS_TABLE, SettingsStore } from './settingsStore.ts';
import { systemClock } from '../runtime/systemRuntime.ts';

const azurite = useAzurite();
const AT = Date.parse('2026-03-10T00:00:00Z');

let tables: ReturnType<typeof azurite.store>;
let store: ScheduleStore;

beforeEach(async () => {
  tables = azurite.store();
  await tables.createTables([SETTINGS_TABLE]);
  store = new ScheduleStore(tables);
});

test('a mark is read back, and moves on', async () => {
  expect(await store.last('a', 'packageJournals')).toBeUndefined();
  expect(await store.mark('a', 'packageJournals', AT, undefined)).toBe(true);
  const first = await store.last('A', 'packageJournals');
  expect(first?.at).toBe(AT);
  expect(await store.mark('a', 'packageJournals', AT + 60_000, first)).toBe(true);
  expect((await store.last('a', 'packageJournals'))?.at).toBe(AT + 60_000);
});

test('jobs and environments have marks of their own, and are no environments', async () => {
  await store.mark('a', 'packageJournals', AT, undefined);
  expect(await store.last('a', 'syncCache')).toBeUndefined();
  expect(await store.last('b', 'packageJournals')).toBeUndefined();
  const settings = new SettingsStore({ tables, clock: systemClock, maximumAgeMs: 0 });
  expect(await settings.environmentIds()).toEqual([]);
});

test('a legal entity has a mark of its own', async () => {
  await store.mark('a', 'packageJournals', AT, undefined, 'USMF');
  expect(await store.last('a', 'packageJournals')).toBeUndefined();
  expect(await store.last('a', 'packageJournals', 'DEMF')).toBeUndefined();
  expect((await store.last('a', 'packageJournals', 'USMF'))?.at).toBe(AT);
});

test('of two that mark at once one learns that it was too late', async () => {
  const first = await Promise.all([1, 2].map((step) => store.mark('a', 'syncCache', AT + step, undefined)));
  expect(first.toSorted()).toEqual([false, true]);
  const read = await store.last('a', 'syncCache');
  const second = await Promise.all([1, 2].map((step) => store.mark('a', 'syncCache', AT + step, read)));
  expect(second.toSorted()).toEqual([false, true]);
});
