import { beforeEach, describe, expect, it } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { FaultyTableStore, type TableCall } from '../../test/support/faultyTableStore.ts';
import { createLogTables, deleteRows, keysOf, PARTITION } from '../../test/support/logUnderTest.ts';
import type { TableStore } from '../tables/tableStore.ts';
import { outcomeWrite, readOutcome } from './outcomeRow.ts';
import { PackageOutcome } from './packageOutcome.ts';
import { ADJUSTMENT_LOG } from './rowKeys.ts';

const azurite = useAzurite();
const PLACE = { run: 1, attempt: 'x', number: 2 };
let store: TableStore;

beforeEach(async () => {
  store = azurite.store();
  await createLogTables(store);
});

async function write(outcome: PackageOutcome, etag?: string): Promise<void> {
  const operation = await outcomeWrite(store, PARTITION, PLACE, outcome, etag);
  await store.transact(ADJUSTMENT_LOG, PARTITION, [operation]);
}

/** An outcome that no row can hold. */
function large(): PackageOutcome {
  let seed = 1;
  const noise = () => String.fromCharCode(0x4e00 + ((seed = (seed * 48_271) % 0x7fff_ffff) % 20_000));
  const outcome = PackageOutcome.fresh(3_000, 1);
  for (let line = 0; line < 3_000; line++) {
    outcome.note(line, 'FnOSyncEnqueued', 2);
    outcome.note(line, 'FnOTransCreateError', 3, { error: Array.from({ length: 200 }, noise).join('') });
  }
  return outcome;
}

it('an outcome is read back, and written again only as it was read', async () => {
  expect(await readOutcome(store, PARTITION, PLACE)).toBeUndefined();
  const outcome = PackageOutcome.fresh(3, 1);
  await write(outcome);
  const stored = await readOutcome(store, PARTITION, PLACE);
  expect(stored?.outcome.lines()).toEqual(outcome.lines());
  stored?.outcome.note(1, 'FnOSyncEnqueued', 2);
  await write(stored?.outcome ?? outcome, stored?.etag);
  await expect(write(outcome, stored?.etag)).rejects.toMatchObject({ failure: 'changed' });
  expect((await readOutcome(store, PARTITION, PLACE))?.outcome.line(1).status).toBe('FnOSyncEnqueued');
});

it('what does not fit into the row stands in parts, and writing them twice does no harm', async () => {
  const outcome = large();
  await write(outcome);
  expect((await keysOf(store)).length).toBeGreaterThan(2);
  const stored = await readOutcome(store, PARTITION, PLACE);
  expect(stored?.outcome.lines()).toEqual(outcome.lines());
  await write(outcome, stored?.etag);
  expect((await readOutcome(store, PARTITION, PLACE))?.outcome.lines()).toEqual(outcome.lines());
});

describe('a part of an outcome', () => {
  const isWrite = (call: TableCall) => call.kind === 'transact';

  it('that another instance writes at the same time is the same', async () => {
    const tables = new FaultyTableStore(store);
    tables.before(isWrite, () => write(large()));
    const operation = await outcomeWrite(tables, PARTITION, PLACE, large(), undefined);
    expect(operation.kind).toBe('insert');
    expect(tables.calls.filter(isWrite)).toHaveLength(1);
    expect((await readOutcome(store, PARTITION, PLACE))?.outcome.lines()).toEqual(large().lines());
  });

  it('that could not be written is not passed over', async () => {
    const tables = new FaultyTableStore(store);
    tables.failBefore(isWrite, 'busy');
    await expect(outcomeWrite(tables, PARTITION, PLACE, large(), undefined)).rejects.toMatchObject({
      failure: 'busy',
    });
  });

  it('that was written before is not written again', async () => {
    await write(large());
    const tables = new FaultyTableStore(store);
    await outcomeWrite(tables, PARTITION, PLACE, large(), 'etag');
    expect(tables.calls.filter(isWrite)).toEqual([]);
  });
});

it('an outcome of which a part is missing is refused', async () => {
  await write(large());
  await deleteRows(store, (await keysOf(store)).at(-1) ?? '');
  await expect(readOutcome(store, PARTITION, PLACE)).rejects.toThrow(/its part [0-9a-f]{32} is missing/);
});
