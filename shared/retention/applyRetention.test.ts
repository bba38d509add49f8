import { beforeEach, describe, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { interleavedTables } from '../../test/support/crashingTables.ts';
import { sendLines, statusesOf, syncAndPackage, track } from '../../test/support/journalSteps.ts';
import { logChain } from '../../test/support/logChain.ts';
import { DAYS, finishLines, finishRun, keysOf, retainAfter } from '../../test/support/retention.ts';
import { LOG, postedLine, ScriptedLayer } from '../../test/support/scriptedLayer.ts';
import { answered, APPLIED, REFUSED } from '../../test/support/scriptedPorts.ts';
import { applyRetentionTick } from '../app/housekeeping.ts';
import { readRun, reopenInsert } from '../log/runRow.ts';
import { loadPackage } from '../posting/loadPackage.ts';
import { storePackage } from '../posting/storePackage.ts';
import { readAggregatedLine, readJournal } from '../reading/readJournals.ts';
import { redriveLines } from '../redrive/redriveLines.ts';
import { readLineByRecordId, readLinesById } from '../reading/readLine.ts';

const azurite = useAzurite();
const PAST = { code: 'PastRetention' };

type View = Record<string, unknown>;
let instance: ScriptedLayer;

beforeEach(async () => {
  instance = await ScriptedLayer.install(azurite.store(), { retention: { days: DAYS } });
});

async function lineOf(id: string): Promise<View> {
  const [view] = await readLinesById(instance.layer, await instance.environment(), id, undefined);
  return view ?? {};
}

/** Kinds of rows, with how many there are. */
async function kinds(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const key of await keysOf(instance)) {
    const kind = key.split('~', 1)[0] ?? '';
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

describe('a run that is finished', () => {
  test('is removed after its days, but for what identifies it', async () => {
    await finishLines(instance, [postedLine('a'), postedLine('b')], 1);
    await retainAfter(instance, DAYS - 1);
    expect(await kinds()).toMatchObject({
      batch: 1,
      journal: 1,
      package: 1,
      outcome: 1,
      aggregated: 1,
      sync: 1,
    });
    await retainAfter(instance, 2);
    expect(await kinds()).toEqual({ head: 1, ids: 1, run: 1, retention: 1 });
    expect((await logChain(instance.tables, LOG)).faults).toEqual([]);
  });

  test('goes on refusing its ids: a duplicate stays one, and a conflict', async () => {
    await finishLines(instance, [postedLine('a'), postedLine('b')], 1);
    await retainAfter(instance);
    const again = [postedLine('a'), postedLine('b', { quantity: 2 }), postedLine('c')];
    for (const each of [instance, instance.another()]) {
      const [first, second] = await each.results(again.slice(0, 2));
      expect(first).toMatchObject({ processingStatus: 'duplicate', status: 'Aggregated', statusCode: 200 });
      expect(second).toMatchObject({ processingStatus: 'conflict', statusCode: 409 });
    }
    const [, , third] = await instance.results(again);
    expect(third).toMatchObject({ processingStatus: 'success' });
    expect((await logChain(instance.tables, LOG)).faults).toEqual([]);
  });

  test('reads as past retention, and what never was reads as unknown', async () => {
    await finishLines(instance, [postedLine('a')], 1);
    const { lineRecordId, aggregatedLine } = await lineOf('a');
    const { lineRecordId: aggregatedId, journal } = aggregatedLine as View & {
      journal: { journalKey: string };
    };
    await retainAfter(instance);
    const environment = await instance.environment();
    const { layer } = instance;
    expect(await lineOf('a')).toMatchObject({
      lineRecordId,
      id: 'a',
      status: 'Aggregated',
      pastRetention: true,
    });
    await expect(readLineByRecordId(layer, environment, String(lineRecordId))).rejects.toMatchObject(PAST);
    await expect(readAggregatedLine(layer, environment, String(aggregatedId))).rejects.toMatchObject(PAST);
    await expect(readJournal(layer, environment, journal.journalKey)).rejects.toMatchObject(PAST);
    const strange = journal.journalKey.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    expect(await readJournal(layer, environment, strange)).toBeUndefined();
    expect(await readLineByRecordId(layer, environment, String(aggregatedId))).toBeUndefined();
    expect(await lineOf('z')).toEqual({});
  });

  test('is kept for ever without a number of days', async () => {
    await instance.change({ retention: { days: 0 } });
    await finishLines(instance, [postedLine('a')], 1);
    await retainAfter(instance, 10_000);
    expect(await kinds()).toMatchObject({ batch: 1, journal: 1, package: 1, outcome: 1, aggregated: 1 });
  });

  test('gives its numbers to no other: the next run and the next batch follow', async () => {
    await finishLines(instance, [postedLine('a')], 1);
    await retainAfter(instance);
    await finishLines(instance, [postedLine('b')], 2);
    expect(await lineOf('b')).toMatchObject({
      status: 'Aggregated',
      aggregatedLine: { status: 'FnOTransPosted' },
    });
    expect((await readRun(instance.tables, LOG, 2))?.state.batches[0]).toContain(2);
    expect(await kinds()).toMatchObject({ batch: 1, ids: 2, run: 2, journal: 1 });
  });

  test('in as many packages and batches as it has', async () => {
    await instance.change({ retention: { days: DAYS }, maxLineCountPerJournal: 1 });
    for (let batch = 0; batch < 60; batch++)
      await instance.results([postedLine(`p${batch}`, { productId: `P${batch % 7}` })]);
    await finishLines(instance, [postedLine('a', { productId: 'P1' })], 1, 7);
    expect(await kinds()).toMatchObject({ package: 7, outcome: 7, batch: 61 });
    await retainAfter(instance);
    expect(await kinds()).toEqual({ head: 1, ids: 61, run: 1, retention: 1 });
  });
});

describe('what stays', () => {
  test('a batch with a parked line, and what the others of it became is past retention', async () => {
    instance.ends.inventoryVisibility.otherwise = ({ events }) =>
      answered(events, ({ productId }) => (productId === 'Bad' ? REFUSED : APPLIED));
    await instance.results([postedLine('good'), postedLine('bad', { productId: 'Bad' })]);
    await finishLines(instance, [postedLine('other')], 1);
    await retainAfter(instance);
    expect(await kinds()).toEqual({
      head: 1,
      ids: 2,
      run: 1,
      retention: 1,
      batch: 1,
      aggregated: 1,
      parked: 1,
    });
    expect(await lineOf('bad')).toMatchObject({ status: 'Created', parked: { reason: 'refused' } });
    expect(await lineOf('good')).toMatchObject({
      status: 'Aggregated',
      productId: 'P-good',
      aggregatedLine: { pastRetention: true },
    });
    expect(await lineOf('other')).toMatchObject({ pastRetention: true });
    expect(
      (await instance.results([postedLine('good'), postedLine('bad', { productId: 'Bad' })])).map(
        (each) => each.status,
      ),
    ).toEqual(['Aggregated', 'Created']);
  });

  test('a batch with a parked line, until the line has been driven again; then it is found where it has gone', async () => {
    const { inventoryVisibility } = instance.ends;
    inventoryVisibility.otherwise = ({ events }) =>
      answered(events, ({ productId }) => (productId === 'Bad' ? REFUSED : APPLIED));
    await instance.results([postedLine('good'), postedLine('bad', { productId: 'Bad' })]);
    await finishLines(instance, [postedLine('other')], 1);
    await retainAfter(instance);
    const { lineRecordId } = await lineOf('bad');
    inventoryVisibility.otherwise = ({ events }) => answered(events, () => APPLIED);
    const call = {
      layer: instance.layer,
      environment: await instance.environment(),
      by: 'x',
      preview: false,
    };
    const scope = { lineRecordIds: [String(lineRecordId)] };
    expect(await redriveLines(call, { reason: 'mended', scope })).toMatchObject({ changed: 1 });
    await retainAfter(instance, 1);
    expect(await kinds()).toMatchObject({ batch: 1, created: 1, parked: 1, ids: 3 });
    expect(await kinds()).not.toHaveProperty('aggregated');
    expect(await lineOf('bad')).toMatchObject({ status: 'Created', productId: 'Bad' });
    expect(await lineOf('good')).toMatchObject({ pastRetention: true });
    const again = await instance.results([postedLine('good'), postedLine('bad', { productId: 'Bad' })]);
    expect(again.map(({ processingStatus }) => processingStatus)).toEqual(['duplicate', 'duplicate']);
    await syncAndPackage(instance);
    expect(await lineOf('bad')).toMatchObject({ status: 'Aggregated' });
    expect((await instance.rows('batch~')).length).toBe(1);
  });

  test('a journal that is held', async () => {
    await finishLines(
      instance,
      [postedLine('a'), postedLine('h', { physicalMeasure: 'noted', quantity: 9 })],
      1,
    );
    const { aggregatedLine } = await lineOf('h');
    const { lineRecordId } = aggregatedLine as View;
    await retainAfter(instance);
    expect(await kinds()).toEqual({ head: 1, ids: 1, run: 1, retention: 1, journal: 1 });
    const held = await readAggregatedLine(instance.layer, await instance.environment(), String(lineRecordId));
    expect(held).toMatchObject({ status: 'Created', holdReason: 'NotMapped', quantity: '9' });
    expect((held?.['sourceLines'] as unknown[]).length).toBe(1);
  });

  test('a run with a package that is not settled, until it is', async () => {
    await instance.results([postedLine('a')]);
    await syncAndPackage(instance);
    await finishLines(instance, [postedLine('b')], 2);
    const before = await kinds();
    await retainAfter(instance);
    expect(await kinds()).toMatchObject({ journal: 1, package: 1, outcome: 1, batch: 1, open: 1 });
    expect(before).toMatchObject({ journal: 2, package: 2, batch: 2 });
    expect(await lineOf('a')).toMatchObject({ status: 'Aggregated', aggregatedLine: { status: 'Created' } });
    // It is finished after all, and goes when its own days are over.
    await finishRun(instance, 1);
    await retainAfter(instance, DAYS - 1);
    expect(await kinds()).toMatchObject({ batch: 1 });
    await retainAfter(instance, 2);
    expect(await kinds()).toEqual({ head: 1, ids: 2, run: 2, retention: 1 });
  });

  test('a run with a line in error, although it is watched no more', async () => {
    const sent = await sendLines(instance, [postedLine('a'), postedLine('b')]);
    const { supplyChain } = instance.ends;
    supplyChain.import(sent, ({ itemNumber }) => itemNumber === 'P-a');
    const failed = sent.lines.find(({ itemNumber }) => itemNumber === 'P-b')?.aggregatedLineId ?? '';
    supplyChain.conclude('message-1', [{ aggregatedLineId: failed, message: 'no such site' }]);
    supplyChain.post();
    await track(instance);
    await track(instance);
    await track(instance, 31 * 24 * 3_600_000);
    await track(instance);
    expect(await statusesOf(instance)).toEqual(['FnOTransPosted', 'FnOTransCreateError']);
    expect(await kinds()).not.toHaveProperty('open');
    const before = await keysOf(instance);
    await retainAfter(instance);
    await retainAfter(instance);
    expect(await keysOf(instance)).toEqual(
      [...before.filter((key) => !key.startsWith('sync~')), 'retention'].toSorted(),
    );
    expect(await lineOf('b')).toMatchObject({
      aggregatedLine: { status: 'FnOTransCreateError', error: 'no such site' },
    });
  });

  test('what is not aggregated, however old', async () => {
    await instance.results([postedLine('a')]);
    await retainAfter(instance);
    expect(await lineOf('a')).toMatchObject({ status: 'Created', productId: 'P-a' });
  });
});

test('rows of computations that were given up are swept a day after the commit, whatever the retention', async () => {
  await instance.change({ retention: { days: 0 } });
  await finishLines(instance, [postedLine('a')], 1);
  const committed = await keysOf(instance);
  const garbage = ['0', 'zz'].flatMap((attempt) => [
    `journal~00000001~${attempt}~00001~000`,
    `package~00000001~${attempt}~00001`,
    `outcome~00000001~${attempt}~00001`,
    `parked~r00000001~${attempt}`,
  ]);
  for (const rowKey of garbage)
    await instance.tables.transact('AdjustmentLog', LOG, [{ kind: 'insert', rowKey, properties: { v: 1 } }]);
  await applyRetentionTick(instance.layer);
  expect(await keysOf(instance)).toEqual([...committed, ...garbage, 'retention'].toSorted());
  await retainAfter(instance, 2);
  expect(await keysOf(instance)).toEqual([...committed, 'retention'].toSorted());
});

test('a package that somebody takes up again just as retention begins with its run is kept, and tracked on', async () => {
  await instance.change({ retention: { days: DAYS }, maxLineCountPerJournal: 1 });
  await finishLines(instance, [postedLine('a'), postedLine('b')], 1, 2);
  let takenUp = false;
  const tables = interleavedTables(instance.tables, async (operations) => {
    if (takenUp || !operations.some(({ rowKey, kind }) => kind === 'delete' && rowKey.endsWith('~00002')))
      return;
    takenUp = true;
    const loaded = await loadPackage(instance.tables, LOG, 1, 2);
    if (loaded === undefined) throw new Error('the package is gone already');
    const again = { ...loaded.stored.state, status: 'Enqueued', nextPollAt: 0 } as const;
    await storePackage(instance.tables, LOG, loaded, again, [reopenInsert(1, 'again')]);
  });
  instance.ends.clock.advance((DAYS + 1) * 24 * 3_600_000);
  await applyRetentionTick(instance.another(tables).layer);
  expect(takenUp).toBe(true);
  await applyRetentionTick(instance.layer);
  expect(await kinds()).toMatchObject({ package: 1, journal: 2, batch: 1, open: 1 });
  await track(instance);
  await track(instance);
  expect(await kinds()).toMatchObject({ package: 1, journal: 2 });
  expect(await kinds()).not.toHaveProperty('open');
  await retainAfter(instance);
  expect(await kinds()).toEqual({ head: 1, ids: 1, run: 1, retention: 1 });
});
