import { beforeEach, describe, expect, test } from 'vitest';
import { DAY, DecidedLayer, LINES, NOT_NOW, settled } from '../../test/support/decidedLayer.ts';
import { balanceOf, decideAbout, pageOf } from '../../test/support/decisions.ts';
import { knownPackage, postPackage, syncAndPackage, track } from '../../test/support/journalSteps.ts';

const layer = new DecidedLayer();

describe('closing', () => {
  beforeEach(layer.withErrorLine);
  const order = { reason: 'entered by hand', journalNumber: 'J-77' };

  test('keeps reason and journal, sends nothing any more, and is done once', async () => {
    expect(await decideAbout(layer.instance, 'bad', 'close', order)).toMatchObject({ changed: true });
    expect(await decideAbout(layer.instance, 'bad', 'close', order)).toMatchObject({ changed: false });
    await postPackage(layer.instance);
    expect(layer.scm.sent).toHaveLength(1);
    expect(await pageOf(layer.instance, 'bad')).toMatchObject({
      status: 'DoNotSync',
      journalId: 'J-77',
      decisions: [{ kind: 'close', by: 'operator', ...order }],
    });
    expect(await balanceOf(layer.instance)).toEqual({ accepted: 7, inErp: 3, doNotSync: 4, waiting: 0 });
    await expect(decideAbout(layer.instance, 'bad', 'resend')).rejects.toMatchObject(NOT_NOW);
  });

  test('takes back that it was to be sent again', async () => {
    await decideAbout(layer.instance, 'bad', 'resend');
    await decideAbout(layer.instance, 'bad', 'close', order);
    await postPackage(layer.instance);
    expect(layer.scm.sent).toHaveLength(1);
    expect((await knownPackage(layer.instance)).state.status).toBe('Enqueued');
  });

  test('does not end the watch: what arrives later is counted, with an alarm', async () => {
    await decideAbout(layer.instance, 'bad', 'close', order);
    await track(layer.instance, DAY);
    layer.scm.import(layer.scm.sent[0], ({ itemNumber }) => itemNumber === 'P-bad');
    await track(layer.instance, DAY);
    expect(await layer.statusOf('bad')).toBe('FnOTransCreated');
    expect(layer.instance.runtime.logger.entries.filter(({ level }) => level === 'error')).toMatchObject([
      { message: expect.stringContaining('stand in SCM after all') as string, fields: { lines: 1 } },
    ]);
    layer.scm.post();
    await track(layer.instance, DAY);
    expect(await balanceOf(layer.instance)).toEqual(settled);
  });

  test('ends the watch after a month', async () => {
    await decideAbout(layer.instance, 'bad', 'close', order);
    await track(layer.instance, 29 * DAY);
    await track(layer.instance);
    expect(await layer.instance.rows('open~')).toHaveLength(1);
    await track(layer.instance, 2 * DAY);
    await track(layer.instance);
    expect(await layer.instance.rows('open~')).toEqual([]);
  });

  test('does not end the watch unseen: what arrived while SCM was away for more than a month is counted as well', async () => {
    await decideAbout(layer.instance, 'bad', 'close', order);
    layer.scm.import(layer.scm.sent[0], ({ itemNumber }) => itemNumber === 'P-bad');
    await track(layer.instance, 50 * DAY);
    expect(await layer.statusOf('bad')).toBe('FnOTransCreated');
  });

  test('needs a reason, and a fresh look into SCM', async () => {
    await expect(decideAbout(layer.instance, 'bad', 'close', {})).rejects.toThrow('reason is missing');
    layer.scm.isAway = true;
    await expect(decideAbout(layer.instance, 'bad', 'close', order)).rejects.toThrow(
      'Supply Chain Management',
    );
    layer.scm.isAway = false;
    layer.scm.import(layer.scm.sent[0], ({ itemNumber }) => itemNumber === 'P-bad');
    await expect(decideAbout(layer.instance, 'bad', 'close', order)).rejects.toThrow('SCM holds line');
    await expect(decideAbout(layer.instance, 'good', 'close', order)).rejects.toMatchObject(NOT_NOW);
  });
});

test('a line that was never sent can be closed, and its package is done', async () => {
  await layer.instance.results(LINES.slice(0, 1));
  await syncAndPackage(layer.instance);
  await decideAbout(layer.instance, 'good', 'close', { reason: 'counted twice' });
  await postPackage(layer.instance);
  await track(layer.instance);
  expect(layer.scm.sent).toEqual([]);
  expect((await knownPackage(layer.instance)).state.status).toBe('Settled');
  expect(await layer.instance.rows('open~')).toEqual([]);
});
