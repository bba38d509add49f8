import { beforeEach, describe, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { ENVIRONMENT_ID } from '../../test/support/localSettings.ts';
import { answered } from '../../test/support/scriptedPorts.ts';
import { LOG, postedLine, ScriptedLayer, scriptedSettings } from '../../test/support/scriptedLayer.ts';
import { environmentKey } from '../adjustments/keys.ts';
import { postAdjustments } from '../ingest/postAdjustments.ts';
import { ADJUSTMENT_LOG, type BatchState, HEAD_KEY, partitionKeyOf } from '../log/rowKeys.ts';
import { batchesInState } from '../log/stateRows.ts';
import { SETTINGS_TABLE } from '../settings/settingsStore.ts';
import { packageJournalsTick, syncCacheTick, trackJournalsTick } from './timers.ts';

const azurite = useAzurite();
const MINUTE = 60_000;
const EVERY_MINUTE = {
  startTime: '2024-01-01T00:00:00Z',
  recurrenceInterval: 1,
  recurrenceUnit: 'minute',
  timeZone: 'UTC',
};

let instance: ScriptedLayer;

beforeEach(async () => {
  instance = await ScriptedLayer.install(azurite.store(), { jobSettings: EVERY_MINUTE });
});

const inState = async (state: BatchState, organization = 'USMF', environmentId = ENVIRONMENT_ID) => {
  const partitionKey = partitionKeyOf(environmentKey(environmentId), organization);
  return (await batchesInState(instance.tables, partitionKey, state, 100)).map(({ seq }) => seq);
};
const post = (id: string, organizationId = 'usmf') => instance.results([postedLine(id, { organizationId })]);
const nextMinute = () => instance.ends.clock.advance(MINUTE);

/** A row that no version of the code understands: the legal entity's hops fail until it is gone. */
const damage = async (rowKey: string) => {
  await instance.tables.transact(ADJUSTMENT_LOG, LOG, [{ kind: 'insert', rowKey, properties: { v: 99 } }]);
  return () => instance.tables.transact(ADJUSTMENT_LOG, LOG, [{ kind: 'delete', rowKey }]);
};

describe('an occurrence', () => {
  beforeEach(() => instance.change({ synchronizationFrequency: 1, jobSettings: EVERY_MINUTE }));

  test('is handled once: what comes later waits for the next', async () => {
    await post('a');
    await syncCacheTick(instance.layer);
    await post('b');
    instance.ends.clock.advance(1_000);
    await syncCacheTick(instance.another().layer);
    expect([await inState('posted'), await inState('created')]).toEqual([[1], [2]]);
    nextMinute();
    await syncCacheTick(instance.layer);
    expect(await inState('posted')).toEqual([1, 2]);
  });

  test('stays due for a legal entity that had trouble, and for no other', async () => {
    await post('a');
    await post('b', 'demf');
    const repair = await damage('created~000000000000');
    await syncCacheTick(instance.layer);
    await post('c', 'demf');
    await syncCacheTick(instance.another().layer);
    expect([await inState('posted'), await inState('posted', 'DEMF')]).toEqual([[], [1]]);
    await repair();
    await syncCacheTick(instance.layer);
    expect([await inState('posted'), await inState('posted', 'DEMF')]).toEqual([[1], [1]]);
  });

  test('comes for the others although one legal entity never gets out of trouble', async () => {
    await post('a');
    await post('b', 'demf');
    await damage('created~000000000000');
    await syncCacheTick(instance.layer);
    await post('c', 'demf');
    nextMinute();
    await syncCacheTick(instance.layer);
    expect(await inState('posted', 'DEMF')).toEqual([1, 2]);
  });

  test('stays due while its work could not be finished, and then takes what came meanwhile along', async () => {
    await instance.change({ synchronizationFrequency: 60, jobSettings: EVERY_MINUTE });
    const busy = { kind: 'noEffect', message: 'busy', retryAfterMs: 20_000 } as const;
    instance.ends.inventoryVisibility.script.push(() => busy);
    await post('a');
    await syncCacheTick(instance.layer);
    await post('b');
    instance.ends.clock.advance(30_000);
    await syncCacheTick(instance.layer);
    expect(await inState('posted')).toEqual([1, 2]);
  });

  test('of the packaging job stays due while a run is left unfinished', async () => {
    await post('a');
    await syncCacheTick(instance.layer);
    const repair = await damage('posted~000000000000');
    await packageJournalsTick(instance.layer);
    expect(await inState('aggregated')).toEqual([]);
    await repair();
    await packageJournalsTick(instance.layer);
    expect(await inState('aggregated')).toEqual([1]);
  });
});

describe('trouble elsewhere', () => {
  const OTHER = '77777777-7777-4777-8777-777777777777';
  const postThere = async (id: string) => {
    const environment = await instance.layer.environment(OTHER);
    if (environment === undefined) throw new Error('no such environment');
    const body = Buffer.from(JSON.stringify([postedLine(id)]));
    const options = { createWithIVSync: false, validateOnly: false, lenient: false };
    await postAdjustments(instance.layer, environment, body, options);
  };

  test('an environment whose service is silent keeps no other waiting', async () => {
    await instance.settings.seed([scriptedSettings({ environmentId: OTHER })]);
    await post('slow');
    await postThere('quick');
    const { promise: quickWentOut, resolve } = Promise.withResolvers<void>();
    instance.ends.inventoryVisibility.otherwise = async ({ events }) => {
      if (events[0]?.productId === 'P-quick') resolve();
      else await quickWentOut;
      return answered(events);
    };
    await syncCacheTick(instance.layer);
    expect([await inState('posted'), await inState('posted', 'USMF', OTHER)]).toEqual([[1], [1]]);
  });

  test('an environment whose settings cannot be understood keeps no other waiting', async () => {
    await instance.tables.transact(SETTINGS_TABLE, 'environments', [
      {
        kind: 'insert',
        rowKey: environmentKey(OTHER),
        properties: { v: 1, environmentId: OTHER, json0: '{}' },
      },
    ]);
    await post('a');
    await syncCacheTick(instance.layer);
    expect(await inState('posted')).toEqual([1]);
    const told = instance.runtime.logger.entries.find(({ level }) => level === 'error');
    expect(told?.fields?.['environment']).toBe(OTHER);
  });
});

describe('a log that went back in time', () => {
  const hold = async () => {
    const head = await instance.tables.get(ADJUSTMENT_LOG, LOG, HEAD_KEY);
    if (head === undefined) throw new Error('the log has no head');
    await instance.tables.transact(ADJUSTMENT_LOG, LOG, [
      {
        kind: 'update',
        rowKey: HEAD_KEY,
        properties: { ...head.properties, epoch: 'renewed' },
        etag: head.etag,
      },
    ]);
  };

  test('is held until it is released, and then its occurrence is still due', async () => {
    await post('a');
    await hold();
    await syncCacheTick(instance.layer);
    expect(instance.ends.inventoryVisibility.calls).toEqual([]);
    await instance.layer.writer(await instance.environment(), 'usmf').release();
    await syncCacheTick(instance.layer);
    expect(await inState('posted')).toEqual([1]);
  });

  test('goes on by itself where the settings say so', async () => {
    await instance.change({ afterRewind: 'continue' });
    await post('a');
    await hold();
    await syncCacheTick(instance.layer);
    expect(await inState('posted')).toEqual([1]);
  });
});

describe('switches', () => {
  const settle = async () => {
    await syncCacheTick(instance.layer);
    await packageJournalsTick(instance.layer);
    await trackJournalsTick(instance.layer);
  };

  test('periodic synchronization off: lines stay Created, and what is under way is finished', async () => {
    await post('a');
    instance.ends.inventoryVisibility.script.push(() => ({
      kind: 'noEffect',
      message: 'busy',
      retryAfterMs: 90_000,
    }));
    await syncCacheTick(instance.layer);
    await instance.change({ periodicallySynchronize: false });
    await post('b');
    instance.ends.clock.advance(2 * MINUTE);
    await syncCacheTick(instance.layer);
    expect([await inState('posted'), await inState('created')]).toEqual([[1], [2]]);
  });

  test('feature off: no new work is begun', async () => {
    await instance.change({ synchronizationFrequency: 1, jobSettings: EVERY_MINUTE });
    await post('a');
    await syncCacheTick(instance.layer);
    await post('b');
    await instance.change({
      enableFeature: false,
      synchronizationFrequency: 1,
      jobSettings: EVERY_MINUTE,
    });
    nextMinute();
    await settle();
    expect([await inState('created'), await inState('posted')]).toEqual([[2], [1]]);
    expect(instance.ends.queue.sent).toEqual([]);
  });

  test('sync job off: lines are stored and cached, and no run is opened until it is on again', async () => {
    await instance.change({ enableSyncJob: false, jobSettings: EVERY_MINUTE });
    await post('a');
    await settle();
    expect(await inState('posted')).toEqual([1]);
    expect(await instance.rows('run~')).toEqual([]);
    await instance.change({ jobSettings: EVERY_MINUTE });
    await settle();
    expect(await inState('aggregated')).toEqual([1]);
    expect(instance.ends.queue.sent).toHaveLength(1);
  });

  test('sync job switched off over queued packages: no message is sent for them until it is on again', async () => {
    await post('a');
    await settle();
    await instance.change({ enableSyncJob: false, jobSettings: EVERY_MINUTE });
    nextMinute();
    await settle();
    expect(instance.ends.queue.sent).toHaveLength(1);
    await instance.change({ jobSettings: EVERY_MINUTE });
    await settle();
    expect(instance.ends.queue.sent).toHaveLength(2);
  });
});
