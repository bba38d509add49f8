/**
 * One pass of adjustments from the door to SCM, with a mishap at every effect that an instance has on the world. Whatever
 * happens: once others have gone on with it, every accepted unit is somewhere, and nowhere twice.
 */
import { describe, expect, test } from 'vitest';
import { useAzurite } from '../local/azurite/testAzurite.ts';
import { postQueuedPackage } from '../shared/app/postQueuedPackage.ts';
import { packageJournalsTick, syncCacheTick, trackJournalsTick } from '../shared/app/timers.ts';
import { batchOf } from '../shared/log/batchRow.ts';
import { readJournal } from '../shared/log/journalRows.ts';
import { isCommitted, readRun } from '../shared/log/runRow.ts';
import { parkedLines } from '../shared/log/parkedRow.ts';
import { mapInParallel } from '../shared/supplyChain/boundedParallel.ts';
import { countedInstance, type Mishap } from './support/effects.ts';
import { LOG, postedLine, ScriptedLayer } from './support/scriptedLayer.ts';
import { answered, APPLIED, REFUSED } from './support/scriptedPorts.ts';

const azurite = useAzurite();
const INSTALLATIONS_AT_ONCE = 4;
const MINUTE = 60_000;

const SETTINGS = {
  synchronizationFrequency: 1,
  jobSettings: {
    startTime: '2024-01-01T00:00:00Z',
    recurrenceInterval: 1,
    recurrenceUnit: 'minute',
    timeZone: 'UTC',
  },
  maxLineCountPerJournal: 2,
  supplyChain: {
    url: 'https://scm.example.com',
    credential: { kind: 'managedIdentity' },
    activityId: '44444444-4444-4444-8444-444444444444',
    linesDeletedAfterPosting: 'no',
    unknownOutcomeSeconds: 600,
  },
};
const LATER = [
  postedLine('a', { productId: 'X', quantity: 3 }),
  postedLine('b', { productId: 'X', quantity: 4 }),
  postedLine('c', { productId: 'Y', quantity: 5 }),
  postedLine('d', { productId: 'Zero', quantity: 6 }),
  postedLine('e', { productId: 'Zero', quantity: -6 }),
  postedLine('f', { productId: 'Bad', quantity: 7 }),
];
const AT_ONCE = [
  postedLine('g', { productId: 'X', quantity: 8 }),
  postedLine('h', { productId: 'Held', quantity: 9, physicalMeasure: 'noted' }),
];

/** A world whose cache refuses one product, and whose ERP imports and posts what it accepts. */
async function installed(): Promise<ScriptedLayer> {
  const installation = await ScriptedLayer.install(azurite.store(), SETTINGS);
  installation.ends.inventoryVisibility.otherwise = ({ events }) =>
    answered(events, ({ productId }) => (productId === 'Bad' ? REFUSED : APPLIED));
  return installation;
}

function letScmWork({ ends: { supplyChain } }: ScriptedLayer): void {
  supplyChain.sent.forEach((sent, index) => {
    supplyChain.import(sent);
    supplyChain.conclude(`message-${index + 1}`);
  });
  supplyChain.post();
}

/** A client posts everything; one that is not answered does so again. */
async function post(instance: ScriptedLayer): Promise<void> {
  await instance.results(AT_ONCE, { createWithIVSync: true });
  await instance.results(LATER);
}

/** Every timer ticks, and every message arrives. */
async function round(instance: ScriptedLayer): Promise<void> {
  await syncCacheTick(instance.layer);
  await packageJournalsTick(instance.layer);
  for (const { message } of instance.ends.queue.sent.splice(0))
    await postQueuedPackage(instance.layer, message);
  letScmWork(instance);
  await trackJournalsTick(instance.layer);
}

async function work(instance: ScriptedLayer): Promise<void> {
  await post(instance);
  for (let rounds = 0; rounds < 3; rounds++) {
    await round(instance);
    instance.ends.clock.advance(MINUTE);
  }
}

/** Another instance goes on until nothing is left to do. */
async function finish(installation: ScriptedLayer): Promise<void> {
  const instance = installation.another();
  await post(instance);
  for (let rounds = 0; rounds < 20; rounds++) {
    await round(instance);
    const { created, syncing, posted } = await instance.states();
    const open = await instance.rows('open~');
    if (created.length + syncing.length + posted.length + open.length === 0) return;
    // Longer than anything is waited for.
    instance.ends.clock.advance(11 * MINUTE);
  }
  throw new Error('the work does not come to an end');
}

/** Per product, quantities that add up. */
class Sums {
  readonly #sums = new Map<string, number>();

  add(productId: string, quantity: string): void {
    this.#sums.set(productId, (this.#sums.get(productId) ?? 0) + Number(quantity));
  }

  get all(): Record<string, number> {
    return Object.fromEntries([...this.#sums].filter(([, sum]) => sum !== 0).toSorted());
  }
}

async function balance(installation: ScriptedLayer) {
  const { tables } = installation;
  const { inventoryVisibility, supplyChain } = installation.ends;
  const accepted = new Sums();
  const cached = new Sums();
  const inErp = new Sums();
  const ids: string[] = [];
  for (const row of await installation.rows('batch~')) {
    const { seq, lines } = batchOf(row);
    const parked = new Set((await parkedLines(tables, LOG, seq)).map(({ position }) => position));
    for (const [position, line] of lines.entries()) {
      ids.push(line.id);
      accepted.add(line.productId, line.quantity);
      if (!parked.has(position)) continue;
      cached.add(line.productId, line.quantity);
      inErp.add(line.productId, line.quantity);
    }
  }
  const applied = inventoryVisibility.calls.flatMap(({ events }) => events);
  for (const event of new Map(applied.map((each) => [each.id, each])).values())
    if (event.productId !== 'Bad') cached.add(event.productId, event.quantity);
  const sent = new Map(
    supplyChain.sent.flatMap(({ lines }) => lines.map((line) => [line.aggregatedLineId, line])),
  );
  for (const [id, line] of supplyChain.lines) inErp.add(sent.get(id)?.itemNumber ?? '', line.quantity);
  for (const { rowKey } of await installation.rows('run~')) {
    const run = await readRun(tables, LOG, Number(rowKey.slice('run~'.length)));
    if (run === undefined || !isCommitted(run)) throw new Error(`${rowKey} is not committed`);
    for (let number = 1; number <= run.state.commit.journals; number++) {
      const { journal } =
        (await readJournal(tables, LOG, run.number, run.state.commit.attempt, number)) ?? {};
      if (journal === undefined) throw new Error(`journal ${number} of ${rowKey} is missing`);
      if (journal.kind !== 'adjustment')
        for (const line of journal.lines) inErp.add(line.productId, line.quantity);
    }
  }
  return { ids: ids.toSorted(), accepted: accepted.all, cached: cached.all, inErp: inErp.all };
}

const ALL = { Bad: 7, Held: 9, X: 15, Y: 5 };
const BALANCED = { ids: [...'abcdefgh'], accepted: ALL, cached: ALL, inErp: ALL };

/** The work with a mishap; what the instance throws is its own affair. */
async function withMishap(installation: ScriptedLayer, mishap: Mishap): Promise<number> {
  const counted = countedInstance(installation, mishap);
  await work(counted.instance).catch(() => undefined);
  return counted.effects();
}

/** Tries a mishap at every effect of a pass, each in an installation of its own. */
async function atEveryEffect(mishap: (installation: ScriptedLayer, at: number) => Mishap): Promise<void> {
  const effects = await withMishap(await installed(), { at: Infinity, kind: 'dies' });
  expect(effects).toBeGreaterThan(25);
  const places = Array.from({ length: effects }, (_, index) => index + 1);
  await mapInParallel(places, INSTALLATIONS_AT_ONCE, async (at) => {
    const installation = await installed();
    await withMishap(installation, mishap(installation, at));
    await finish(installation);
    expect({ at, ...(await balance(installation)) }).toEqual({ at, ...BALANCED });
  });
}

describe('every unit is somewhere and nowhere twice, when at any effect of an instance', () => {
  test('nothing happens', async () => {
    const installation = await installed();
    await work(installation);
    expect(await balance(installation)).toEqual(BALANCED);
    expect(await installation.rows('open~')).toEqual([]);
  });

  test.each(['dies', 'losesAnswer'] as const)('it %s', async (kind) => {
    await atEveryEffect((_, at) => ({ at, kind }));
  });

  test('it pauses, others finish meanwhile, and it goes on', async () => {
    await atEveryEffect((installation, at) => ({
      at,
      kind: 'pauses',
      meanwhile: () => finish(installation),
    }));
  });
});
