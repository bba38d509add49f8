import { describe, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { interleavedTables } from '../../test/support/crashingTables.ts';
import { answered, APPLIED, REFUSED } from '../../test/support/scriptedPorts.ts';
import { LOG, postedLine, postedLines, ScriptedLayer } from '../../test/support/scriptedLayer.ts';
import { parkedLines } from '../log/parkedRow.ts';
import { ADJUSTMENT_LOG } from '../log/rowKeys.ts';
import { createdInsert } from '../log/stateRows.ts';
import { readSync } from '../log/syncRow.ts';
import { packageJournals } from '../packaging/packageJournals.ts';
import { readCommittedPackages } from '../packaging/committedPackages.ts';
import { isCommitted, readRun } from '../log/runRow.ts';
import { loadContent } from '../posting/loadPackage.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import { WORKING_MS } from './driveSync.ts';
import { syncCache } from './syncCache.ts';

const azurite = useAzurite();
const HOUR = 3_600_000;

const install = (changes = {}): Promise<ScriptedLayer> => ScriptedLayer.install(azurite.store(), changes);

async function tick(instance: ScriptedLayer, due = true): Promise<boolean> {
  return syncCache(await instance.syncDependencies(), { due, deadline: instance.later });
}

/** Ticks, a minute apart, until everything is out of the cache's hands. */
async function settle(instance: ScriptedLayer): Promise<void> {
  for (let ticks = 0; ticks < 30; ticks++) {
    await tick(instance);
    const { created, syncing } = await instance.states();
    if (created.length + syncing.length === 0) return;
    instance.ends.clock.advance(60_000);
  }
  throw new Error('the synchronization does not come to its end');
}

/** The calls of an unfinished synchronization. */
async function storedCalls(instance: ScriptedLayer, firstSeq = 1) {
  return (await readSync(instance.tables, LOG, firstSeq))?.state.calls ?? [];
}

async function parkedReasons(instance: ScriptedLayer, seq = 1): Promise<[number, string][]> {
  return (await parkedLines(instance.tables, LOG, seq)).map(({ position, reason }) => [position, reason]);
}

describe('a synchronization', () => {
  test('brings all batches to the cache in calls of at most 512 events under the line record ids', async () => {
    const instance = await install();
    const first = await instance.results(postedLines(600));
    const second = await instance.results([postedLine('one more', { quantity: '-2.50' })]);
    expect(await tick(instance)).toBe(true);
    const { calls } = instance.ends.inventoryVisibility;
    expect(calls.map(({ events }) => events.length)).toEqual([512, 89]);
    const events = calls.flatMap((call) => call.events);
    expect(events.map(({ id }) => id)).toEqual([...first, ...second].map(({ lineRecordId }) => lineRecordId));
    expect(events.at(-1)).toMatchObject({ quantity: '-2.5', organizationId: 'usmf', dataSource: 'pos' });
    expect(await instance.states()).toEqual({ created: [], syncing: [], posted: [1, 2], aggregated: [] });
    expect(await tick(instance)).toBe(true);
    expect(calls).toHaveLength(2);
  });

  test('records the attempt with the token of the call before the call goes out', async () => {
    const instance = await install();
    const { inventoryVisibility, clock } = instance.ends;
    await instance.results(postedLines(2));
    inventoryVisibility.script.push(async (call) => {
      const attempts = (await storedCalls(instance)).flatMap((stored) => stored.attempts);
      expect(attempts).toEqual([
        {
          at: call.at,
          tokenExpiresAt: clock.now() + inventoryVisibility.tokens.lifetimeMs,
          outcome: 'pending',
        },
      ]);
      return answered(call.events);
    });
    await tick(instance);
    expect(inventoryVisibility.calls.map(({ token }) => token)).toEqual([
      `iv-${inventoryVisibility.tokens.given}`,
    ]);
    expect((await instance.states()).posted).toEqual([1]);
  });

  test('sends nothing when the attempt could not be recorded', async () => {
    const instance = await install();
    await instance.results(postedLines(2));
    const slow = instance.another(
      interleavedTables(instance.tables, async (operations) => {
        // Another instance does all of the work while this one is about to record its attempt.
        if (operations.length !== 1 || !operations[0]?.rowKey.startsWith('sync~')) return;
        instance.ends.clock.advance(WORKING_MS + 1);
        await tick(instance);
      }),
    );
    await tick(slow);
    expect(instance.ends.inventoryVisibility.calls).toHaveLength(1);
    expect((await instance.states()).posted).toEqual([1]);
  });

  test('sends nothing of a batch that is not the one it took over', async () => {
    const instance = await install();
    await instance.results(postedLines(2));
    const created = createdInsert(1, 3, instance.ends.clock.now());
    await instance.tables.transact(ADJUSTMENT_LOG, LOG, [{ kind: 'delete', rowKey: created.rowKey }]);
    await instance.tables.transact(ADJUSTMENT_LOG, LOG, [created]);
    await expect(tick(instance)).rejects.toThrow(
      'has 2 lines, not the 3 that synchronization 1 names: storage went back in time',
    );
    expect(instance.ends.inventoryVisibility.calls).toEqual([]);
  });

  test('waits, without an attempt, while no token is to be had', async () => {
    const instance = await install();
    const { inventoryVisibility } = instance.ends;
    await instance.results(postedLines(2));
    inventoryVisibility.tokens.refusal = new DependencyError('Entra', 'away');
    await expect(tick(instance)).rejects.toThrow(DependencyError);
    expect(inventoryVisibility.calls).toEqual([]);
    expect((await storedCalls(instance)).map(({ attempts }) => attempts)).toEqual([[]]);
    inventoryVisibility.tokens.refusal = undefined;
    // At once, by whoever comes first: nobody is at work on it.
    await tick(instance.another(), false);
    expect((await instance.states()).posted).toEqual([1]);
  });

  test('is left to the next tick when its repeat has to wait long, and then goes on', async () => {
    const instance = await install();
    const { inventoryVisibility, clock } = instance.ends;
    await instance.results(postedLines(2));
    inventoryVisibility.script.push(() => ({ kind: 'noEffect', message: 'throttled', retryAfterMs: 50_000 }));
    expect(await tick(instance)).toBe(false);
    expect(inventoryVisibility.calls).toHaveLength(1);
    await tick(instance);
    expect(inventoryVisibility.calls).toHaveLength(1);
    clock.advance(50_000);
    expect(await tick(instance)).toBe(true);
    expect(inventoryVisibility.calls).toHaveLength(2);
    expect(await parkedReasons(instance)).toEqual([]);
  });
});

describe('results', () => {
  test('are matched by id in whatever order they come; what is missing is repeated', async () => {
    const instance = await install();
    const { inventoryVisibility } = instance.ends;
    const lines = await instance.results(postedLines(6));
    const idOf = (position: number) => lines[position]?.lineRecordId;
    inventoryVisibility.script.push(({ events }) => {
      return answered([...events].reverse(), ({ id }) => {
        if (id === idOf(1)) return REFUSED;
        return id === idOf(2) || id === idOf(3) || id === idOf(5) ? undefined : APPLIED;
      });
    });
    await settle(instance);
    const repeated = inventoryVisibility.calls.slice(1).map(({ events }) => events.map(({ id }) => id));
    expect(repeated).toEqual([[idOf(2), idOf(3)], [idOf(5)]]);
    expect(await parkedReasons(instance)).toEqual([[1, 'refused']]);
    expect((await instance.states()).posted).toEqual([1]);
  });

  test('a refusal in passing is repeated', async () => {
    const instance = await install();
    const { inventoryVisibility } = instance.ends;
    await instance.results(postedLines(2));
    inventoryVisibility.script.push(({ events }) =>
      answered(events, () => ({ applied: false, statusCode: 503, message: 'busy' })),
    );
    await settle(instance);
    expect(inventoryVisibility.calls).toHaveLength(2);
    expect(await parkedReasons(instance)).toEqual([]);
  });
});

describe('a refusal', () => {
  test('of a whole call is isolated to the line that is to blame', async () => {
    const instance = await install();
    const { inventoryVisibility } = instance.ends;
    const lines = await instance.results(postedLines(40));
    const bad = lines[23]?.lineRecordId;
    inventoryVisibility.otherwise = ({ events }) =>
      events.some(({ id }) => id === bad)
        ? { kind: 'refused', statusCode: 400, message: 'one of them is bad' }
        : answered(events);
    await settle(instance);
    expect(await parkedReasons(instance)).toEqual([[23, 'refused']]);
    const appliedIds = inventoryVisibility.calls
      .filter(({ events }) => !events.some(({ id }) => id === bad))
      .flatMap(({ events }) => events.map(({ id }) => id));
    expect(appliedIds.length).toBe(39);
    expect(new Set(appliedIds).size).toBe(39);
    expect((await instance.states()).posted).toEqual([1]);
  });

  test.each([
    ['the answer was lost', { kind: 'unknown', message: 'time-out' } as const, 'unknown'],
    ['the attempt had no effect', { kind: 'noEffect', message: 'throttled' } as const, 'refused'],
  ])('after an attempt of which %s leaves the line %s', async (_, first, reason) => {
    const instance = await install();
    const { inventoryVisibility } = instance.ends;
    await instance.results(postedLines(1));
    inventoryVisibility.script.push(
      () => first,
      ({ events }) => answered(events, () => REFUSED),
    );
    await settle(instance);
    expect(await parkedReasons(instance)).toEqual([[0, reason]]);
  });

  test.each([
    ['the answer was lost', { kind: 'unknown', message: 'time-out' } as const, 'unknown'],
    ['the attempt had no effect', { kind: 'noEffect', message: 'throttled' } as const, 'refused'],
  ])('of a whole call after one of which %s leaves the line %s', async (_, first, reason) => {
    const instance = await install();
    const { inventoryVisibility } = instance.ends;
    await instance.results(postedLines(2));
    inventoryVisibility.script.push(() => first);
    inventoryVisibility.otherwise = () => ({ kind: 'refused', statusCode: 400, message: 'bad' });
    await settle(instance);
    expect(await parkedReasons(instance)).toEqual([
      [0, reason],
      [1, reason],
    ]);
  });
});

describe('a repeat', () => {
  test('goes out while the service surely remembers the event ids, and not a moment later', async () => {
    const instance = await install();
    const { inventoryVisibility, clock } = instance.ends;
    const start = clock.now();
    await instance.results(postedLines(3));
    inventoryVisibility.otherwise = () => ({ kind: 'unknown', message: 'time-out' });
    await tick(instance);
    // Window 24 h, processing bound 300 s, tokens of one hour: the last repeat is safe at 22 h 55 min.
    const lastSafe = start + 24 * HOUR - HOUR - 300_000;
    clock.time = lastSafe;
    await tick(instance);
    const repeats = inventoryVisibility.calls.length;
    expect(inventoryVisibility.calls.at(-1)?.at).toBe(lastSafe);
    expect((await instance.states()).syncing).toEqual([1]);
    clock.time = lastSafe + 120_000;
    await tick(instance);
    expect(inventoryVisibility.calls).toHaveLength(repeats);
    expect(await parkedReasons(instance)).toEqual([
      [0, 'unknown'],
      [1, 'unknown'],
      [2, 'unknown'],
    ]);
    expect((await instance.states()).posted).toEqual([1]);
  });

  test('after attempts without effect is safe at any time', async () => {
    const instance = await install();
    const { inventoryVisibility, clock } = instance.ends;
    await instance.results(postedLines(1));
    inventoryVisibility.script.push(() => ({ kind: 'noEffect', message: 'connection refused' }));
    inventoryVisibility.script.push(() => ({ kind: 'noEffect', message: 'connection refused' }));
    await tick(instance, true);
    clock.advance(100 * HOUR);
    await settle(instance);
    expect(await parkedReasons(instance)).toEqual([]);
  });

  test('counts an attempt that nobody recorded an answer for, and the longest token of all', async () => {
    const instance = await install();
    const { inventoryVisibility, clock } = instance.ends;
    await instance.results(postedLines(1));
    inventoryVisibility.tokens.lifetimeMs = 30 * HOUR;
    inventoryVisibility.script.push(() => {
      throw new Error('the instance dies while the call is on its way');
    });
    await expect(tick(instance)).rejects.toThrow('dies');
    inventoryVisibility.tokens.lifetimeMs = HOUR;
    clock.advance(WORKING_MS);
    await tick(instance);
    expect(inventoryVisibility.calls).toHaveLength(1);
    expect(await parkedReasons(instance)).toEqual([[0, 'unknown']]);
  });
});

describe('parked lines', () => {
  test('hold back no other line, and stay out of the aggregation', async () => {
    const instance = await install();
    const { inventoryVisibility } = instance.ends;
    const product = { productId: 'P' };
    const lines = await instance.results(postedLines(4, (index) => ({ ...product, quantity: 10 ** index })));
    await instance.results([postedLine('other batch', { ...product, quantity: 10_000 })]);
    const bad = lines[1]?.lineRecordId;
    inventoryVisibility.otherwise = ({ events }) =>
      answered(events, ({ id }) => (id === bad ? REFUSED : APPLIED));
    await settle(instance);
    expect((await instance.states()).posted).toEqual([1, 2]);
    const dependencies = await instance.journalDependencies();
    await packageJournals(dependencies, dependencies.settings, { due: true, deadline: instance.later });
    const run = await readRun(instance.tables, LOG, 1);
    if (run === undefined || !isCommitted(run)) throw new Error('the run is not committed');
    expect(run.state.commit.aggregatedLines).toBe(1);
    const [stored] = await readCommittedPackages(dependencies, run);
    expect(stored?.state.lineCounts).toEqual([1]);
    const loaded = stored && (await loadContent(instance.tables, LOG, run, stored));
    expect(loaded?.journals[0]?.lines.map(({ quantity }) => quantity)).toEqual(['11101']);
  });
});

describe('an unfinished synchronization', () => {
  test('is continued by another instance, also when none is due, and not before its worker can be dead', async () => {
    const instance = await install();
    const { inventoryVisibility, clock } = instance.ends;
    await instance.results(postedLines(600));
    inventoryVisibility.script.push(
      ({ events }) => answered(events),
      () => {
        throw new Error('the instance dies');
      },
    );
    await expect(tick(instance)).rejects.toThrow('dies');
    const other = instance.another();
    await tick(other, false);
    expect(inventoryVisibility.calls).toHaveLength(2);
    clock.advance(WORKING_MS);
    await tick(other, false);
    expect((await instance.states()).posted).toEqual([1]);
    expect(await parkedReasons(instance)).toEqual([]);
  });

  test('that began with a posting is left to the request for its own time', async () => {
    const instance = await install();
    const { inventoryVisibility, clock } = instance.ends;
    inventoryVisibility.tokens.refusal = new DependencyError('Entra', 'away');
    const [result] = await instance.results(postedLines(1), { createWithIVSync: true });
    expect(result).toMatchObject({ processingStatus: 'success', status: 'Created' });
    inventoryVisibility.tokens.refusal = undefined;
    await tick(instance.another());
    expect(inventoryVisibility.calls).toEqual([]);
    expect((await instance.states()).syncing).toEqual([1]);
    clock.advance(20_000);
    await tick(instance.another(), false);
    expect(inventoryVisibility.calls).toHaveLength(1);
    expect((await instance.states()).posted).toEqual([1]);
  });

  test('that began with a posting is left to it also between its attempts', async () => {
    const instance = await install();
    const { inventoryVisibility, clock } = instance.ends;
    const { tokens } = inventoryVisibility;
    inventoryVisibility.script.push(() => {
      tokens.refusal = new DependencyError('Entra', 'away');
      return { kind: 'noEffect', message: 'throttled' };
    });
    await instance.results(postedLines(1), { createWithIVSync: true });
    tokens.refusal = undefined;
    await tick(instance.another());
    expect(inventoryVisibility.calls).toHaveLength(1);
    clock.advance(20_000);
    await tick(instance.another());
    expect(inventoryVisibility.calls).toHaveLength(2);
    expect((await instance.states()).posted).toEqual([1]);
  });

  test('of many batches moves them all, whatever was moved before, and parks the right lines', async () => {
    const instance = await install();
    const { inventoryVisibility } = instance.ends;
    const refused = new Set<string | undefined>();
    for (let batch = 1; batch <= 40; batch++) {
      const [result] = await instance.results([postedLine(`L${batch}`)]);
      if (batch === 3 || batch === 38) refused.add(result?.lineRecordId);
    }
    inventoryVisibility.otherwise = ({ events }) =>
      answered(events, ({ id }) => (refused.has(id) ? REFUSED : APPLIED));
    let moves = 0;
    const dying = instance.another(
      interleavedTables(instance.tables, (operations) => {
        if (operations.some(({ rowKey }) => rowKey.startsWith('posted~')) && ++moves === 2)
          return Promise.reject(new Error('the instance dies'));
        return Promise.resolve();
      }),
    );
    await expect(tick(dying)).rejects.toThrow('dies');
    expect((await instance.states()).posted).toHaveLength(33);
    await tick(instance, false);
    expect((await instance.states()).posted).toHaveLength(40);
    expect(inventoryVisibility.calls).toHaveLength(1);
    const parked = (await instance.rows('parked~')).map(({ rowKey }) =>
      Number(rowKey.slice('parked~'.length)),
    );
    expect(parked).toEqual([3, 38]);
  });
});

describe('two instances at once', () => {
  test('finish, and send no event twice', async () => {
    const instance = await install();
    const other = instance.another();
    for (let batch = 0; batch < 12; batch++)
      await instance.results(Array.from({ length: 120 }, (_, line) => postedLine(`L${batch}-${line}`)));
    await Promise.all([tick(instance), tick(other)]);
    await settle(instance);
    const ids = instance.ends.inventoryVisibility.calls.flatMap(({ events }) => events.map(({ id }) => id));
    expect(ids).toHaveLength(1_440);
    expect(new Set(ids).size).toBe(1_440);
    expect((await instance.states()).posted).toHaveLength(12);
  });

  test('one that was slow while the other took over ends its part and changes nothing', async () => {
    const instance = await install();
    const { inventoryVisibility, clock } = instance.ends;
    await instance.results(postedLines(1));
    inventoryVisibility.script.push(async ({ events }) => {
      clock.advance(WORKING_MS);
      await tick(instance.another());
      return answered(events, () => REFUSED);
    });
    await tick(instance);
    // The other one's attempt was applied, so the late refusal must not count.
    expect(inventoryVisibility.calls).toHaveLength(2);
    expect(await parkedReasons(instance)).toEqual([]);
    expect((await instance.states()).posted).toEqual([1]);
  });
});
