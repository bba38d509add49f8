import { beforeEach, describe, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { interleavedTables } from '../../test/support/crashingTables.ts';
import {
  knownPackage,
  postPackage,
  statusesOf,
  syncAndPackage,
  track,
} from '../../test/support/journalSteps.ts';
import { LOG, postedLine, postedLines, ScriptedLayer } from '../../test/support/scriptedLayer.ts';
import type { ScriptedSupplyChain } from '../../test/support/scriptedPorts.ts';
import { ADJUSTMENT_LOG } from '../log/rowKeys.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import { TableError, type TableOperation } from '../tables/tableStore.ts';
import { loadPackage } from './loadPackage.ts';
import { targetOf } from './postJournalPackage.ts';
import { storePackage } from './storePackage.ts';

const azurite = useAzurite();
const HOUR = 3_600_000;
const SUPPLY_CHAIN = {
  supplyChain: {
    url: 'https://scm.example.com',
    credential: { kind: 'managedIdentity' },
    activityId: '44444444-4444-4444-8444-444444444444',
    linesDeletedAfterPosting: 'no',
    unknownOutcomeSeconds: 60,
  },
};

let instance: ScriptedLayer;
let scm: ScriptedSupplyChain;

/** A package of three lines that waits to be posted. */
beforeEach(async () => {
  instance = await ScriptedLayer.install(azurite.store(), SUPPLY_CHAIN);
  scm = instance.ends.supplyChain;
  await instance.results(postedLines(3));
  await syncAndPackage(instance);
});

const touches = (prefix: string, operations: readonly TableOperation[]): boolean =>
  operations.some(({ rowKey }) => rowKey.startsWith(prefix));
const lastMessage = () => instance.ends.queue.sent.at(-1);

describe('a submission', () => {
  test('is frozen as Sending before it goes out, with the very token of the call', async () => {
    let seen: unknown;
    scm.script.push(async () => {
      seen = (await knownPackage(instance)).state;
      return { kind: 'accepted', messageId: 'M' };
    });
    await postPackage(instance);
    const target = {
      address: scm.address,
      entityProfile: 'service',
      transport: 'recurring',
      linesDeletedAfterPosting: 'no',
    };
    const tokenExpiresAt = instance.ends.clock.now() + HOUR;
    expect(seen).toMatchObject({
      status: 'Sending',
      submissions: [{ number: 1, target, lines: 'all', result: 'sending', tokenExpiresAt }],
    });
    expect(scm.tokens.given).toBe(1);
    expect(scm.sent[0]?.token).toBe('scm-1');
  });

  test('once accepted names its message, and its lines are on their way', async () => {
    await postPackage(instance);
    const { state, lines } = await knownPackage(instance);
    expect(state).toMatchObject({
      status: 'Enqueued',
      submissions: [{ result: 'enqueued', messageId: 'message-1' }],
    });
    expect(lines.map(({ status }) => status)).toEqual(Array(3).fill('FnOSyncEnqueued'));
    expect(scm.sent[0]?.company).toBe('usmf');
    expect(new Set(scm.sent[0]?.lines.map(({ aggregatedLineId }) => aggregatedLineId)).size).toBe(3);
  });

  test('goes out once, however often the message comes', async () => {
    await postPackage(instance);
    await postPackage(instance);
    await postPackage(instance.another());
    expect(scm.sent).toHaveLength(1);
  });

  test('goes out once, when two instances get the message at the same moment', async () => {
    let overtaken = false;
    const slow = instance.another(
      interleavedTables(instance.tables, async (operations) => {
        if (overtaken || !touches('package~', operations)) return;
        overtaken = true;
        await postPackage(instance);
      }),
    );
    await postPackage(slow);
    expect(overtaken).toBe(true);
    expect(scm.sent).toHaveLength(1);
  });

  test('does not go out when what is known of its lines has changed since it was composed', async () => {
    let changed = false;
    const slow = instance.another(
      interleavedTables(instance.tables, async (operations) => {
        if (changed || !touches('package~', operations)) return;
        changed = true;
        const [row] = await instance.rows('outcome~');
        if (row === undefined) throw new Error('no outcome');
        const { rowKey, properties, etag } = row;
        await instance.tables.transact(ADJUSTMENT_LOG, LOG, [{ kind: 'update', rowKey, properties, etag }]);
      }),
    );
    await postPackage(slow);
    expect(changed).toBe(true);
    expect(scm.sent).toEqual([]);
    await postPackage(instance);
    expect(scm.sent).toHaveLength(1);
  });

  test('whose outcome is unknown stays Sending: no message, no second call', async () => {
    scm.script.push(() => ({ kind: 'unknown', message: 'time-out' }));
    await postPackage(instance);
    await postPackage(instance);
    expect((await knownPackage(instance)).state).toMatchObject({ status: 'Sending', lastError: 'time-out' });
    expect(scm.sent).toHaveLength(1);
    expect(instance.ends.queue.sent).toHaveLength(1);
  });
});

describe('without effect', () => {
  test.each([
    ['throttled', { kind: 'noEffect', message: 'busy', retryAfterMs: 90_000 }, 90_000],
    ['not reachable', { kind: 'noEffect', message: 'refused' }, 5_000],
    ['not allowed', { kind: 'refused', statusCode: 403, message: 'no right' }, 5_000],
  ] as const)('%s: the package waits, and a message comes for it then', async (_case, answer, wait) => {
    scm.script.push(() => answer);
    await postPackage(instance);
    const notBefore = instance.ends.clock.now() + wait;
    expect((await knownPackage(instance)).state).toMatchObject({
      status: 'Queued',
      submissions: [],
      failures: 1,
      notBefore,
      lastError: answer.message,
    });
    expect(lastMessage()).toMatchObject({ message: { run: 1, package: 1 }, notBefore });
    expect(await statusesOf(instance)).toEqual(Array(3).fill('Created'));
  });

  test('the pauses grow up to ten minutes, and a success forgets them', async () => {
    const pauses: number[] = [];
    for (let tries = 0; tries < 10; tries++) {
      scm.script.push(() => ({ kind: 'noEffect', message: 'busy' }));
      await postPackage(instance);
      const wait = (lastMessage()?.notBefore ?? 0) - instance.ends.clock.now();
      pauses.push(wait / 1_000);
      instance.ends.clock.advance(wait);
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
    await postPackage(instance);
    const { state } = await knownPackage(instance);
    expect(state).toMatchObject({ status: 'Enqueued', failures: 0 });
    expect([state.lastError, state.notBefore]).toEqual([undefined, undefined]);
  });

  test('of packages that wait for their turn, none waits much longer than that', async () => {
    const pauses: number[] = [];
    for (let tries = 0; tries < 6; tries++) {
      scm.script.push(() => ({ kind: 'noEffect', message: 'busy', retryAfterMs: 15_000, isBusy: true }));
      await postPackage(instance);
      const wait = (lastMessage()?.notBefore ?? 0) - instance.ends.clock.now();
      pauses.push(wait / 1_000);
      instance.ends.clock.advance(wait);
    }
    expect(pauses).toEqual([15, 15, 20, 40, 60, 60]);
  });

  test('no token to be had: nothing is marked, and the package waits', async () => {
    scm.tokens.refusal = new DependencyError('Entra', 'is away', { retryAfterMs: 30_000 });
    await postPackage(instance);
    expect((await knownPackage(instance)).state).toMatchObject({ status: 'Queued', submissions: [] });
    expect(lastMessage()?.notBefore).toBe(instance.ends.clock.now() + 30_000);
  });

  test('a message before the time is put off, not answered with a call', async () => {
    scm.script.push(() => ({ kind: 'noEffect', message: 'busy' }));
    await postPackage(instance);
    const notBefore = lastMessage()?.notBefore;
    await postPackage(instance);
    expect(scm.sent).toHaveLength(1);
    expect(lastMessage()?.notBefore).toBe(notBefore);
  });
});

describe('the emergency stop', () => {
  test.each([{ enableSyncJob: false }, { enableFeature: false }])('%o: nothing is sent', async (off) => {
    await instance.change({ ...SUPPLY_CHAIN, ...off });
    await postPackage(instance);
    expect(scm.sent).toEqual([]);
    await instance.change(SUPPLY_CHAIN);
    await postPackage(instance);
    expect(scm.sent).toHaveLength(1);
  });
});

describe('what is not what was committed is not sent', () => {
  test('a journal whose row was changed', async () => {
    const [row] = await instance.rows('journal~');
    await instance.results([postedLine('other')]);
    await syncAndPackage(instance);
    const other = (await instance.rows('journal~')).at(-1);
    if (row === undefined || other === undefined) throw new Error('no journal');
    await instance.tables.transact(ADJUSTMENT_LOG, LOG, [
      { kind: 'update', rowKey: row.rowKey, properties: other.properties, etag: row.etag },
    ]);
    await expect(postPackage(instance)).rejects.toThrow('is not what run 1 was committed with');
    expect(scm.sent).toEqual([]);
  });

  test('a package of a run that is not there, or not committed yet', async () => {
    await postPackage(instance, 1, 2);
    await instance.results([postedLine('later')]);
    const crashing = instance.another(
      interleavedTables(instance.tables, async (operations) => {
        const packages = await instance.rows('package~00000002');
        if (packages.length > 0 && touches('run~', operations)) throw new Error('crashed before the commit');
      }),
    );
    await expect(syncAndPackage(crashing)).rejects.toThrow('crashed');
    expect(await instance.rows('package~00000002')).toHaveLength(1);
    await postPackage(instance, 1, 2);
    expect(scm.sent).toEqual([]);
  });
});

describe('the answer to a submission', () => {
  test('is noted although storage fails first: without the message id nobody could ask SCM', async () => {
    let failures = 0;
    const shaky = instance.another(
      interleavedTables(instance.tables, async () => {
        if (scm.sent.length > 0 && failures++ < 3) throw new TableError('unknown', 'no answer');
      }),
    );
    await postPackage(shaky);
    expect(failures).toBeGreaterThan(3);
    expect((await knownPackage(instance)).state).toMatchObject({
      status: 'Enqueued',
      submissions: [{ messageId: 'message-1' }],
    });
  });

  test('that was given up as lost meanwhile still counts: it is not sent again', async () => {
    scm.script.push(async () => {
      await track(instance, 60_000);
      expect((await knownPackage(instance)).state.status).toBe('Queued');
      return { kind: 'accepted', messageId: 'late' };
    });
    await postPackage(instance);
    expect((await knownPackage(instance)).state).toMatchObject({
      status: 'Enqueued',
      submissions: [{ result: 'enqueued', messageId: 'late' }],
    });
    await postPackage(instance);
    expect(scm.sent).toHaveLength(1);
  });

  test('is noted with its own submission when the next one is out already', async () => {
    scm.script.push(async () => {
      await track(instance, 60_000);
      await postPackage(instance.another());
      return { kind: 'accepted', messageId: 'late' };
    });
    await postPackage(instance);
    expect((await knownPackage(instance)).state).toMatchObject({
      status: 'Enqueued',
      submissions: [
        { number: 1, messageId: 'late' },
        { number: 2, messageId: 'message-2' },
      ],
    });
  });

  test('that comes when all is posted and done changes nothing but the message id', async () => {
    scm.script.push(async (sent) => {
      scm.import(sent);
      scm.post();
      await track(instance, 60_000);
      await track(instance);
      return { kind: 'accepted', messageId: 'late' };
    });
    await postPackage(instance);
    const { state, lines } = await knownPackage(instance);
    expect(state).toMatchObject({ status: 'Settled', submissions: [{ messageId: 'late' }] });
    expect(lines.map(({ status }) => status)).toEqual(Array(3).fill('FnOTransPosted'));
  });

  test('without effect is taken however late: nothing is left unknown, and the package goes out again', async () => {
    const target = { supplyChain: { ...SUPPLY_CHAIN.supplyChain, linesDeletedAfterPosting: 'unknown' } };
    await instance.change(target);
    scm.script.push(async () => {
      await track(instance, 60_000);
      expect((await knownPackage(instance)).state.status).toBe('Unknown');
      return { kind: 'noEffect', message: 'the data project is busy' };
    });
    await postPackage(instance);
    const { state } = await knownPackage(instance);
    expect(state).toMatchObject({ status: 'Queued', submissions: [], lastError: 'the data project is busy' });
    instance.ends.clock.advance(5_000);
    await postPackage(instance);
    expect(scm.sent).toHaveLength(2);
  });

  test('without effect does not take back what others have done since', async () => {
    scm.script.push(async () => {
      await track(instance, 60_000);
      await postPackage(instance.another());
      return { kind: 'noEffect', message: '401' };
    });
    await postPackage(instance);
    expect((await knownPackage(instance)).state).toMatchObject({
      status: 'Enqueued',
      submissions: [{ result: 'lost' }, { messageId: 'message-2' }],
    });
  });

  test('a repeat carries the lines of the lost submission only', async () => {
    const loaded = await loadPackage(instance.tables, LOG, 1, 1);
    if (loaded === undefined) throw new Error('no package');
    const { outcome } = loaded.outcome;
    for (const position of [0, 1, 2]) {
      outcome.note(position, 'FnOSyncEnqueued', 1);
      outcome.note(position, 'FnOTransCreateError', 2, { error: 'no such item' });
    }
    const settings = (await instance.environment()).settings;
    const target = targetOf(settings, scm.address);
    const common = { at: 1, tokenExpiresAt: 2, target };
    await storePackage(instance.tables, LOG, loaded, {
      ...loaded.stored.state,
      status: 'Queued',
      submissions: [
        { ...common, number: 1, id: 'one', lines: 'all', result: 'enqueued', messageId: 'M' },
        { ...common, number: 2, id: 'two', lines: [1], result: 'lost' },
      ],
    });
    await postPackage(instance);
    expect(scm.sent[0]?.lines.map(({ lineNumber }) => lineNumber)).toEqual([2]);
    expect(await statusesOf(instance)).toEqual([
      'FnOTransCreateError',
      'FnOSyncEnqueued',
      'FnOTransCreateError',
    ]);
  });

  test('a repeat waits while SCM cannot be asked what has arrived', async () => {
    scm.script.push(() => ({ kind: 'unknown', message: 'time-out' }));
    await postPackage(instance);
    await track(instance, 60_000);
    scm.isAway = true;
    await postPackage(instance);
    expect(scm.sent).toHaveLength(1);
    const { state } = await knownPackage(instance);
    expect(state).toMatchObject({ status: 'Queued', submissions: [{ result: 'lost' }] });
    expect(lastMessage()?.notBefore).toBe(state.notBefore);
  });
});
