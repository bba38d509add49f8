/**
 * Six hours without Supply Chain Management, and two hundred packages that wait for it. The clock is scripted and the
 * tables are in memory; the messages go through the broker and the Service Bus client. What counts is how often Supply
 * Chain Management is asked, and that no delivery of a message throws, because such messages are delivered again at once
 * and end in the dead-letter queue.
 */
import { expect, onTestFinished, test, vi } from 'vitest';
import { changeSettings } from '../../shared/backlog/changeSettings.ts';
import { ENVIRONMENT_ID } from '../support/localSettings.ts';
import { knownPackage, syncAndPackage, track } from '../support/journalSteps.ts';
import { throughBroker } from '../support/queueDelivery.ts';
import { postedLines, ScriptedLayer, scriptedSettings } from '../support/scriptedLayer.ts';
import { memoryTableStore } from '../simulator/memoryTableStore.ts';

vi.setConfig({ testTimeout: 120_000 });

const PACKAGES = 200;
const HOUR = 3_600_000;
const SMALL_JOURNALS = { maxLineCountPerJournal: 1 };
const NUMBERS = Array.from({ length: PACKAGES }, (_, index) => index + 1);

/** When SCM was asked before sending, by journal. */
function watchAttempts({ ends: { clock, supplyChain } }: ScriptedLayer): Map<string, number[]> {
  const attempts = new Map<string, number[]>();
  const open = supplyChain.openJournals.bind(supplyChain);
  supplyChain.openJournals = (token, company, journals) => {
    const [{ journalKey } = { journalKey: '' }] = journals;
    attempts.set(journalKey, [...(attempts.get(journalKey) ?? []), clock.now()]);
    return open(token, company, journals);
  };
  return attempts;
}

async function switchJob(
  instance: ScriptedLayer,
  enableSyncJob: boolean,
  backlog?: { readonly kind: 'send' },
): Promise<void> {
  const stored = await instance.settings.read(ENVIRONMENT_ID);
  await changeSettings(instance.layer, await instance.environment(), {
    document: { ...scriptedSettings(SMALL_JOURNALS), enableSyncJob },
    etag: stored?.etag ?? '',
    backlog,
    removesMappings: false,
    by: 'operator',
  });
}

test('all packages go out afterwards, each once, after few and spaced attempts; the emergency stop is kept', async () => {
  const delivery = await throughBroker(await ScriptedLayer.install(memoryTableStore(), SMALL_JOURNALS));
  onTestFinished(() => delivery.close());
  const { instance } = delivery;
  const { clock, supplyChain } = instance.ends;
  const attempts = watchAttempts(instance);
  await instance.results(postedLines(PACKAGES));
  supplyChain.isAway = true;
  await syncAndPackage(instance);
  const begun = clock.now();
  for (let hour = 1; hour <= 4; hour++) {
    await delivery.until(begun + hour * HOUR);
    await track(instance);
  }
  expect(attempts.size).toBe(PACKAGES);
  for (const times of attempts.values()) {
    // Five seconds at first, each pause twice the last, ten minutes at most: then six an hour.
    expect(times.length).toBeGreaterThan(6 + 4 * 5);
    expect(times.length).toBeLessThan(7 + 4 * 6 + 1);
    times.slice(1).forEach((time, index) => {
      const pause = Math.min(600_000, 5_000 * 2 ** index);
      expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual(pause);
    });
  }

  // Stopped: SCM is back for a while, and is asked nothing.
  await switchJob(instance, false);
  supplyChain.isAway = false;
  const before = supplyChain.asked.length;
  await delivery.until(begun + 5 * HOUR);
  await track(instance);
  expect(supplyChain.asked).toHaveLength(before);
  expect(supplyChain.sent).toEqual([]);
  expect(delivery.waiting()).toBe(0);
  supplyChain.isAway = true;

  await expect(switchJob(instance, true)).rejects.toMatchObject({ code: 'BacklogWaiting' });
  expect((await instance.environment()).settings.enableSyncJob).toBe(false);
  await switchJob(instance, true, { kind: 'send' });
  await track(instance, HOUR);
  await delivery.until(begun + 6 * HOUR);
  for (const number of NUMBERS)
    expect((await knownPackage(instance, number)).state).toMatchObject({
      status: 'Queued',
      submissions: [],
    });

  supplyChain.isAway = false;
  await delivery.until(clock.now() + HOUR);
  const lines = supplyChain.sent.flatMap(({ lines: sent }) => sent.map((line) => line.aggregatedLineId));
  expect(lines).toHaveLength(PACKAGES);
  expect(new Set(lines).size).toBe(PACKAGES);
  for (const [index, sent] of supplyChain.sent.entries()) {
    supplyChain.import(sent);
    supplyChain.conclude(`message-${index + 1}`);
  }
  await track(instance);
  supplyChain.post();
  await track(instance, HOUR);
  for (const number of NUMBERS) {
    const { state, lines: ends } = await knownPackage(instance, number);
    expect([state.status, ends.map(({ status }) => status)]).toEqual(['Settled', ['FnOTransPosted']]);
  }
  expect([delivery.waiting(), delivery.deadLettered()]).toEqual([0, 0]);
});
