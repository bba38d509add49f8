/**
 * Parked lines are driven again and judged with a mishap at every effect, and by several people at once. Whatever
 * happens: a line leaves where it was parked once, and every unit is in a journal once or parked still.
 */
import { describe, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { accountOf } from '../../test/support/accountedLines.ts';
import { countedInstance, type Mishap } from '../../test/support/effects.ts';
import { FaultyTableStore, writeOf } from '../../test/support/faultyTableStore.ts';
import { syncAndPackage } from '../../test/support/journalSteps.ts';
import { logChain } from '../../test/support/logChain.ts';
import {
  judge,
  outcomes,
  parkRefused,
  parkUnknown,
  redriveAll,
  refuse,
} from '../../test/support/parkedLines.ts';
import { LOG, postedLine, ScriptedLayer } from '../../test/support/scriptedLayer.ts';
import { parkedRowsAfter } from '../log/parkedEntries.ts';
import { idsRowOf } from '../log/idsRow.ts';
import { mapInParallel } from '../supplyChain/boundedParallel.ts';

const azurite = useAzurite();
const LATER = 3 * 3_600_000;
const INSTALLATIONS_AT_ONCE = 4;

/** Batches 1 and 2 hold a refused line each and one beside it, batch 3 one that is unknown in the cache. */
async function installed(): Promise<ScriptedLayer> {
  const installation = await ScriptedLayer.install(azurite.store());
  await parkRefused(installation, 'a', 'b');
  await parkUnknown(installation, 'c');
  installation.ends.clock.advance(LATER);
  return installation;
}

async function operate(instance: ScriptedLayer): Promise<void> {
  await redriveAll(instance);
  await judge(instance, 'applied', [['c', 3]]);
  await instance.results([postedLine('d')]);
}

/** Somebody else asks for the same, and goes on until nothing is left to do. */
async function finish(installation: ScriptedLayer): Promise<void> {
  const instance = installation.another();
  await operate(instance);
  for (let rounds = 0; rounds < 10; rounds++) {
    // Longer than anybody is left alone with what they began.
    instance.ends.clock.advance(60_000);
    await syncAndPackage(instance);
    const { created, syncing, posted } = await instance.states();
    if (created.length + syncing.length + posted.length === 0) return;
  }
  throw new Error('the work does not come to an end');
}

/** Where each line was parked that went on, by the rows of the parked lines and by those of the batches. */
async function movedFrom(installation: ScriptedLayer) {
  const parked = await parkedRowsAfter(installation.tables, LOG, '', 100);
  const noted = parked.flatMap(({ redrives }) =>
    redrives.flatMap(({ lines }) => lines.map(([seq, position]) => `${seq}.${position}`)),
  );
  const ids = (await installation.rows('ids~')).map(idsRowOf);
  const origins = ids.flatMap((row) => (row.origins ?? []).map(({ seq, position }) => `${seq}.${position}`));
  return { noted: noted.toSorted(), origins: origins.toSorted() };
}

async function facts(installation: ScriptedLayer) {
  const chain = await logChain(installation.tables, LOG);
  return {
    faults: chain.faults,
    ...(await movedFrom(installation)),
    account: await accountOf(installation),
  };
}

const ONCE = ['1.0', '2.0', '3.0'];
const RIGHT = {
  faults: [],
  noted: ONCE,
  origins: ONCE,
  account: { accepted: 6n, inJournals: 6n, parked: 0n, misplaced: [] },
};

async function withMishap(installation: ScriptedLayer, mishap: Mishap): Promise<number> {
  const counted = countedInstance(installation, mishap);
  await operate(counted.instance).catch(() => undefined);
  return counted.effects();
}

describe('each line leaves where it was parked once, when at any effect of an instance', () => {
  test.each(['dies', 'losesAnswer', 'pauses'] as const)('it %s', async (kind) => {
    const effects = await withMishap(await installed(), { at: Infinity, kind });
    // The listing of the log, and one append each.
    expect(effects).toBe(4);
    const places = Array.from({ length: effects }, (_, index) => index + 1);
    await mapInParallel(places, INSTALLATIONS_AT_ONCE, async (at) => {
      const installation = await installed();
      await withMishap(installation, { at, kind, meanwhile: () => finish(installation) });
      await finish(installation);
      expect({ at, ...(await facts(installation)) }).toEqual({ at, ...RIGHT });
    });
  });
});

/** An instance whose tables a test lets fail. */
function faulty(installation: ScriptedLayer) {
  const tables = new FaultyTableStore(installation.tables);
  return { tables, instance: installation.another(tables) };
}

test('a write that lands after it was given up is refused, or is the one that counts', async () => {
  const installation = await installed();
  const { tables, instance } = faulty(installation);
  const land = tables.landLate(writeOf('parked~'));
  expect(await redriveAll(instance)).toMatchObject({ changed: 2 });
  expect(await land()).toBe(false);
  await finish(installation);
  expect(await facts(installation)).toEqual(RIGHT);
});

test('a write whose answer is lost is recognized as one’s own', async () => {
  const installation = await installed();
  const { tables, instance } = faulty(installation);
  tables.failAfter(writeOf('parked~'));
  const answer = await redriveAll(instance);
  expect(answer).toMatchObject({ changed: 2 });
  expect(outcomes(answer)).toEqual([
    ['redriven', 4],
    ['redriven', 4],
  ]);
});

test('of two people with the same wish, on two instances at once, one finds that it was granted', async () => {
  const installation = await installed();
  const { tables, instance } = faulty(installation);
  const other = installation.another();
  tables.before(writeOf('parked~'), () => redriveAll(other, { by: 'the other' }));
  const answer = await redriveAll(instance);
  expect(answer).toMatchObject({ changed: 0 });
  expect(outcomes(answer)).toEqual([
    ['alreadyDone', 4],
    ['alreadyDone', 4],
  ]);
  expect(answer.results[0]?.message).toContain('by the other');
  await Promise.all([judge(instance, 'applied', [['c', 3]]), judge(other, 'notApplied', [['c', 3]])]);
  await finish(installation);
  expect(await movedFrom(installation)).toEqual({ noted: ONCE, origins: ONCE });
  expect((await accountOf(installation)).misplaced).toEqual([]);
});

test('a line that is posted between the look and the write does not get lost, nor does the one driven again', async () => {
  const installation = await installed();
  const { tables, instance } = faulty(installation);
  const other = installation.another();
  tables.before(writeOf('parked~'), () => other.results([postedLine('x')]));
  expect(outcomes(await redriveAll(instance))).toEqual([
    ['redriven', 5],
    ['redriven', 5],
  ]);
  expect((await logChain(installation.tables, LOG)).faults).toEqual([]);
});

test('more lines and more rows than one transaction takes are driven in several', async () => {
  const installation = await ScriptedLayer.install(azurite.store());
  refuse(installation, 'P');
  const line = (id: string) => postedLine(id, { productId: 'P' });
  for (let batch = 1; batch <= 45; batch++) await installation.results([line(`of batch ${batch}`)]);
  await installation.results(Array.from({ length: 1_010 }, (_, index) => line(`of many ${index}`)));
  await syncAndPackage(installation);
  refuse(installation);
  const answer = await redriveAll(installation);
  expect(answer).toMatchObject({ changed: 1_055, more: false });
  const driven = (await installation.rows('ids~'))
    .map(idsRowOf)
    .flatMap(({ origins }) => origins?.length ?? []);
  expect(driven).toEqual([40, 1_000, 15]);
  await syncAndPackage(installation);
  expect(await accountOf(installation)).toMatchObject({
    accepted: 1_055n,
    inJournals: 1_055n,
    misplaced: [],
  });
});
