/**
 * Every decision of an operator, with a mishap at every effect that the instance has on the world while it carries the
 * decision out. Whatever happens: once the operator has asked again and others have gone on, it is done, once.
 */
import { expect, test } from 'vitest';
import { useAzurite } from '../local/azurite/testAzurite.ts';
import { ApiError } from '../shared/http/problem.ts';
import { mapInParallel } from '../shared/supplyChain/boundedParallel.ts';
import { type Action, type Balance, balanceOf, decideAbout, pageOf } from './support/decisions.ts';
import { countedInstance, type Mishap } from './support/effects.ts';
import { postPackage, sendLines, statusesOf, syncAndPackage, track } from './support/journalSteps.ts';
import { postedLine, ScriptedLayer } from './support/scriptedLayer.ts';

const azurite = useAzurite();
const INSTALLATIONS_AT_ONCE = 4;
const HOUR = 3_600_000;
const SETTINGS = {
  maxJournalCountPerPackage: 10,
  supplyChain: {
    url: 'https://scm.example.com',
    credential: { kind: 'managedIdentity' },
    activityId: '44444444-4444-4444-8444-444444444444',
    linesDeletedAfterPosting: 'no',
    unknownOutcomeSeconds: 600,
  },
};
const LINES = [
  postedLine('good', { quantity: 3 }),
  postedLine('bad', { quantity: 4 }),
  postedLine('gone', { quantity: 5 }),
];

interface Case {
  readonly line: string;
  readonly action: Action;
  readonly body: Readonly<Record<string, unknown>>;
  readonly status: string;
  readonly balance: Balance;
}

const CASES: readonly Case[] = [
  {
    line: 'bad',
    action: 'correct',
    body: { fnoJournalNameId: 'IADJ' },
    status: 'FnOTransPosted',
    balance: { accepted: 12, inErp: 7, doNotSync: 0, waiting: 5 },
  },
  {
    line: 'bad',
    action: 'close',
    body: { reason: 'entered by hand', journalNumber: 'J-7' },
    status: 'DoNotSync',
    balance: { accepted: 12, inErp: 3, doNotSync: 4, waiting: 5 },
  },
  {
    line: 'gone',
    action: 'judge',
    body: { verdict: 'notPosted', reason: 'looked it up' },
    status: 'FnOTransCreateError',
    balance: { accepted: 12, inErp: 3, doNotSync: 0, waiting: 9 },
  },
  {
    line: 'good',
    action: 'reverse',
    body: { reason: 'posted in error' },
    status: 'FnOTransPosted',
    balance: { accepted: 9, inErp: 0, doNotSync: 0, waiting: 9 },
  },
];

/** Of one package SCM has posted a line, refused one, and lost one. */
async function installed(): Promise<ScriptedLayer> {
  const installation = await ScriptedLayer.install(azurite.store(), SETTINGS);
  await sendLines(installation, LINES);
  letScmWork(installation);
  await track(installation, 2 * HOUR);
  await track(installation);
  expect((await statusesOf(installation)).toSorted()).toEqual([
    'FnOSyncEnqueued',
    'FnOTransCreateError',
    'FnOTransPosted',
  ]);
  return installation;
}

function letScmWork({ ends: { supplyChain } }: ScriptedLayer): void {
  supplyChain.sent.forEach((sent, index) => {
    const refused = index === 0 ? ['P-bad', 'P-gone'] : [];
    supplyChain.import(sent, ({ itemNumber }) => !refused.includes(itemNumber));
    const [bad] = sent.lines.filter(({ itemNumber }) => index === 0 && itemNumber === 'P-bad');
    supplyChain.conclude(
      `message-${index + 1}`,
      bad ? [{ aggregatedLineId: bad.aggregatedLineId, message: 'no such journal name' }] : [],
    );
  });
  supplyChain.post();
}

async function round(instance: ScriptedLayer): Promise<void> {
  await syncAndPackage(instance);
  for (const { message } of instance.ends.queue.sent.splice(0))
    await postPackage(instance, message.package, message.run);
  letScmWork(instance);
  await track(instance, 0);
}

/** The operator asks again, of another instance, and that goes on until nothing is left to be sent. */
async function finish(installation: ScriptedLayer, each: Case): Promise<void> {
  const instance = installation.another();
  for (let rounds = 0; rounds < 6 && !(await isDone(instance, each)); rounds++) {
    await decideAbout(instance, each.line, each.action, each.body).catch((error: unknown) => {
      // A submission that has no answer yet: the operator is told to ask later.
      if (!(error instanceof ApiError && error.code === 'NotAllowedNow')) throw error;
    });
    await round(instance);
    instance.ends.clock.advance(HOUR);
  }
}

async function isDone(instance: ScriptedLayer, { line, status, balance }: Case): Promise<boolean> {
  const page = await pageOf(instance, line);
  const isDecided = Array.isArray(page['decisions']) && page['status'] === status;
  return isDecided && JSON.stringify(await balanceOf(instance)) === JSON.stringify(balance);
}

/** What a decision makes the hops do; a reversal is an adjustment like any other, whose hops are tried elsewhere. */
async function withMishap(installation: ScriptedLayer, each: Case, mishap: Mishap): Promise<number> {
  const counted = countedInstance(installation, mishap);
  const work = async (): Promise<void> => {
    await decideAbout(counted.instance, each.line, each.action, each.body);
    if (each.action !== 'reverse') await round(counted.instance);
  };
  await work().catch(() => undefined);
  return counted.effects();
}

test.each(CASES)('$action is done once, whatever happens at any effect of it', async (each) => {
  const effects = await withMishap(await installed(), each, { at: Infinity, kind: 'dies' });
  expect(effects).toBeGreaterThan(1);
  const places = Array.from({ length: effects }, (_, index) => index + 1);
  const mishaps = places.flatMap((at) =>
    (['dies', 'losesAnswer', 'pauses'] as const).map((kind) => ({ at, kind })),
  );
  await mapInParallel(mishaps, INSTALLATIONS_AT_ONCE, async (mishap) => {
    const installation = await installed();
    await withMishap(installation, each, { ...mishap, meanwhile: () => finish(installation, each) });
    await finish(installation, each);
    const { status, decisions } = await pageOf(installation, each.line);
    expect({ mishap, status, balance: await balanceOf(installation) }).toEqual({
      mishap,
      status: each.status,
      balance: each.balance,
    });
    expect(decisions, JSON.stringify(mishap)).toHaveLength(1);
  });
});
