/** Journals that SCM never makes, because it refuses their name: the lines are in error, and everything else goes out. */
import { beforeEach, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { decideAbout, pageOf } from '../../test/support/decisions.ts';
import { knownPackage, postPackage, syncAndPackage, track } from '../../test/support/journalSteps.ts';
import { postedLine, ScriptedLayer } from '../../test/support/scriptedLayer.ts';
import type { ScriptedSupplyChain } from '../../test/support/scriptedPorts.ts';

const azurite = useAzurite();
const SETTINGS = {
  maxJournalCountPerPackage: 10,
  supplyChain: {
    url: 'https://scm.example.com',
    credential: { kind: 'managedIdentity' },
    activityId: '44444444-4444-4444-8444-444444444444',
  },
};
let instance: ScriptedLayer;
let scm: ScriptedSupplyChain;
/** Journal names that SCM has. */
let names: string[];

beforeEach(async () => {
  instance = await ScriptedLayer.install(azurite.store(), SETTINGS);
  scm = instance.ends.supplyChain;
  names = ['IAdj'];
  const open = scm.openJournals.bind(scm);
  scm.openJournals = async (token, company, journals) =>
    (await open(token, company, journals)).map((journal) =>
      journal.journalNameId === undefined || names.includes(journal.journalNameId)
        ? journal
        : { ...journal, refusal: `The value '${journal.journalNameId}' is not found.` },
    );
});

async function sendPackage(...lines: Readonly<Record<string, unknown>>[]): Promise<void> {
  await instance.results(lines);
  await syncAndPackage(instance);
  await postPackage(instance);
}

const itemsSent = () => scm.sent.map(({ lines }) => lines.map(({ itemNumber }) => itemNumber).sort());
const statusOf = async (id: string): Promise<unknown> => (await pageOf(instance, id))['status'];

const GOOD = postedLine('good', { fnoJournalNameId: 'IAdj' });
const BAD = postedLine('bad', { fnoJournalNameId: 'NOPE' });
const WORSE = postedLine('worse', { fnoJournalNameId: 'NOPE2' });

test('the other lines of the package go out; the refused one is in error in the words of SCM', async () => {
  await sendPackage(GOOD, BAD);
  expect(itemsSent()).toEqual([['P-good']]);
  expect(await statusOf('good')).toBe('FnOSyncEnqueued');
  expect(await pageOf(instance, 'bad')).toMatchObject({
    status: 'FnOTransCreateError',
    error: "SCM made no journal for the line: The value 'NOPE' is not found.",
  });
  scm.import(scm.sent[0]);
  scm.conclude('message-1');
  await track(instance);
  expect([await statusOf('good'), await statusOf('bad')]).toEqual(['FnOTransCreated', 'FnOTransCreateError']);
});

test('a package of nothing else is done, and its line is corrected, sent and created like any other', async () => {
  await sendPackage(BAD);
  expect(scm.sent).toEqual([]);
  expect((await knownPackage(instance)).state).toMatchObject({ status: 'Settled', submissions: [] });
  await track(instance);
  expect(await instance.rows('open~')).toEqual([]);
  await decideAbout(instance, 'bad', 'correct', { fnoJournalNameId: 'IAdj' });
  await postPackage(instance);
  expect(itemsSent()).toEqual([['P-bad']]);
  scm.import(scm.sent[0]);
  scm.conclude('message-1');
  await track(instance);
  expect(await statusOf('bad')).toBe('FnOTransCreated');
});

test('a correction that is refused again is in error again, and can be given once more', async () => {
  await sendPackage(GOOD, BAD);
  await decideAbout(instance, 'bad', 'correct', { fnoJournalNameId: 'NOPE3' });
  await postPackage(instance);
  const page = await pageOf(instance, 'bad');
  expect(page).toMatchObject({
    status: 'FnOTransCreateError',
    error: expect.stringContaining('NOPE3') as string,
  });
  for (let delivery = 0; delivery < 2; delivery++) await postPackage(instance);
  expect(scm.sent).toHaveLength(1);
  // Somebody makes the name in SCM: the same order is a new one.
  names.push('NOPE3');
  expect(await decideAbout(instance, 'bad', 'resend')).toMatchObject({ changed: true });
  expect(await decideAbout(instance, 'bad', 'resend')).toMatchObject({ changed: false });
  await postPackage(instance);
  expect(itemsSent()).toEqual([['P-good'], ['P-bad']]);
});

test('of two refused lines one is closed, and the other can still be sent', async () => {
  await sendPackage(BAD, WORSE);
  await decideAbout(instance, 'bad', 'correct', { fnoJournalNameId: 'IAdj' });
  await decideAbout(instance, 'worse', 'close', { reason: 'entered by hand' });
  await postPackage(instance);
  expect(itemsSent()).toEqual([['P-bad']]);
  expect(await statusOf('worse')).toBe('DoNotSync');
});

test('what was asked for and had no effect is asked for still', async () => {
  await sendPackage(BAD);
  await decideAbout(instance, 'bad', 'correct', { fnoJournalNameId: 'IAdj' });
  scm.script.push(() => ({ kind: 'noEffect', message: '429' }));
  await postPackage(instance);
  expect(await statusOf('bad')).toBe('FnOTransCreateError');
  instance.ends.clock.advance(600_000);
  await postPackage(instance);
  expect(itemsSent()).toEqual([['P-bad'], ['P-bad']]);
  expect(await statusOf('bad')).toBe('FnOSyncEnqueued');
});
