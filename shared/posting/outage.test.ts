/** Hours without SCM: packages wait without anything being sent, asked for at a bounded pace, and all go afterwards. */
import { expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { deliverUntil, knownPackage, syncAndPackage, track } from '../../test/support/journalSteps.ts';
import { postedLines, ScriptedLayer } from '../../test/support/scriptedLayer.ts';

const azurite = useAzurite();
const HOUR = 3_600_000;
const PACKAGES = 4;

test('six hours without SCM are ridden out', async () => {
  const instance = await ScriptedLayer.install(azurite.store(), { maxLineCountPerJournal: 1 });
  const { clock, supplyChain } = instance.ends;
  await instance.results(postedLines(PACKAGES));
  supplyChain.isAway = true;
  await syncAndPackage(instance);
  const begun = clock.now();
  for (let hour = 1; hour <= 6; hour++) {
    await deliverUntil(instance, begun + hour * HOUR);
    await track(instance);
  }
  // Five seconds at first, ten minutes at last: 7 attempts until the pauses are at their longest, then 6 an hour.
  const attempts = supplyChain.asked.filter((what) => what === 'openJournals').length;
  expect(attempts).toBeGreaterThan(PACKAGES * 30);
  expect(attempts).toBeLessThan(PACKAGES * 50);
  expect(supplyChain.sent).toEqual([]);
  for (let number = 1; number <= PACKAGES; number++) {
    const { state } = await knownPackage(instance, number);
    expect(state).toMatchObject({ status: 'Queued', submissions: [] });
    expect(state.lastError).toContain('cannot be reached');
  }
  supplyChain.isAway = false;
  await deliverUntil(instance, clock.now() + HOUR);
  const lines = supplyChain.sent.flatMap((sent) =>
    sent.lines.map(({ aggregatedLineId }) => aggregatedLineId),
  );
  expect(lines).toHaveLength(PACKAGES);
  expect(new Set(lines).size).toBe(PACKAGES);
});
