/**
 * Instances that stand still before an effect, until others have finished everything and retention has removed it, and
 * then go on: nothing is lost, nothing comes twice, and an audit finds nothing.
 */
import { expect, test } from 'vitest';
import { useAzurite } from '../local/azurite/testAzurite.ts';
import { applyRetentionTick, auditLogsTick } from '../shared/app/housekeeping.ts';
import { postQueuedPackage } from '../shared/app/postQueuedPackage.ts';
import { packageJournalsTick, syncCacheTick, trackJournalsTick } from '../shared/app/timers.ts';
import { readAuditFindings } from '../shared/reading/readAuditFindings.ts';
import type { TableStore } from '../shared/tables/tableStore.ts';
import { mapInParallel } from '../shared/supplyChain/boundedParallel.ts';
import { countedInstance } from './support/effects.ts';
import { memoryTableStore } from './simulator/memoryTableStore.ts';
import { logChain } from './support/logChain.ts';
import { DAYS, keysOf, retainAfter } from './support/retention.ts';
import { LOG, postedLine, ScriptedLayer } from './support/scriptedLayer.ts';

const azurite = useAzurite();
const MINUTE = 60_000;
const SETTINGS = {
  synchronizationFrequency: 1,
  jobSettings: {
    startTime: '2024-01-01T00:00:00Z',
    recurrenceInterval: 1,
    recurrenceUnit: 'minute',
    timeZone: 'UTC',
  },
  supplyChain: {
    url: 'https://scm.example.com',
    credential: { kind: 'managedIdentity' },
    activityId: '44444444-4444-4444-8444-444444444444',
    linesDeletedAfterPosting: 'no',
    unknownOutcomeSeconds: 600,
  },
  retention: { days: DAYS },
};
const LINES = [
  postedLine('a', { productId: 'X', quantity: 3 }),
  postedLine('b', { productId: 'X', quantity: 4 }),
];
const AT_ONCE = [postedLine('c', { productId: 'Y', quantity: 5 })];

/** Every timer ticks, every message arrives, and SCM imports and posts what it accepted. */
async function round(instance: ScriptedLayer): Promise<void> {
  await syncCacheTick(instance.layer);
  await packageJournalsTick(instance.layer);
  const { queue, supplyChain, clock } = instance.ends;
  for (const { message } of queue.sent.splice(0)) await postQueuedPackage(instance.layer, message);
  supplyChain.sent.forEach((sent, index) => {
    supplyChain.import(sent);
    supplyChain.conclude(`message-${index + 1}`);
  });
  supplyChain.post();
  await trackJournalsTick(instance.layer);
  clock.advance(MINUTE);
}

async function work(instance: ScriptedLayer): Promise<void> {
  await instance.results(AT_ONCE, { createWithIVSync: true });
  await instance.results(LINES);
  for (let rounds = 0; rounds < 2; rounds++) await round(instance);
}

/** Another instance does all of it, and retention removes it. */
async function finishAndForget(installation: ScriptedLayer): Promise<void> {
  const other = installation.another();
  await other.results([...AT_ONCE, ...LINES]);
  for (let rounds = 0; rounds < 12; rounds++) {
    await round(other);
    const { created, syncing, posted } = await other.states();
    const open = await other.rows('open~');
    if (created.length + syncing.length + posted.length + open.length === 0) break;
    other.ends.clock.advance(11 * MINUTE);
  }
  await retainAfter(other);
  await applyRetentionTick(other.layer);
}

async function findings(instance: ScriptedLayer): Promise<unknown> {
  await auditLogsTick(instance.layer);
  const { logs } = await readAuditFindings(instance.layer, await instance.environment());
  return (logs as { findings: { code: string; subjects: string[] }[] }[]).flatMap((log) =>
    log.findings.map(({ code, subjects }) => `${code} ${subjects.join()}`),
  );
}

/** Where to sleep on real tables; in memory, which behaves as they do, everywhere. */
const SOME = [2, 9, 16];

test.each(['in memory', 'on real tables'])(
  'whoever sleeps past a retention and goes on loses nothing and doubles nothing, %s',
  async (where) => {
    const store = (): TableStore => (where === 'in memory' ? memoryTableStore() : azurite.store());
    const counted = countedInstance(await ScriptedLayer.install(store(), SETTINGS));
    await work(counted.instance);
    expect(counted.effects()).toBeGreaterThan(20);
    const places = Array.from({ length: counted.effects() }, (_, index) => index + 1);
    const chosen = where === 'in memory' ? places : places.filter((at) => SOME.includes(at));
    await mapInParallel(chosen, 4, async (at) => {
      const installation = await ScriptedLayer.install(store(), SETTINGS);
      let left: string[] = ['never slept'];
      const meanwhile = async (): Promise<void> => {
        await finishAndForget(installation);
        left = (await keysOf(installation)).filter((key) => /^(batch|journal|package)~/.test(key));
      };
      const { instance } = countedInstance(installation, { at, kind: 'pauses', meanwhile });
      await work(instance).catch(() => undefined);
      expect({ at, left }).toEqual({ at, left: [] });
      await finishAndForget(installation);

      const { inventoryVisibility, supplyChain } = installation.ends;
      const applied = inventoryVisibility.calls.flatMap(({ events }) =>
        events.map(({ id, quantity }) => `${id} ${quantity}`),
      );
      expect(new Set(applied).size, `events, asleep before effect ${at}`).toBe(3);
      const inErp: Record<string, number> = {};
      const products = new Map(
        supplyChain.sent.flatMap(({ lines }) =>
          lines.map((line) => [line.aggregatedLineId, line.itemNumber]),
        ),
      );
      for (const [id, { quantity }] of supplyChain.lines) {
        const product = products.get(id) ?? '';
        inErp[product] = (inErp[product] ?? 0) + Number(quantity);
      }
      expect({ at, inErp }).toEqual({ at, inErp: { X: 7, Y: 5 } });
      const again = await installation.another().results([...AT_ONCE, ...LINES]);
      expect(again.map(({ processingStatus, status }) => `${processingStatus} ${status}`)).toEqual(
        again.map(() => 'duplicate Aggregated'),
      );
      expect((await logChain(installation.tables, LOG)).faults).toEqual([]);
      expect({ at, found: await findings(installation) }).toEqual({ at, found: [] });
    });
  },
);
