import { beforeEach, describe, expect, it } from 'vitest';
import { useAzurite } from '../../../local/azurite/testAzurite.ts';
import { crashingTables } from '../../../test/support/crashingTables.ts';
import { FaultyTableStore, getOf, writeOf } from '../../../test/support/faultyTableStore.ts';
import {
  appendLine,
  createLogTables,
  deleteRows,
  keysOf,
  openWriter,
  PARTITION,
  patientClock,
  postIds,
  restore,
  rowsOf,
} from '../../../test/support/logUnderTest.ts';
import { FakeClock, NumberedEntropy } from '../../../test/support/scriptedPorts.ts';
import type { Logger } from '../../runtime/ports.ts';
import { ADJUSTMENT_LOG } from '../rowKeys.ts';
import type { TableStore } from '../../tables/tableStore.ts';
import { readManifests } from './manifest.ts';
import { CheckpointUpkeep, KEEP_MS } from './upkeep.ts';

const azurite = useAzurite();
let store: TableStore;
let clock: FakeClock;
let warnings: string[];
let instances = 0;

beforeEach(async () => {
  store = azurite.store();
  await createLogTables(store);
  // The clock is compared with the time of the rows.
  clock = new FakeClock(Date.now());
  warnings = [];
});

function upkeep(tables = store): CheckpointUpkeep {
  const silent = () => undefined;
  const logger: Logger = {
    debug: silent,
    info: silent,
    error: silent,
    warn: (message) => void warnings.push(message),
  };
  const entropy = new NumberedEntropy((instances += 1) * 1_000);
  return new CheckpointUpkeep(tables, { clock, entropy, logger }, PARTITION);
}
const tend = (tables = store, damaged: Iterable<string> = []) =>
  upkeep(tables).run({ wrote: true, deadline: Infinity, damaged });
const later = () => clock.advance(2 * KEEP_MS);

const stretches = async () =>
  (await readManifests(store, PARTITION)).map(({ fromSeq, toSeq }) => `${fromSeq}-${toSeq}`).sort();
/** Checkpoints of which any part is stored. */
const stored = async () =>
  new Set(
    (await keysOf(store)).filter((key) => key.startsWith('checkpoint~part~')).map((key) => key.split('~')[2]),
  );
const ids = (count: number) => Array.from({ length: count }, (_, index) => `id ${index}`);

/** A log with so many batches of one id, each with a checkpoint of its own. */
async function logOf(count: number): Promise<void> {
  const { writer } = openWriter(store);
  for (const id of ids(count)) {
    await postIds(writer, id);
    expect(await writer.checkpoints.write(1)).toBe(true);
  }
}

async function expectAllKnown(count: number, tables = store): Promise<void> {
  const { writer } = openWriter(tables, patientClock());
  const known = await writer.identify([...ids(count), 'other'].map((id) => appendLine(id)));
  expect(known.map(({ kind }) => kind)).toEqual([...ids(count).map(() => 'known'), 'new']);
}

describe('upkeep', () => {
  it('merges four checkpoints into one, and a cold writer uses that one alone', async () => {
    await logOf(5);
    await tend();
    expect(await stretches()).toEqual(['0-1', '0-4', '1-2', '2-3', '3-4', '4-5']);
    const reader = new FaultyTableStore(store);
    await expectAllKnown(5, reader);
    const filters = reader.calls.filter((call) => call.kind === 'get' && call.rowKey.includes('~filter~'));
    expect(filters).toHaveLength(2);
  });

  it('keeps what was merged for a while, then deletes it and nothing else', async () => {
    await logOf(4);
    await tend();
    const before = await stored();
    clock.advance(KEEP_MS / 2);
    await tend();
    expect(await stored()).toEqual(before);
    clock.advance(KEEP_MS);
    await tend();
    expect(await stretches()).toEqual(['0-4']);
    expect([...(await stored())]).toEqual((await readManifests(store, PARTITION)).map(({ id }) => id));
    await expectAllKnown(4);
    expect(warnings).toEqual([]);
  });

  it('does nothing while nothing was written, but looks now and then', async () => {
    await logOf(4);
    const quiet = new FaultyTableStore(store);
    const watch = upkeep(quiet);
    const tick = () => watch.run({ wrote: false, deadline: Infinity, damaged: [] });
    await tick();
    expect(quiet.calls).toEqual([]);
    clock.advance(KEEP_MS);
    await tick();
    expect(await stretches()).toContain('0-4');
  });

  it('out of time leaves all as it is, and goes on at the next tick without being told', async () => {
    await logOf(4);
    const watch = upkeep();
    await watch.run({ wrote: true, deadline: clock.now(), damaged: [] });
    expect(await stretches()).toEqual(['0-1', '1-2', '2-3', '3-4']);
    await watch.run({ wrote: false, deadline: Infinity, damaged: [] });
    expect(await stretches()).toContain('0-4');
  });

  it('of two instances at once ends with a log that is whole', async () => {
    await logOf(8);
    await Promise.all([tend(), tend()]);
    await expectAllKnown(8);
    later();
    await Promise.all([tend(), tend()]);
    await tend();
    expect(await stretches()).toEqual(['0-4', '4-8']);
    expect((await stored()).size).toBe(2);
    await expectAllKnown(8);
  });
});

describe('upkeep that crashes', () => {
  /** Runs upkeep over and over, crashing at one more call each time, until it comes through. */
  async function crashEverywhere(effect: boolean, check: () => Promise<void>): Promise<number> {
    for (let call = 1; ; call++) {
      const crashing = crashingTables(store, { call, effect });
      await tend(crashing.tables).catch((error: unknown) => expect(error).toHaveProperty('name', 'Crash'));
      if (!crashing.crashed()) return call;
      await check();
    }
  }

  it.each([false, true])('at any call (which takes effect: %s) forgets no id', async (effect) => {
    await logOf(4);
    expect(await crashEverywhere(effect, () => expectAllKnown(4))).toBeGreaterThan(10);
    later();
    expect(await crashEverywhere(effect, () => expectAllKnown(4))).toBeGreaterThan(10);
    expect(await stretches()).toEqual(['0-4']);
    expect((await stored()).size).toBe(1);
  });

  it('in the middle is gone on with, under the same name', async () => {
    await logOf(4);
    const faulty = new FaultyTableStore(store);
    faulty.failBefore(writeOf('checkpoint~ids~'));
    await expect(tend(faulty)).rejects.toThrow('simulated');
    const begun = await stored();
    expect(begun.size).toBe(5);
    await tend();
    expect(await stored()).toEqual(begun);
    expect(await stretches()).toContain('0-4');
  });

  it('and is not gone on with for long is swept, and begun anew', async () => {
    await logOf(4);
    const faulty = new FaultyTableStore(store);
    faulty.failBefore(writeOf('checkpoint~ids~'));
    await expect(tend(faulty)).rejects.toThrow('simulated');
    const begun = await stored();
    later();
    await tend();
    expect(await stretches()).toEqual(['0-4']);
    const [merged, ...others] = await stored();
    expect(others).toEqual([]);
    expect(begun).not.toContain(merged);
    await expectAllKnown(4);
  });

  it('as a writer of a checkpoint leaves parts, which are swept when they are old', async () => {
    const { writer } = openWriter(new FaultyTableStore(store), patientClock());
    await postIds(writer, ...ids(3));
    const faulty = new FaultyTableStore(store);
    const failing = openWriter(faulty, patientClock()).writer;
    await failing.noticeRewind();
    faulty.failBefore(writeOf('checkpoint~ids~'), 'unreachable');
    await expect(failing.checkpoints.write(1)).rejects.toThrow();
    await tend();
    expect((await stored()).size).toBe(1);
    later();
    await tend();
    expect((await stored()).size).toBe(0);
    await expectAllKnown(3);
  });
});

describe('a reader', () => {
  it('whose checkpoints were merged and deleted loads the merged one, and calls nothing new', async () => {
    await logOf(4);
    const { writer: warm } = openWriter(store);
    expect(await postIds(warm, 'id 1')).toEqual(['duplicate 2.0']);
    await tend();
    later();
    await tend();
    expect(await postIds(warm, ...ids(4), 'more')).toEqual([
      ...ids(4).map((_, index) => `duplicate ${index + 1}.0`),
      'accepted 5.0',
    ]);
  });

  it('that is loading while they are deleted finds all ids', async () => {
    await logOf(4);
    await tend();
    later();
    const reading = new FaultyTableStore(store);
    const [manifest] = (await readManifests(store, PARTITION)).filter(({ toSeq }) => toSeq === 4).slice(-1);
    if (manifest === undefined) throw new Error('no manifest');
    // It has chosen its checkpoints when the others go.
    reading.before(getOf('ids~000000000004'), () => tend());
    await expectAllKnown(4, reading);
  });
});

describe('a damaged checkpoint', () => {
  it('does not stand in for those it was merged from', async () => {
    await logOf(4);
    await tend();
    const merged = (await readManifests(store, PARTITION)).find(
      ({ fromSeq, toSeq }) => toSeq - fromSeq === 4,
    );
    await deleteRows(store, `checkpoint~part~${merged?.id ?? ''}~filter~00000000`);
    later();
    await tend();
    expect(await stretches()).toEqual(['0-1', '1-2', '2-3', '3-4']);
    expect(warnings).toEqual([
      'A checkpoint of the id index is damaged and is deleted; its ids are read from their batches again.',
    ]);
    await expectAllKnown(4);
    await tend();
    later();
    await tend();
    expect(await stretches()).toEqual(['0-4']);
    await expectAllKnown(4);
  });

  it('that a merge meets is given up, and its ids are covered anew', async () => {
    await logOf(4);
    const [first, second] = await readManifests(store, PARTITION);
    await deleteRows(store, `checkpoint~part~${second?.id ?? ''}~page~00000000`);
    await tend();
    expect(await stretches()).toEqual(['0-1', '2-3', '3-4']);
    const { writer } = openWriter(store);
    await postIds(writer, 'id 4');
    await writer.checkpoints.write(1);
    expect(await stretches()).toEqual(['0-1', '1-5', '2-3', '3-4']);
    later();
    await tend();
    later();
    await tend();
    expect(await stretches()).toEqual(['0-5']);
    expect(await stored()).not.toContain(first?.id);
    await expectAllKnown(5);
  });

  it('that a look-up met is deleted by whoever met it', async () => {
    await logOf(2);
    const [, second] = await readManifests(store, PARTITION);
    await tend(store, [second?.id ?? '']);
    expect(await stretches()).toEqual(['0-1']);
    await expectAllKnown(2);
  });
});

it('checkpoints of a past that was undone are neither merged nor taken for newer ones', async () => {
  await logOf(2);
  const past = await rowsOf(store);
  const { writer } = openWriter(store);
  for (const id of ['x', 'y']) {
    await postIds(writer, id);
    await writer.checkpoints.write(1);
  }
  const stale = (await rowsOf(store)).filter(({ rowKey }) => rowKey.startsWith('checkpoint~'));
  const pastKeys = new Set(past.map(({ rowKey }) => rowKey));
  await restore(store, [...past, ...stale.filter(({ rowKey }) => !pastKeys.has(rowKey))]);
  await postIds(openWriter(store).writer, 'w', 'z');
  await tend();
  expect(await stretches()).toEqual(['0-1', '1-2', '2-3', '3-4']);
  const { writer: cold } = openWriter(store);
  expect(await postIds(cold, 'x', 'w', 'id 0')).toEqual(['accepted 4.0', 'duplicate 3.0', 'duplicate 1.0']);
  await cold.checkpoints.write(1);
  later();
  await tend();
  expect(await stretches()).toEqual(['0-4']);
  expect((await stored()).size).toBe(1);
  await expectAllKnown(2);
});

it('a row of another kind is never touched', async () => {
  await logOf(4);
  await tend();
  later();
  const others = async () => (await rowsOf(store)).filter(({ rowKey }) => !rowKey.startsWith('checkpoint~'));
  const before = await others();
  await tend();
  expect(await others()).toEqual(before);
  expect(await store.query(ADJUSTMENT_LOG, PARTITION, { from: 'ids~', before: 'ids~:' })).toHaveLength(4);
});
