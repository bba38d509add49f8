import { describe, expect, it, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { createLogTables, PARTITION } from '../../test/support/logUnderTest.ts';
import type { Row, RowProperties } from '../tables/tableStore.ts';
import { type Head, headOf, headProperties, isHeld, readHead } from './headRow.ts';
import { ADJUSTMENT_LOG, HEAD_KEY } from './rowKeys.ts';

const azurite = useAzurite();
const HEAD: Head = { tail: 4, batchId: 'b', epoch: 'two', releasedEpoch: 'one' };

describe('the head of a log', () => {
  it('is read back as it was written, with its ETag', async () => {
    const store = azurite.store();
    await createLogTables(store);
    expect(await readHead(store, PARTITION)).toBeUndefined();
    const [etag] = await store.transact(ADJUSTMENT_LOG, PARTITION, [
      { kind: 'insert', rowKey: HEAD_KEY, properties: headProperties(HEAD) },
    ]);
    expect(await readHead(store, PARTITION)).toEqual({ ...HEAD, etag });
  });

  const row = (change: RowProperties): Row => ({
    partitionKey: PARTITION,
    rowKey: HEAD_KEY,
    etag: 'e',
    timestamp: 0,
    properties: { ...headProperties(HEAD), ...change },
  });

  it.each<[RowProperties, string]>([
    [{ v: 2 }, 'has v 2'],
    [{ tail: '4' }, 'its property tail is no number'],
    [{ batchId: 4 }, 'its property batchId is no text'],
    [{ epoch: 4 }, 'its property epoch is no text'],
    [{ releasedEpoch: 4 }, 'its property releasedEpoch is no text'],
  ])('with %j is refused', (change, why) => {
    expect(() => headOf(row(change))).toThrow(`Row head of partition ${PARTITION} of table AdjustmentLog`);
    expect(() => headOf(row(change))).toThrow(why);
  });
});

test('a log is held until its very epoch is released', () => {
  expect(isHeld(HEAD)).toBe(true);
  expect(isHeld({ ...HEAD, releasedEpoch: 'two' })).toBe(false);
});
