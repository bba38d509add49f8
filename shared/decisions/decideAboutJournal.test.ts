import { beforeEach, describe, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { interleavedTables } from '../../test/support/crashingTables.ts';
import { decideAbout, pageOf } from '../../test/support/decisions.ts';
import { knownPackage, postPackage, sendLines, statusesOf, track } from '../../test/support/journalSteps.ts';
import { postedLine, ScriptedLayer } from '../../test/support/scriptedLayer.ts';
import type { ScriptedSupplyChain } from '../../test/support/scriptedPorts.ts';
import type { AggregatedLineStatus } from '../log/packageOutcome.ts';
import { planClose } from './closeLine.ts';
import { decideAboutJournal, type JournalDecision, type PlanLine } from './decideAboutJournal.ts';
import { planVerdict } from './judgeLine.ts';
import { planResend } from './resendLine.ts';

const azurite = useAzurite();
const HOUR = 3_600_000;
const LINES = ['a', 'b', 'c', 'd'].map((id) => postedLine(id, { fnoJournalNameId: 'WRONG' }));

let instance: ScriptedLayer;
let scm: ScriptedSupplyChain;
let key: string;

/** A journal of four lines; SCM takes the first, and refuses the others by their name. */
beforeEach(async () => {
  instance = await ScriptedLayer.install(azurite.store(), {
    supplyChain: {
      url: 'https://scm.example.com',
      credential: { kind: 'managedIdentity' },
      activityId: '44444444-4444-4444-8444-444444444444',
      unknownOutcomeSeconds: 600,
    },
  });
  scm = instance.ends.supplyChain;
  const sent = await sendLines(instance, LINES);
  key = sent.lines[0]?.journalNumber ?? '';
});

async function refuseAllButFirst(): Promise<void> {
  const [sent] = scm.sent;
  scm.import(sent, ({ lineNumber }) => lineNumber === 1);
  const refused = sent?.lines.slice(1) ?? [];
  scm.conclude(
    'message-1',
    refused.map(({ aggregatedLineId }) => ({ aggregatedLineId, message: 'no such name' })),
  );
  await track(instance);
}

interface Changes {
  readonly status?: AggregatedLineStatus;
  readonly from?: number;
  readonly preview?: boolean;
  readonly layer?: ScriptedLayer;
}

async function decide(
  planLine: PlanLine,
  { status = 'FnOTransCreateError', from = 1, preview = false, layer = instance }: Changes = {},
): Promise<JournalDecision> {
  const environment = await layer.environment();
  const call = { layer: layer.layer, environment, journalKey: key, status, from, by: 'operator', preview };
  return decideAboutJournal(call, 'action', planLine);
}

const correct =
  (fnoJournalNameId: string): PlanLine =>
  (line, ask) =>
    planResend(line, { correction: { fnoJournalNameId } }, 'operator', ask);
const close: PlanLine = (line, ask) => planClose(line, { reason: 'entered by hand' }, 'operator', ask);
const outcomes = ({ results }: JournalDecision) => results.map(({ outcome }) => outcome);

describe('lines in error', () => {
  beforeEach(refuseAllButFirst);

  test('are corrected together: one journal, one submission, and few questions', async () => {
    scm.asked.length = 0;
    const answer = await decide(correct('IAdj'));
    expect(answer).toMatchObject({ action: 'action', preview: false, changed: 3 });
    expect(outcomes(answer)).toEqual(['decided', 'decided', 'decided']);
    expect(answer.next).toBeUndefined();
    expect(scm.asked.length).toBeLessThan(6);
    await postPackage(instance);
    const [, again] = scm.sent;
    expect(again?.lines).toHaveLength(3);
    expect(again?.lines.every((line) => line.journalNameId === 'IAdj')).toBe(true);
    expect(new Set(again?.lines.map(({ journalNumber }) => journalNumber)).size).toBe(1);
    expect(await pageOf(instance, 'b')).toMatchObject({ decisions: [{ kind: 'resend', by: 'operator' }] });
  });

  test('that wait to be sent again already are left as they are', async () => {
    await decideAbout(instance, 'c', 'correct', { fnoJournalNameId: 'IAdj' });
    expect(outcomes(await decide(correct('IAdj')))).toEqual(['decided', 'unchanged', 'decided']);
    expect(await decide(correct('IAdj'))).toMatchObject({ changed: 0 });
    await postPackage(instance);
    expect(new Set(scm.sent[1]?.lines.map(({ journalNumber }) => journalNumber)).size).toBe(1);
  });

  test('of which SCM holds one after all are decided about but for that one', async () => {
    const late = scm.sent[0]?.lines[2];
    if (late === undefined) throw new Error('no line');
    scm.import({ ...(scm.sent[0] ?? { token: '', company: '', submissionId: '' }), lines: [late] });
    const answer = await decide(close);
    expect(outcomes(answer)).toEqual(['decided', 'refused', 'decided']);
    expect(answer.results[1]).toMatchObject({
      lineRecordId: late.aggregatedLineId,
      message: expect.stringContaining('SCM holds line') as string,
    });
    expect(await statusesOf(instance)).toEqual([
      'FnOTransCreated',
      'DoNotSync',
      'FnOTransCreateError',
      'DoNotSync',
    ]);
  });

  test('are only looked at from a line on, and not changed by a preview', async () => {
    expect(outcomes(await decide(close, { from: 3, preview: true }))).toEqual(['decided', 'decided']);
    expect((await statusesOf(instance)).filter((status) => status === 'DoNotSync')).toEqual([]);
    expect(await decide(close, { from: 3 })).toMatchObject({ changed: 2 });
    expect((await statusesOf(instance)).slice(1)).toEqual(['FnOTransCreateError', 'DoNotSync', 'DoNotSync']);
  });

  test('are decided about as they are when somebody else was quicker', async () => {
    let overtaken = false;
    const slow = instance.another(
      interleavedTables(instance.tables, async (operations) => {
        if (overtaken || !operations.some(({ rowKey }) => rowKey.startsWith('package~'))) return;
        overtaken = true;
        await decideAbout(instance, 'b', 'close', { reason: 'first' });
      }),
    );
    expect(await decide(close, { layer: slow })).toMatchObject({ changed: 2 });
    expect(await pageOf(instance, 'b')).toMatchObject({ decisions: [{ reason: 'first' }] });
  });

  test('are no lines of another status', async () => {
    expect(await decide(close, { status: 'Created' })).toMatchObject({ changed: 0, results: [] });
  });
});

test('lines of which nothing is known are judged together, once nothing can arrive any more', async () => {
  scm.conclude('message-1');
  await track(instance, HOUR);
  expect((await knownPackage(instance)).state.status).toBe('Unknown');
  const judge: PlanLine = (line, ask) =>
    planVerdict(
      line,
      { verdict: 'notPosted', reason: 'looked up' },
      'operator',
      instance.ends.clock.now(),
      ask,
    );
  const early = await decide(judge, { status: 'FnOSyncEnqueued' });
  expect(new Set(outcomes(early))).toEqual(new Set(['refused']));
  instance.ends.clock.advance(HOUR);
  expect(await decide(judge, { status: 'FnOSyncEnqueued' })).toMatchObject({ changed: 4 });
  expect(new Set(await statusesOf(instance))).toEqual(new Set(['FnOTransCreateError']));
});

test('a journal that nobody knows is not found', async () => {
  key = 'IV1-1-000000';
  await expect(decide(close)).rejects.toMatchObject({ code: 'NotFound' });
  key = 'no key';
  await expect(decide(close)).rejects.toMatchObject({ code: 'NotFound' });
});
