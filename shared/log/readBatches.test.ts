import { beforeEach, expect, it } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { FaultyTableStore } from '../../test/support/faultyTableStore.ts';
import { adjustmentLine, createLogTables, PARTITION } from '../../test/support/logUnderTest.ts';
import type { TableStore } from '../tables/tableStore.ts';
import { batchInsert } from './batchRow.ts';
import { readBatches } from './readBatches.ts';
import { ADJUSTMENT_LOG } from './rowKeys.ts';

const azurite = useAzurite();
let store: TableStore;

beforeEach(async () => {
  store = azurite.store();
  await createLogTables(store);
  const inserts = Array.from({ length: 32 }, (_, index) =>
    batchInsert(index + 1, `batch ${index + 1}`, 5, [adjustmentLine(`id ${index + 1}`)]),
  );
  await store.transact(ADJUSTMENT_LOG, PARTITION, inserts);
});

async function read(seqs: readonly number[], tables: TableStore = store): Promise<number[]> {
  const found: number[] = [];
  for await (const { seq, lines } of readBatches(tables, PARTITION, seqs)) {
    expect(lines.map(({ id }) => id)).toEqual([`id ${seq}`]);
    found.push(seq);
  }
  return found;
}

it('batches come in the order of the list, however many', async () => {
  expect(await read([])).toEqual([]);
  expect(await read([3, 1, 2])).toEqual([3, 1, 2]);
  const all = Array.from({ length: 32 }, (_, index) => 32 - index);
  expect(await read(all)).toEqual(all);
});

it('sixteen are read at once, and each of them once', async () => {
  const tables = new FaultyTableStore(store);
  const batches = readBatches(
    tables,
    PARTITION,
    Array.from({ length: 17 }, (_, index) => index + 1),
  );
  await batches.next();
  expect(tables.calls).toHaveLength(16);
  for await (const { seq } of batches) expect(seq).toBeGreaterThan(1);
  expect(tables.calls).toHaveLength(17);
});

it('one that is missing is named', async () => {
  await expect(read([1, 33])).rejects.toThrow(`Batch 33 of the log ${PARTITION} is missing.`);
});
