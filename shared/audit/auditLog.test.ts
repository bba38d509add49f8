import { beforeEach, describe, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { countedInstance } from '../../test/support/effects.ts';
import { postPackage, sendLines, syncAndPackage, track } from '../../test/support/journalSteps.ts';
import { DAYS, finishLines, finishRun, keysOf, retainAfter } from '../../test/support/retention.ts';
import { LOG, postedLine, ScriptedLayer } from '../../test/support/scriptedLayer.ts';
import { answered, REFUSED } from '../../test/support/scriptedPorts.ts';
import { auditLogsTick } from '../app/housekeeping.ts';
import { syncCache } from '../cacheSync/syncCache.ts';
import { ADJUSTMENT_LOG, LOG_DIRECTORY } from '../log/rowKeys.ts';
import { readAuditFindings } from '../reading/readAuditFindings.ts';

const azurite = useAzurite();
const HOUR = 3_600_000;

interface Told {
  readonly code: string;
  readonly count: number;
  readonly repaired: number;
  readonly subjects: readonly string[];
  readonly since: string;
}

let instance: ScriptedLayer;

beforeEach(async () => {
  instance = await ScriptedLayer.install(azurite.store(), { retention: { days: DAYS } });
});

/** What an audit finds, as an operator reads it. */
async function told(): Promise<Told[]> {
  await auditLogsTick(instance.layer);
  const view = await readAuditFindings(instance.layer, await instance.environment());
  return (view['logs'] as { findings: Told[] }[]).flatMap(({ findings }) => findings);
}

async function codes(): Promise<string[]> {
  return (await told()).map(({ code, subjects }) => `${code}: ${subjects.join(', ')}`);
}

async function remove(prefix: string): Promise<void> {
  const rowKeys = (await keysOf(instance)).filter((key) => key.startsWith(prefix));
  expect(rowKeys).not.toEqual([]);
  await instance.tables.transact(
    ADJUSTMENT_LOG,
    LOG,
    rowKeys.map((rowKey) => ({ kind: 'delete', rowKey })),
  );
}

async function insert(rowKey: string, properties: Record<string, string | number> = { v: 1 }): Promise<void> {
  await instance.tables.transact(ADJUSTMENT_LOG, LOG, [{ kind: 'insert', rowKey, properties }]);
}

describe('nothing is found', () => {
  test('while everything goes its way, and after retention', async () => {
    await instance.results([postedLine('a')]);
    expect(await told()).toEqual([]);
    await syncAndPackage(instance);
    expect(await told()).toEqual([]);
    await postPackage(instance);
    expect(await told()).toEqual([]);
    await finishRun(instance, 1);
    expect(await told()).toEqual([]);
    await instance.results([postedLine('b')]);
    await retainAfter(instance);
    await syncAndPackage(instance);
    expect(await told()).toEqual([]);
    expect(instance.runtime.logger.entries.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  test('by an instance that looks while another writes', async () => {
    await instance.results([postedLine('a')]);
    const others = [
      () => instance.results([postedLine('b')]),
      () => syncAndPackage(instance),
      () => finishRun(instance, 1),
      () => retainAfter(instance, DAYS + 1),
    ];
    for (const work of others) await Promise.all([work(), auditLogsTick(instance.another().layer)]);
    expect(await told()).toEqual([]);
  });
});

describe('rows that contradict each other', () => {
  test.each([
    ['a gap in the chain', 'ids~000000000002', ['ChainBroken: batch 2, batch 3']],
    ['lines without a batch', 'batch~000000000002', ['BatchMissing: batch 2']],
    ['a batch without a state', 'posted~000000000002', ['StateMissing: batch 2']],
  ])('%s', async (_, rowKey, expected) => {
    for (const id of ['a', 'b', 'c']) await instance.results([postedLine(id)]);
    await instance.change({ enableSyncJob: false, retention: { days: DAYS } });
    await syncAndPackage(instance).catch(() => undefined);
    const moved = (await keysOf(instance)).find(
      (key) => key.endsWith('~000000000002') && key.startsWith('aggregated'),
    );
    await remove(rowKey.startsWith('posted') ? (moved ?? rowKey) : rowKey);
    expect(await codes()).toEqual(expected);
  });

  test('a batch of which everything is gone but its ids, unless retention came that far', async () => {
    await finishLines(instance, [postedLine('a')], 1);
    await instance.results([postedLine('b')]);
    await remove('batch~000000000002');
    await remove('created~000000000002');
    expect(await codes()).toEqual(['BatchMissing: batch 2']);
  });

  test('two states', async () => {
    await instance.results([postedLine('a')]);
    await insert('posted~000000000001', { v: 1, lineCount: 1, createdAt: 0 });
    expect(await codes()).toEqual(expect.arrayContaining(['StateDoubled: batch 1']));
  });

  test('a synchronization that is gone', async () => {
    instance.ends.inventoryVisibility.script.push(() => ({ kind: 'unknown', message: 'no answer' }));
    instance.ends.inventoryVisibility.otherwise = () => ({ kind: 'unknown', message: 'no answer' });
    await instance.results([postedLine('a')], { createWithIVSync: true });
    expect(await codes()).toEqual([]);
    instance.ends.clock.advance(2 * HOUR);
    expect(await codes()).toEqual(['SyncStuck: synchronization 1']);
    await remove('sync~');
    expect(await codes()).toEqual(['SyncMissing: batch 1']);
  });

  test('a run that is gone, or that lost what it committed', async () => {
    await instance.results([postedLine('a')]);
    await syncAndPackage(instance);
    await remove('journal~');
    expect(await codes()).toEqual(['PackagesMissing: run 1']);
    await remove('run~');
    expect(await codes()).toEqual(expect.arrayContaining(['RunMissing: run 1, batch 1, run 1']));
  });

  test('a row of a later version is named, and the rest is looked at all the same', async () => {
    await instance.results([postedLine('a')]);
    await syncAndPackage(instance);
    await insert('sync~000000000009');
    await insert('syncing~000000000009', { v: 2 });
    await remove('outcome~');
    const found = await told();
    expect(found.map(({ code }) => code)).toEqual(['RowUnreadable', 'PackagesMissing']);
    expect(found[0]?.subjects[0]).toMatch(/syncing~000000000009.*has v 2/);
  });
});

describe('what waits', () => {
  test('for the cache, for packaging, and for how long', async () => {
    await instance.results([postedLine('a')]);
    instance.ends.clock.advance(HOUR + 1);
    const [created] = await told();
    expect(created).toMatchObject({ code: 'CreatedForLong', count: 1, subjects: ['batch 1'] });
    instance.ends.clock.advance(HOUR);
    const [again] = await told();
    expect(again?.since).toBe(created?.since);
    await instance.change({ periodicallySynchronize: false, retention: { days: DAYS } });
    expect(await told()).toEqual([]);
  });

  test('for packaging, an hour after the job was due', async () => {
    const schedule = async (startTime: number, changes = {}) => {
      const jobSettings = {
        recurrenceUnit: 'hour',
        recurrenceInterval: 24,
        startTime: new Date(startTime).toISOString(),
      };
      await instance.change({ jobSettings, retention: { days: DAYS }, ...changes });
    };
    await instance.results([postedLine('a')]);
    await syncCache(await instance.syncDependencies(), { due: true, deadline: instance.later });
    const due = instance.ends.clock.now() + HOUR;
    await schedule(due);
    instance.ends.clock.advance(2 * HOUR - 1);
    expect(await codes()).toEqual([]);
    instance.ends.clock.advance(1);
    expect(await codes()).toEqual(['PostedForLong: batch 1']);
    await schedule(due, { enableSyncJob: false });
    expect(await codes()).toEqual([]);
  });

  test('a package of which it is not known whether it arrived', async () => {
    const { supplyChain } = (await instance.environment()).settings;
    await instance.results([postedLine('a')]);
    await syncAndPackage(instance);
    instance.ends.supplyChain.script.push(() => ({ kind: 'unknown', message: 'time-out' }));
    await postPackage(instance);
    instance.ends.clock.advance(supplyChain.unknownOutcomeSeconds * 1_000 + HOUR);
    expect(await codes()).toEqual([]);
    instance.ends.clock.advance(1);
    expect(await codes()).toEqual(['SendingForLong: run 1, package 1']);
    await track(instance, 2 * HOUR);
    expect(await codes()).toEqual(['PackageUnknown: run 1, package 1']);
  });

  test('a run that is not committed', async () => {
    await instance.results([postedLine('a')]);
    const { instance: unlucky } = countedInstance(instance, { at: 6, kind: 'dies' });
    await syncAndPackage(unlucky).catch(() => undefined);
    expect(await keysOf(instance)).toContain('run~00000001');
    instance.ends.clock.advance(2 * HOUR);
    expect(await codes()).toEqual(expect.arrayContaining(['RunStuck: run 1']));
  });

  test('packages, lines and runs that a human must look at', async () => {
    instance.ends.inventoryVisibility.otherwise = ({ events }) =>
      answered(events, ({ productId }) =>
        productId === 'P-bad' ? REFUSED : { applied: true, statusCode: 200, message: '' },
      );
    const sent = await sendLines(instance, [postedLine('a'), postedLine('bad')]);
    instance.ends.clock.advance(25 * HOUR);
    expect(await codes()).toEqual(['LinesParked: batch 1', 'ImportForLong: run 1, package 1']);
    const failed = sent.lines[0]?.aggregatedLineId ?? '';
    instance.ends.supplyChain.conclude('message-1', [{ aggregatedLineId: failed, message: 'no such site' }]);
    await track(instance);
    expect(await codes()).toEqual(['LinesParked: batch 1', 'LinesInError: run 1, package 1']);
    await track(instance, 31 * 24 * HOUR);
    await track(instance);
    await retainAfter(instance);
    expect(await codes()).toEqual([
      'LinesParked: batch 1',
      'RunKept: run 1',
      'LinesInError: run 1, package 1',
    ]);
  });
});

describe('what is safe to repair is repaired, and said', () => {
  test('a message that was lost is sent again', async () => {
    await instance.results([postedLine('a')]);
    await syncAndPackage(instance);
    const { queue } = instance.ends;
    expect(queue.sent.splice(0)).toHaveLength(1);
    instance.ends.clock.advance(11 * 60_000);
    expect(await told()).toMatchObject([{ code: 'PackageWaiting', count: 1, repaired: 1 }]);
    expect(queue.sent).toMatchObject([{ message: { run: 1, package: 1 } }]);
    expect(await told()).toEqual([]);
  });

  test('not while the emergency stop is on', async () => {
    await instance.results([postedLine('a')]);
    await syncAndPackage(instance);
    instance.ends.queue.sent.splice(0);
    await instance.change({ enableSyncJob: false, retention: { days: DAYS } });
    instance.ends.clock.advance(2 * HOUR);
    expect(await told()).toEqual([]);
    expect(instance.ends.queue.sent).toEqual([]);
  });

  test('a run that no timer would find is found again', async () => {
    await instance.results([postedLine('a')]);
    await syncAndPackage(instance);
    await remove('open~');
    expect(await told()).toMatchObject([{ code: 'RunUnmarked', repaired: 1, subjects: ['run 1'] }]);
    await finishRun(instance, 1);
    expect(await told()).toEqual([]);
    expect((await keysOf(instance)).filter((key) => key.startsWith('open~'))).toEqual([]);
  });

  test('a log that is not listed is listed, if the settings name it', async () => {
    await instance.change({ legalEntities: [{ organizationId: 'usmf' }] });
    await instance.results([postedLine('a')]);
    const [environmentKey = '', organizationKey = ''] = LOG.split('~');
    await instance.tables.transact(LOG_DIRECTORY, environmentKey, [
      { kind: 'delete', rowKey: organizationKey },
    ]);
    instance.ends.clock.advance(2 * HOUR);
    expect(await told()).toMatchObject([
      { code: 'LogNotListed', repaired: 1, subjects: ['usmf'] },
      { code: 'CreatedForLong', subjects: ['batch 1'] },
    ]);
  });
});

test('a log that is held is audited and says so, and nothing is sent for it', async () => {
  await instance.results([postedLine('a')]);
  await syncAndPackage(instance);
  instance.ends.queue.sent.splice(0);
  const head = await instance.tables.get(ADJUSTMENT_LOG, LOG, 'head');
  if (head === undefined) throw new Error('there is no head');
  const properties = { ...head.properties, releasedEpoch: 'another' };
  await instance.tables.transact(ADJUSTMENT_LOG, LOG, [
    { kind: 'update', rowKey: 'head', properties, etag: head.etag },
  ]);
  instance.ends.clock.advance(2 * HOUR);
  expect(await told()).toMatchObject([{ code: 'LogHeld' }, { code: 'PackageWaiting', repaired: 0 }]);
  expect(instance.ends.queue.sent).toEqual([]);
});
