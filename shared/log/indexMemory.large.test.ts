/** Logs as large as it takes to measure what an id takes in memory. */
import { beforeEach, describe, expect, it } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { appendGenerated, generatedLine } from '../../test/support/generatedLog.ts';
import {
  appendLine,
  createLogTables,
  openWriter,
  patientClock,
  post,
} from '../../test/support/logUnderTest.ts';
import type { TableStore } from '../tables/tableStore.ts';
import { IndexMemory } from './indexMemory.ts';

const azurite = useAzurite();
let store: TableStore;

beforeEach(async () => {
  store = azurite.store();
  await createLogTables(store);
});

describe('a log of many ids', () => {
  const IDS = 240_000;
  const generated = (...numbers: number[]) => numbers.map(generatedLine);
  const some = [0, 1, 77_777, 160_000, IDS - 1];

  it('takes 20 bytes an id at most before a checkpoint, and 3.1 with one', async () => {
    await appendGenerated(store, 0, IDS);
    const { writer } = openWriter(store, patientClock());
    await writer.noticeRewind();
    expect(writer.indexBytes / IDS).toBeLessThanOrEqual(20);
    expect(await writer.checkpoints.write()).toBe(true);
    expect(writer.indexBytes / IDS).toBeLessThanOrEqual(3.1);
    const { writer: cold } = openWriter(store, patientClock());
    const known = await cold.identify(generated(...some, IDS, IDS + 1));
    expect(known.map(({ kind }) => kind)).toEqual([...some.map(() => 'known'), 'new', 'new']);
    expect(cold.indexBytes / IDS).toBeLessThanOrEqual(3.1);
  });

  it('that is too large for the budget is asked in its pages, and answers the same', async () => {
    await appendGenerated(store, 0, IDS);
    const limits = { memory: new IndexMemory(100_000) };
    const { writer } = openWriter(store, patientClock(), limits);
    await writer.noticeRewind();
    expect(await writer.checkpoints.write()).toBe(true);
    expect(writer.indexBytes).toBeLessThan(20_000);
    const known = await writer.identify(generated(...some, IDS, IDS + 1));
    expect(known.map(({ kind }) => kind)).toEqual([...some.map(() => 'known'), 'new', 'new']);
    const { outcomes } = await post(writer, [appendLine('one more'), ...generated(5)]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'duplicate']);
  });
});
