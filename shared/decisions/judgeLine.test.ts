import { beforeEach, describe, expect, test } from 'vitest';
import { DecidedLayer, decisionSettings, HOUR, LINES, NOT_NOW } from '../../test/support/decidedLayer.ts';
import { balanceOf, decideAbout, pageOf } from '../../test/support/decisions.ts';
import { knownPackage, postPackage, sendLines, track } from '../../test/support/journalSteps.ts';
import { postedLine } from '../../test/support/scriptedLayer.ts';

const layer = new DecidedLayer();

describe('a verdict', () => {
  /** The answer to the only submission is lost, and SCM does not hold the line. */
  beforeEach(async () => {
    layer.scm.script.push(() => ({ kind: 'unknown', message: 'time-out' }));
    await sendLines(layer.instance, [postedLine('lost', { quantity: 4 })]);
  });
  const notPosted = { verdict: 'notPosted', reason: 'looked it up' };

  test('is taken only once nothing can happen any more, and says when that is', async () => {
    await expect(decideAbout(layer.instance, 'lost', 'judge', notPosted)).rejects.toThrow(
      'has no answer yet',
    );
    await track(layer.instance, HOUR / 2);
    expect((await knownPackage(layer.instance)).state.status).toBe('Unknown');
    // The token of the submission is valid for an hour; what arrived in time may be worked on for five minutes more.
    const until = 'until 2026-01-05T07:05:00.000Z';
    await expect(decideAbout(layer.instance, 'lost', 'judge', notPosted)).rejects.toThrow(until);
    layer.instance.ends.clock.advance(HOUR / 2);
    await expect(decideAbout(layer.instance, 'lost', 'judge', notPosted)).rejects.toThrow(until);
    layer.instance.ends.clock.advance(HOUR / 10);
    expect(await decideAbout(layer.instance, 'lost', 'judge', notPosted, { preview: true })).toMatchObject({
      changed: false,
      facts: { submissions: [{ number: 1, isFinal: false }] },
    });
    expect(await decideAbout(layer.instance, 'lost', 'judge', notPosted)).toMatchObject({ changed: true });
    expect(await decideAbout(layer.instance, 'lost', 'judge', notPosted)).toMatchObject({ changed: false });
    expect(await pageOf(layer.instance, 'lost')).toMatchObject({
      status: 'FnOTransCreateError',
      error: 'Not posted, by verdict: looked it up',
    });
  });

  test('"not posted" lets the line be sent again, and a late import is still seen', async () => {
    await track(layer.instance, 2 * HOUR);
    await decideAbout(layer.instance, 'lost', 'judge', notPosted);
    await postPackage(layer.instance);
    expect(layer.scm.sent).toHaveLength(1);
    await decideAbout(layer.instance, 'lost', 'resend');
    await layer.sendImportPost();
    expect(layer.scm.sent).toHaveLength(2);
    expect(await balanceOf(layer.instance)).toEqual({ accepted: 4, inErp: 4, doNotSync: 0, waiting: 0 });
  });

  test('"posted" closes it as posted in the journal that was named', async () => {
    await track(layer.instance, 2 * HOUR);
    await expect(decideAbout(layer.instance, 'lost', 'judge', { verdict: 'posted' })).rejects.toThrow(
      'journalNumber is missing',
    );
    await decideAbout(layer.instance, 'lost', 'judge', { verdict: 'posted', journalNumber: 'J-9' });
    expect(await pageOf(layer.instance, 'lost')).toMatchObject({
      status: 'FnOTransPosted',
      journalId: 'J-9',
    });
    await track(layer.instance);
    await track(layer.instance);
    expect(await layer.instance.rows('open~')).toEqual([]);
    await expect(decideAbout(layer.instance, 'lost', 'judge', notPosted)).rejects.toMatchObject(NOT_NOW);
  });

  test('is not needed where SCM holds the line, or its import has not ended', async () => {
    await track(layer.instance, 2 * HOUR);
    layer.scm.import(layer.scm.sent[0]);
    await expect(decideAbout(layer.instance, 'lost', 'judge', notPosted)).rejects.toThrow('SCM holds line');
    await track(layer.instance);
    layer.scm.post();
    await track(layer.instance);
    expect(await layer.statusOf('lost')).toBe('FnOTransPosted');
  });
});

test('an answer that comes after a verdict and another submission does not take back what is known since', async () => {
  layer.scm.script.push(async () => {
    await track(layer.instance, 2 * HOUR);
    await decideAbout(layer.instance, 'late', 'judge', { verdict: 'notPosted', reason: 'looked it up' });
    await decideAbout(layer.instance, 'late', 'resend');
    await postPackage(layer.instance.another());
    layer.importLast(() => true);
    await track(layer.instance);
    await decideAbout(layer.instance, 'other', 'judge', { verdict: 'notPosted', reason: 'looked it up' });
    return { kind: 'accepted', messageId: 'late' };
  });
  await layer.instance.change({ ...decisionSettings(), maxJournalCountPerPackage: 10 });
  await sendLines(layer.instance, [postedLine('late'), postedLine('other')]);
  expect((await knownPackage(layer.instance)).state.submissions).toMatchObject([
    { messageId: 'late', lines: 'all' },
    { messageId: 'message-2' },
  ]);
  expect(await pageOf(layer.instance, 'late')).toMatchObject({
    status: 'FnOTransCreateError',
    error: 'no such journal name',
  });
  // Nothing else has carried this one: it is on its way, as the answer says.
  expect(await layer.statusOf('other')).toBe('FnOSyncEnqueued');
});

test('a verdict stays though the submission that it was given on turns out to have had no effect', async () => {
  layer.scm.script.push(async () => {
    await track(layer.instance, 2 * HOUR);
    await decideAbout(layer.instance, 'judged', 'judge', { verdict: 'notPosted', reason: 'looked it up' });
    await track(layer.instance);
    expect((await knownPackage(layer.instance)).state.status).toBe('Unknown');
    return { kind: 'noEffect', message: '401 the token has expired' };
  });
  await layer.instance.change({ ...decisionSettings(), maxJournalCountPerPackage: 10 });
  await sendLines(layer.instance, [postedLine('judged'), postedLine('other')]);
  expect((await knownPackage(layer.instance)).state).toMatchObject({ status: 'Queued', submissions: [] });
  layer.instance.ends.clock.advance(HOUR);
  // The other goes out again by itself; this one when somebody says so.
  await layer.sendImportPost();
  expect(layer.scm.sent.at(-1)?.lines.map(({ itemNumber }) => itemNumber)).toEqual(['P-other']);
  expect(await layer.statusOf('judged')).toBe('FnOTransCreateError');
  await decideAbout(layer.instance, 'judged', 'resend');
  await layer.sendImportPost();
  expect(layer.scm.sent.at(-1)?.lines.map(({ itemNumber }) => itemNumber)).toEqual(['P-judged']);
  expect(await layer.statusOf('judged')).toBe('FnOTransPosted');
});

test('a line that a posted journal has lost can be judged', async () => {
  await sendLines(layer.instance, LINES.slice(0, 1));
  const sent = layer.scm.sent[0];
  layer.scm.import(sent);
  layer.scm.conclude('message-1');
  await track(layer.instance);
  layer.scm.lines.clear();
  layer.scm.postedJournals.add(sent?.lines[0]?.journalNumber ?? '');
  await track(layer.instance, 2 * HOUR);
  const order = { verdict: 'posted', journalNumber: sent?.lines[0]?.journalNumber };
  const { facts } = await decideAbout(layer.instance, 'good', 'judge', order, { preview: true });
  expect(facts?.journals).toMatchObject([{ isPosted: true }]);
  await decideAbout(layer.instance, 'good', 'judge', order);
  expect(await layer.statusOf('good')).toBe('FnOTransPosted');
});
