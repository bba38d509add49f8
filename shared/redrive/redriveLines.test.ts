/** Parked lines are driven again: what is written, what is answered, and what reading says of them afterwards. */
import { beforeEach, describe, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { accountOf } from '../../test/support/accountedLines.ts';
import { syncAndPackage } from '../../test/support/journalSteps.ts';
import { logChain } from '../../test/support/logChain.ts';
import {
  outcomes,
  parkRefused,
  parkUnknown,
  REASON,
  recordId,
  redrive,
  redriveAll,
  redriveIds,
  refuse,
  sync,
} from '../../test/support/parkedLines.ts';
import { LOG, postedLine, ScriptedLayer } from '../../test/support/scriptedLayer.ts';
import { batchOf } from '../log/batchRow.ts';
import { readLineByRecordId } from '../reading/readLine.ts';
import { readAggregatedLine } from '../reading/readJournals.ts';

const azurite = useAzurite();
let instance: ScriptedLayer;

beforeEach(async () => {
  instance = await ScriptedLayer.install(azurite.store());
});

const read = async (id: string) =>
  (await readLineByRecordId(instance.layer, await instance.environment(), recordId(id))) as Record<
    string,
    unknown
  > & { aggregatedLine: { lineRecordId: string } };
const timesSent = (id: string) =>
  instance.ends.inventoryVisibility.calls
    .flatMap(({ events }) => events)
    .filter((event) => event.id === recordId(id)).length;

describe('a line that the cache refused', () => {
  test('goes to the cache and into a journal once, under its id, and is read along its whole way', async () => {
    await parkRefused(instance, 'a');
    expect(await read('a')).toMatchObject({ status: 'Created', parked: { reason: 'refused', batch: 1 } });
    const answer = await redriveIds(instance, 'a');
    expect(answer).toMatchObject({ action: 'redrive', changed: 1, more: false });
    expect(outcomes(answer)).toEqual([['redriven', 2]]);
    const waiting = await read('a');
    expect(waiting).toMatchObject({
      status: 'Created',
      redrives: [{ fromBatch: 1, toBatch: 2, by: 'an operator', reason: REASON }],
    });
    expect(waiting).not.toHaveProperty('parked');
    await syncAndPackage(instance);
    expect(timesSent('a')).toBe(2);
    const found = await read('a');
    expect(found).toMatchObject({ lineRecordId: recordId('a'), status: 'Aggregated' });
    const { lineRecordId } = found.aggregatedLine;
    const aggregated = await readAggregatedLine(instance.layer, await instance.environment(), lineRecordId);
    expect(aggregated).toMatchObject({ sourceLines: [{ lineRecordId: recordId('a') }] });
    const account = await accountOf(instance);
    expect(account).toMatchObject({ accepted: 2n, inJournals: 2n, parked: 0n, misplaced: [] });
  });

  test('is answered with its present status when it is posted again, and is not driven again by that', async () => {
    await parkRefused(instance, 'a');
    const again = () => instance.results([postedLine('a')], { createWithIVSync: true });
    const parked = 'It is parked (refused: unknown product).';
    expect(await again()).toMatchObject([
      {
        processingStatus: 'duplicate',
        status: 'Created',
        message: expect.stringContaining(parked) as string,
      },
    ]);
    expect(await instance.rows('batch~')).toHaveLength(1);
    await redriveIds(instance, 'a');
    await sync(instance);
    expect(await again()).toMatchObject([{ processingStatus: 'duplicate', status: 'IVPosted' }]);
    expect(await instance.post([postedLine('a', { quantity: 2 })])).toMatchObject({ kind: 'conflict' });
  });

  test('that is refused again is parked in its new batch and can be driven again from there', async () => {
    await parkRefused(instance, 'a');
    refuse(instance, 'P-a');
    await redriveIds(instance, 'a');
    await sync(instance);
    expect(await read('a')).toMatchObject({ status: 'Created', parked: { reason: 'refused', batch: 2 } });
    refuse(instance);
    expect(outcomes(await redriveAll(instance))).toEqual([['redriven', 3]]);
    await syncAndPackage(instance);
    const redrives = [
      { fromBatch: 1, toBatch: 2 },
      { fromBatch: 2, toBatch: 3 },
    ];
    expect(await read('a')).toMatchObject({ status: 'Aggregated', redrives });
    expect(await accountOf(instance)).toMatchObject({ accepted: 2n, inJournals: 2n, misplaced: [] });
  });
});

test('a line that did not fold goes straight into the next run, and not to the cache again', async () => {
  const huge = { productId: 'P', quantity: 100_000_000_000 };
  await instance.results([postedLine('a', huge), postedLine('b', huge)]);
  await syncAndPackage(instance);
  expect(await read('a')).toMatchObject({ status: 'IVPosted', parked: { reason: 'unfoldable' } });
  expect(outcomes(await redriveIds(instance, 'a'))).toEqual([['redriven', 2]]);
  expect((await instance.states()).posted).toEqual([2]);
  expect(await read('a')).toMatchObject({ status: 'IVPosted', redrives: [{ fromBatch: 1, toBatch: 2 }] });
  await syncAndPackage(instance);
  expect(timesSent('a')).toBe(1);
  expect(await read('a')).toMatchObject({ status: 'Aggregated' });
  expect(await read('b')).toMatchObject({ status: 'IVPosted', parked: { reason: 'unfoldable', batch: 1 } });
  const account = await accountOf(instance);
  expect(account).toMatchObject({ inJournals: 100_000_000_000n, parked: 100_000_000_000n, misplaced: [] });
  expect(outcomes(await redriveAll(instance))).toEqual([['redriven', 3]]);
});

test('all parked lines of a legal entity are driven together, in few batches', async () => {
  await parkRefused(instance, 'a', 'b', 'c');
  await parkUnknown(instance, 'd');
  expect((await redriveAll(instance, { preview: true })).results).toHaveLength(3);
  expect(await instance.rows('batch~')).toHaveLength(4);
  const answer = await redriveAll(instance);
  expect(answer.results.map(({ lineRecordId }) => lineRecordId)).toEqual(['a', 'b', 'c'].map(recordId));
  expect(outcomes(answer)).toEqual(Array(3).fill(['redriven', 5]));
  const [row] = await instance.rows('batch~000000000005');
  expect(row && batchOf(row)).toMatchObject({
    kind: 'redrive',
    lines: [{ id: 'a' }, { id: 'b' }, { id: 'c' }],
  });
  expect(await redriveAll(instance)).toMatchObject({ changed: 0, results: [] });
  const { faults, lineRecordIds } = await logChain(instance.tables, LOG);
  expect({ faults, ids: lineRecordIds.length }).toEqual({ faults: [], ids: 7 });
});

test('a preview says what would be done and writes nothing', async () => {
  await parkRefused(instance, 'a');
  await parkUnknown(instance, 'b');
  const before = await instance.rows('');
  const lineRecordIds = ['a', 'b', 'a beside it', 'never posted'].map(recordId);
  const answer = await redrive(instance, { lineRecordIds }, { preview: true });
  expect(answer).toMatchObject({ preview: true, changed: 0 });
  expect(outcomes(answer)).toEqual([
    ['redriven', 1],
    ['needsVerdict', 2],
    ['notParked', 1],
    ['notFound', undefined],
  ]);
  expect(await instance.rows('')).toEqual(before);
});

test('a repetition drives nothing again, and says who did it', async () => {
  await parkRefused(instance, 'a');
  await redriveIds(instance, 'a');
  const answer = await redriveIds(instance, 'a');
  expect(answer).toMatchObject({
    changed: 0,
    results: [
      {
        outcome: 'notParked',
        batch: 2,
        message: expect.stringContaining('an operator had it driven') as string,
      },
    ],
  });
});

test('what was done and who asked for it is logged', async () => {
  await parkRefused(instance, 'a', 'b');
  await redriveAll(instance, { by: 'a client (a user)' });
  const logged = instance.runtime.logger.entries.find(({ message }) =>
    message.startsWith('Parked lines were'),
  );
  expect(logged).toMatchObject({
    level: 'info',
    fields: { by: 'a client (a user)', reason: REASON, log: LOG, lines: 2, batches: '3' },
  });
});

test('another instance, whose index was built before, goes on behind the batch', async () => {
  const other = instance.another();
  await parkRefused(instance, 'a');
  await other.results([postedLine('x')]);
  await redriveIds(instance, 'a');
  expect(await other.results([postedLine('y'), postedLine('a')])).toMatchObject([
    { processingStatus: 'success' },
    { processingStatus: 'duplicate' },
  ]);
  expect((await logChain(instance.tables, LOG)).faults).toEqual([]);
  const cold = instance.another();
  expect(await cold.results([postedLine('a')])).toMatchObject([{ processingStatus: 'duplicate' }]);
});

test('nothing is begun while the feature is off, and for a legal entity without a log', async () => {
  await parkRefused(instance, 'a');
  await expect(
    redrive(instance, { organizationId: 'other', parkReasons: ['refused'] }),
  ).rejects.toMatchObject({ code: 'NotFound' });
  await instance.change({ enableFeature: false });
  await expect(redriveAll(instance)).rejects.toMatchObject({ code: 'FeatureDisabled' });
});
