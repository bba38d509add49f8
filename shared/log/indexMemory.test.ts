import { beforeEach, describe, expect, it } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { FaultyTableStore } from '../../test/support/faultyTableStore.ts';
import {
  appendLine,
  createLogTables,
  openWriter,
  patientClock,
  postIds,
  restore,
  rowsOf,
} from '../../test/support/logUnderTest.ts';
import { systemRuntime } from '../runtime/systemRuntime.ts';
import type { TableStore } from '../tables/tableStore.ts';
import { IndexMemory, type MemoryHolder } from './indexMemory.ts';
import { LogWriter } from './logWriter.ts';

const azurite = useAzurite();
let store: TableStore;
let tables: FaultyTableStore;

beforeEach(async () => {
  store = azurite.store();
  await createLogTables(store);
  tables = new FaultyTableStore(store);
});

const readsOf = (prefix: string) =>
  tables.calls.flatMap((call) =>
    call.kind === 'query' && call.range.from.startsWith(prefix) ? [call.range.from] : [],
  );

describe('the budget', () => {
  class Holder implements MemoryHolder {
    readonly name: string;
    evictions = 0;
    constructor(name: string) {
      this.name = name;
    }
    evict(): void {
      this.evictions += 1;
    }
  }

  it('evicts those that were not used lately, and as few as it takes', () => {
    const memory = new IndexMemory(100);
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => new Holder(name)) as [
      Holder,
      Holder,
      Holder,
      Holder,
    ];
    memory.used(a, 40);
    memory.used(b, 30);
    memory.used(c, 30);
    memory.used(a, 40);
    memory.used(d, 20);
    expect([a, b, c, d].map(({ evictions }) => evictions)).toEqual([0, 1, 0, 0]);
    expect(memory.total).toBe(90);
    memory.used(d, 60);
    expect([a, b, c, d].map(({ evictions }) => evictions)).toEqual([0, 1, 1, 0]);
    expect(memory.total).toBe(100);
  });

  it('does not evict the one that is in use, however large', () => {
    const memory = new IndexMemory(10);
    const [a, b] = [new Holder('a'), new Holder('b')];
    memory.used(a, 5);
    memory.used(b, 50);
    memory.used(b, 60);
    expect([a.evictions, b.evictions, memory.total]).toEqual([1, 0, 60]);
  });
});

describe('logs that share a budget', () => {
  const runtime = systemRuntime({
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  });
  const open = (organizationKey: string, memory: IndexMemory): LogWriter =>
    new LogWriter(
      tables,
      runtime,
      { environmentKey: 'env', organizationKey, organizationId: organizationKey },
      { memory },
    );

  it('are evicted, and know all their ids when they are used again', async () => {
    const memory = new IndexMemory(30_000);
    const writers = ['usmf', 'demf', 'gbsi', 'frrt'].map((organization) => open(organization, memory));
    for (let round = 0; round < 3; round++)
      for (const writer of writers)
        expect(await postIds(writer, `round ${round}`, 'always')).toEqual(
          round === 0 ? ['accepted 1.0', 'accepted 1.1'] : [`accepted ${round + 1}.0`, 'duplicate 1.1'],
        );
    // Each takes 12 KiB at least: two of them fit. Eviction waits for its turn.
    await Promise.all(writers.map((writer) => writer.identify([])));
    const loads = readsOf('checkpoint~ids~').length;
    expect(loads).toBeGreaterThanOrEqual(12);
  });

  it('that are used at the same time are all right, though they evict each other all the time', async () => {
    const memory = new IndexMemory(1);
    const writers = ['usmf', 'demf', 'gbsi'].map((organization) => open(organization, memory));
    const rounds = Array.from({ length: 8 }, (_, round) => round);
    for (const round of rounds) {
      const outcomes = await Promise.all(writers.map((writer) => postIds(writer, `id ${round}`, 'id 0')));
      for (const outcome of outcomes)
        expect(outcome).toEqual(
          round === 0 ? ['accepted 1.0', 'duplicate 1.0'] : [`accepted ${round + 1}.0`, 'duplicate 1.0'],
        );
    }
    for (const writer of writers) {
      const known = await writer.identify(rounds.map((round) => appendLine(`id ${round}`)));
      expect(known.every(({ kind }) => kind === 'known')).toBe(true);
    }
  });
});

describe('an evicted log', () => {
  it('is looked at without loading its ids while nothing happens to it', async () => {
    const { writer } = openWriter(tables, patientClock());
    await postIds(writer, 'a', 'b');
    writer.evict();
    expect(await writer.noticeRewind()).toBe(false);
    tables.calls.length = 0;
    expect(await writer.noticeRewind()).toBe(false);
    expect(tables.calls.map((call) => call.kind === 'get' && call.rowKey)).toEqual(['head']);
    await postIds(openWriter(store).writer, 'c');
    await writer.noticeRewind();
    expect(readsOf('ids~')).toEqual(['ids~000000000001']);
  });

  it('notices that storage went back in time', async () => {
    const { writer, errors } = openWriter(tables, patientClock());
    await postIds(writer, 'a');
    const past = await rowsOf(store);
    await postIds(writer, 'b');
    writer.evict();
    await restore(store, past);
    expect(await writer.noticeRewind()).toBe(true);
    expect(errors).toHaveLength(1);
    expect(await postIds(writer, 'b', 'a')).toEqual(['accepted 2.0', 'duplicate 1.0']);
  });

  it('notices it also when another writer has gone on from there', async () => {
    const { writer } = openWriter(tables, patientClock());
    await postIds(writer, 'a');
    const past = await rowsOf(store);
    await postIds(writer, 'b');
    writer.evict();
    await restore(store, past);
    await postIds(openWriter(store).writer, 'x');
    expect(await writer.noticeRewind()).toBe(true);
  });

  it('notices that a hold was released by another instance', async () => {
    const { writer } = openWriter(tables, patientClock());
    await postIds(writer, 'a');
    const past = await rowsOf(store);
    await postIds(writer, 'b');
    await restore(store, past);
    expect(await writer.noticeRewind()).toBe(true);
    writer.evict();
    expect(await writer.noticeRewind()).toBe(true);
    await openWriter(store).writer.release();
    expect(await writer.noticeRewind()).toBe(false);
  });
});

describe('an instance without timers', () => {
  it('goes on from the checkpoints that another one writes, and its memory does not grow with the log', async () => {
    const dueIds = 2_000;
    const { writer } = openWriter(tables, patientClock(), { checkpointDueIds: dueIds });
    const { writer: other } = openWriter(store);
    const rounds = 20;
    let most = 0;
    for (let round = 0; round < rounds; round++) {
      const ids = Array.from({ length: 1_000 }, (_, index) => `id ${round}.${index}`);
      await postIds(writer, ...ids);
      await other.noticeRewind();
      await other.checkpoints.write(dueIds);
      await writer.noticeRewind();
      most = Math.max(most, writer.indexBytes);
    }
    // Filters of 3 bytes an id, and at most three times as many recent ids as are due.
    expect(most).toBeLessThan(3.2 * rounds * 1_000 + 20 * 3 * dueIds);
    const all = Array.from({ length: rounds }, (_, round) => [`id ${round}.0`, `id ${round}.999`]).flat();
    const known = await writer.identify([...all, 'new'].map((id) => appendLine(id)));
    expect(known.map(({ kind }) => kind)).toEqual([...all.map(() => 'known'), 'new']);
  });

  it('answers and goes on when it cannot read them', async () => {
    const { writer } = openWriter(tables, patientClock(), { checkpointDueIds: 2 });
    tables.failBefore((call) => call.kind === 'query' && 'select' in call.range, 'unknown', 1_000);
    await openWriter(store).writer.noticeRewind();
    for (let id = 0; id < 6; id++)
      expect(await postIds(writer, `id ${id}`)).toEqual([`accepted ${id + 1}.0`]);
    expect(await postIds(writer, 'id 0')).toEqual(['duplicate 1.0']);
  });
});
