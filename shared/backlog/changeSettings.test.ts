import { beforeEach, describe, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { interleavedTables } from '../../test/support/crashingTables.ts';
import { balanceOf, pageOf } from '../../test/support/decisions.ts';
import { postPackage, statusesOf, syncAndPackage, track } from '../../test/support/journalSteps.ts';
import { ENVIRONMENT_ID } from '../../test/support/localSettings.ts';
import { postedLine, ScriptedLayer, scriptedSettings } from '../../test/support/scriptedLayer.ts';
import type { ScriptedSupplyChain } from '../../test/support/scriptedPorts.ts';
import { type BacklogDecision, changeSettings } from './changeSettings.ts';

const azurite = useAzurite();
const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 5, 6);

let instance: ScriptedLayer;
let scm: ScriptedSupplyChain;

beforeEach(async () => {
  instance = await ScriptedLayer.install(azurite.store());
  scm = instance.ends.supplyChain;
});

interface Asked {
  readonly backlog?: BacklogDecision;
  readonly removesMappings?: boolean;
  readonly etag?: string;
}

/** An administrator puts the settings with members changed. */
async function put(
  changes: Readonly<Record<string, unknown>>,
  { backlog, removesMappings = false, etag }: Asked = {},
  by: ScriptedLayer = instance,
) {
  const stored = await by.settings.read(ENVIRONMENT_ID);
  if (stored === undefined) throw new Error('no settings');
  return changeSettings(by.layer, await by.environment(), {
    document: { ...stored.settings, ...changes },
    etag: etag ?? stored.etag,
    backlog,
    removesMappings,
    by: 'admin',
  });
}

const stored = async () => (await instance.settings.read(ENVIRONMENT_ID))?.settings;

/** Two days of lines: those of the first wait in a package, those of the second in the cache. Then the job is off. */
async function stopOverBacklog(): Promise<void> {
  await instance.results([
    postedLine('old', { quantity: 3, transDate: '2026-01-01' }),
    postedLine('new', { quantity: 4, transDate: '2026-02-01' }),
  ]);
  await instance.change({ maxJournalCountPerPackage: 10 });
  await syncAndPackage(instance);
  await put({ enableSyncJob: false });
  instance.ends.clock.advance(HOUR);
  await instance.results([
    postedLine('later', { productId: 'P-old', quantity: 5, transDate: '2026-01-01' }),
    postedLine('latest', { productId: 'P-new', quantity: 6, transDate: '2026-02-01' }),
  ]);
  instance.ends.clock.advance(HOUR);
}

/** Everything goes on, with a line of another day that is accepted after the decision. */
async function goOn(): Promise<void> {
  instance.ends.clock.advance(HOUR);
  await instance.results([
    postedLine('fresh', { productId: 'P-old', quantity: 10, transDate: '2026-01-01' }),
  ]);
  await syncAndPackage(instance);
  for (const run of [1, 2]) await postPackage(instance, 1, run);
  scm.sent.forEach((sent, index) => {
    scm.import(sent);
    scm.conclude(`message-${index + 1}`);
  });
  await track(instance);
  scm.post();
  await track(instance);
  await track(instance);
}

describe('switching the sync job on over a backlog', () => {
  test('asks, with what waits, and changes nothing', async () => {
    await stopOverBacklog();
    const before = await instance.settings.read(ENVIRONMENT_ID);
    const count = { lines: 2, packages: 1, aggregatedLines: 2, oldest: new Date(START).toISOString() };
    await expect(put({ enableSyncJob: true })).rejects.toMatchObject({
      code: 'BacklogWaiting',
      details: {
        extensions: {
          backlog: {
            ...count,
            asOf: new Date(START + 2 * HOUR).toISOString(),
            legalEntities: [{ organizationId: 'usmf', ...count }],
          },
        },
      },
    });
    expect(await instance.settings.read(ENVIRONMENT_ID)).toEqual(before);
  });

  test('nothing is sent until then, and no message is lost to it', async () => {
    await stopOverBacklog();
    await postPackage(instance);
    await track(instance, HOUR);
    expect(scm.sent).toEqual([]);
    expect(await statusesOf(instance)).toEqual(['Created', 'Created']);
  });

  test('"send" sends all of it', async () => {
    await stopOverBacklog();
    await put({ enableSyncJob: true }, { backlog: { kind: 'send' } });
    await goOn();
    expect(await balanceOf(instance)).toEqual({ accepted: 28, inErp: 28, doNotSync: 0, waiting: 0 });
  });

  test('"close" closes all of it, and what is accepted later is sent by itself', async () => {
    await stopOverBacklog();
    await put({ enableSyncJob: true }, { backlog: { kind: 'close' } });
    expect((await stored())?.closedBacklogs).toEqual([
      { acceptedBefore: new Date(START + 2 * HOUR).toISOString() },
    ]);
    await goOn();
    expect(await pageOf(instance, 'old')).toMatchObject({
      status: 'DoNotSync',
      decisions: [{ kind: 'close', by: 'settings' }],
    });
    expect(await pageOf(instance, 'later')).toMatchObject({
      status: 'DoNotSync',
      holdReason: 'ClosedBacklog',
      quantity: '5',
    });
    expect(await pageOf(instance, 'fresh')).toMatchObject({ status: 'FnOTransPosted', quantity: '10' });
    expect(scm.sent).toHaveLength(1);
    expect(await instance.rows('open~')).toEqual([]);
  });

  test('"send from" closes what is dated before that day', async () => {
    await stopOverBacklog();
    await put({ enableSyncJob: true }, { backlog: { kind: 'close', sendFrom: '2026-02-01' } });
    await goOn();
    const statuses: unknown[] = [];
    for (const id of ['old', 'later', 'new', 'latest', 'fresh'])
      statuses.push((await pageOf(instance, id))['status']);
    expect(statuses).toEqual([
      'DoNotSync',
      'DoNotSync',
      'FnOTransPosted',
      'FnOTransPosted',
      'FnOTransPosted',
    ]);
  });

  test('with the time of the question closes no more than was shown', async () => {
    await stopOverBacklog();
    const asOf = new Date(START + HOUR / 2).toISOString();
    await put({ enableSyncJob: true }, { backlog: { kind: 'close', asOf } });
    await goOn();
    expect(await pageOf(instance, 'old')).toMatchObject({ status: 'DoNotSync' });
    expect(await pageOf(instance, 'later')).toMatchObject({ status: 'FnOTransPosted' });
  });

  test('does not ask when nothing waits, nor when it was on', async () => {
    await put({ enableSyncJob: false });
    expect((await put({ enableSyncJob: true })).settings.enableSyncJob).toBe(true);
    await instance.results([postedLine('a')]);
    await put({ synchronizationFrequency: 7 });
    expect((await stored())?.synchronizationFrequency).toBe(7);
  });

  test('what was closed once stays closed, whatever is decided later', async () => {
    await stopOverBacklog();
    await put({ enableSyncJob: true }, { backlog: { kind: 'close' } });
    await put({ enableSyncJob: false });
    await put({ enableSyncJob: true, closedBacklogs: [] }, { backlog: { kind: 'send' } });
    await goOn();
    expect(await pageOf(instance, 'old')).toMatchObject({ status: 'DoNotSync' });
    const forged = [{ acceptedBefore: '2027-01-01T00:00:00Z' }];
    await expect(put({ closedBacklogs: forged })).rejects.toMatchObject({ code: 'InvalidSettings' });
  });
});

describe('a change', () => {
  test('of a version that is gone is refused, also when somebody was quicker by a moment', async () => {
    const first = await instance.settings.read(ENVIRONMENT_ID);
    await put({ synchronizationFrequency: 7 });
    await expect(put({}, { etag: first?.etag ?? '' })).rejects.toMatchObject({ code: 'PreconditionFailed' });
    let overtaken = false;
    const slow = instance.another(
      interleavedTables(instance.tables, async () => {
        if (overtaken) return;
        overtaken = true;
        await put({ synchronizationFrequency: 8 });
      }),
    );
    await expect(put({ synchronizationFrequency: 9 }, {}, slow)).rejects.toMatchObject({
      code: 'PreconditionFailed',
    });
    expect((await stored())?.synchronizationFrequency).toBe(8);
  });

  test('that is not valid is refused with all that is wrong', async () => {
    await expect(put({ synchronizationFrequency: 0, mapping: [] })).rejects.toMatchObject({
      code: 'InvalidSettings',
      details: {
        extensions: {
          errors: [
            { path: 'mapping' },
            {
              path: 'synchronizationFrequency',
              value: '0',
              message: expect.stringContaining('1 to 1,440') as string,
            },
          ],
        },
      },
    });
    await expect(put({ environmentId: 'another' })).rejects.toMatchObject({ code: 'InvalidSettings' });
    const close = { kind: 'close' } as const;
    await expect(put({}, { backlog: close })).rejects.toMatchObject({ code: 'InvalidParameter' });
  });

  test('that takes a mapping away asks when it has unfinished lines, and holds them once confirmed', async () => {
    await instance.results([postedLine('packaged')]);
    await syncAndPackage(instance);
    await instance.results([postedLine('waits'), postedLine('other', { physicalMeasure: 'counted' })]);
    const mappings = scriptedSettings().mappings.filter(
      ({ physicalMeasure }) => physicalMeasure !== 'inbound',
    );
    await expect(put({ mappings })).rejects.toMatchObject({
      code: 'MappingInUse',
      details: {
        extensions: {
          mappings: [
            { physicalMeasure: 'inbound', waitingLines: 1, unfinishedAggregatedLines: 1, atLeast: false },
          ],
        },
      },
    });
    await put({ mappings }, { removesMappings: true });
    await syncAndPackage(instance);
    expect(await pageOf(instance, 'waits')).toMatchObject({ status: 'Created', holdReason: 'NotMapped' });
    await put({ mappings: [] }, { removesMappings: true });
  });

  test('that takes a mapping away without unfinished lines does not ask', async () => {
    await put({ mappings: [] });
    expect((await stored())?.mappings).toEqual([]);
  });
});
