import { describe, expect, test } from 'vitest';
import {
  knownPackage,
  postPackage,
  sendLines,
  statusesOf,
  syncAndPackage,
  track,
} from '../../test/support/journalSteps.ts';
import { LOG, postedLine, postedLines } from '../../test/support/scriptedLayer.ts';
import { LONG, supplyChainSettings, useTrackedLayer } from '../../test/support/trackedLayer.ts';
import { ADJUSTMENT_LOG } from '../log/rowKeys.ts';

const layer = useTrackedLayer();

describe('what SCM holds', () => {
  test('lines get their journal and line number, then voucher and lot, and the run is closed', async () => {
    const sent = await sendLines(layer.instance, postedLines(2));
    expect(await statusesOf(layer.instance)).toEqual(['FnOSyncEnqueued', 'FnOSyncEnqueued']);
    layer.scm.import(sent);
    layer.scm.conclude('message-1');
    await track(layer.instance);
    const [created] = (await knownPackage(layer.instance)).lines;
    expect(created).toMatchObject({ status: 'FnOTransCreated', lineNumber: 1 });
    expect(created?.journalNumber).toBe(sent.lines[0]?.journalNumber);
    layer.scm.post();
    await track(layer.instance);
    const { state, lines } = await knownPackage(layer.instance);
    expect(lines[1]).toMatchObject({ status: 'FnOTransPosted', voucher: 'V-2', inventTransId: 'LOT-2' });
    expect(state).toMatchObject({ status: 'Settled', submissions: [{ executionId: 'E-1' }] });
    await track(layer.instance);
    expect(await layer.instance.rows('open~')).toEqual([]);
  });

  test('an import under way is waited for, without asking for its lines', async () => {
    layer.scm.import(await sendLines(layer.instance, postedLines(1)));
    layer.scm.asked.length = 0;
    await track(layer.instance);
    expect(await statusesOf(layer.instance)).toEqual(['FnOSyncEnqueued']);
    expect(layer.scm.asked).toEqual(['importStatus']);
    expect((await knownPackage(layer.instance)).state.status).toBe('Enqueued');
  });

  test('a job that hangs does not hide the lines it brought in', async () => {
    layer.scm.import(await sendLines(layer.instance, postedLines(1)));
    await track(layer.instance, LONG);
    expect(await statusesOf(layer.instance)).toEqual(['FnOTransCreated']);
  });

  test('a quantity that was changed in SCM is told', async () => {
    const sent = await sendLines(layer.instance, [postedLine('a', { quantity: 5 })]);
    layer.scm.import({ ...sent, lines: sent.lines.map((line) => ({ ...line, quantity: '4' })) });
    layer.scm.conclude('message-1');
    await track(layer.instance);
    layer.scm.post();
    await track(layer.instance);
    const [line] = (await knownPackage(layer.instance)).lines;
    expect(line).toMatchObject({
      status: 'FnOTransPosted',
      error: 'SCM holds the quantity 4; 5 was sent.',
    });
  });

  test.each([
    [{ transDate: '2026-01-05', costPrice: '12.5' }, undefined],
    [{ transDate: '2026-01-06' }, 'SCM holds the date 2026-01-06; 2026-01-05 was sent.'],
    [
      { transDate: '2026-01-06', costPrice: '12.5 per 10' },
      'SCM holds the date 2026-01-06; 2026-01-05 was sent. SCM holds the cost 12.5 per 10; 12.5 was sent.',
    ],
  ])(
    'a date or a cost that was changed in SCM is told, and nothing is sent again: %j',
    async (held, error) => {
      const line = postedLine('a', { transDate: '2026-01-05', costPrice: 12.5 });
      layer.scm.import(await sendLines(layer.instance, [line]));
      for (const [id, found] of layer.scm.lines) layer.scm.lines.set(id, { ...found, ...held });
      layer.scm.conclude('message-1');
      await track(layer.instance);
      const [known] = (await knownPackage(layer.instance)).lines;
      expect([known?.status, known?.error]).toEqual(['FnOTransCreated', error]);
      await postPackage(layer.instance);
      expect(layer.scm.sent).toHaveLength(1);
    },
  );

  test('a date and a cost that were left to SCM cannot differ', async () => {
    layer.scm.import(await sendLines(layer.instance, [postedLine('a', { quantity: -1 })]));
    for (const [id, found] of layer.scm.lines)
      layer.scm.lines.set(id, { ...found, transDate: '2026-01-05', costPrice: '42' });
    layer.scm.conclude('message-1');
    await track(layer.instance);
    expect((await knownPackage(layer.instance)).lines[0]?.error).toBeUndefined();
  });
});

describe('trouble', () => {
  test('SCM that is away is asked ever more rarely', async () => {
    await sendLines(layer.instance, postedLines(1));
    layer.scm.isAway = true;
    for (let tick = 0; tick < 12; tick++) await track(layer.instance);
    const { state } = await knownPackage(layer.instance);
    expect(state).toMatchObject({ status: 'Enqueued', polls: 10 });
    expect(state.lastError).toContain('Supply Chain Management');
    expect(state.nextPollAt).toBeGreaterThan(layer.instance.ends.clock.now());
  });

  test('a queue that is away does not keep packages from being tracked', async () => {
    await layer.instance.change({
      ...supplyChainSettings({ linesDeletedAfterPosting: 'no' }),
      maxLineCountPerJournal: 1,
    });
    const sent = await sendLines(layer.instance, postedLines(2));
    layer.scm.import(sent);
    layer.scm.conclude('message-1');
    layer.instance.ends.queue.isAway = true;
    await track(layer.instance, 60_000);
    expect(await statusesOf(layer.instance, 1)).toEqual(['FnOTransCreated']);
    expect(await statusesOf(layer.instance, 2)).toEqual(['Created']);
    layer.instance.ends.queue.isAway = false;
    await track(layer.instance);
    expect(layer.instance.ends.queue.sent.at(-1)?.message.package).toBe(2);
  });

  test('a package that cannot be read keeps no other from being tracked', async () => {
    await layer.instance.change({
      ...supplyChainSettings({ linesDeletedAfterPosting: 'no' }),
      maxLineCountPerJournal: 1,
    });
    const count = 6;
    await layer.instance.results(postedLines(count));
    await syncAndPackage(layer.instance);
    for (let number = 1; number <= count; number++) await postPackage(layer.instance, number);
    for (const [index, sent] of layer.scm.sent.entries()) {
      layer.scm.import(sent);
      layer.scm.conclude(`message-${index + 1}`);
    }
    const [journal] = await layer.instance.rows('journal~');
    await layer.instance.tables.transact(ADJUSTMENT_LOG, LOG, [
      { kind: 'delete', rowKey: journal?.rowKey ?? '' },
    ]);
    await track(layer.instance);
    for (let number = 2; number <= count; number++)
      expect(await statusesOf(layer.instance, number)).toEqual(['FnOTransCreated']);
    expect(layer.instance.runtime.logger.entries.map(({ level }) => level)).toEqual(['error']);
  });

  test('a run with a missing package is not called done', async () => {
    await layer.instance.results(postedLines(1));
    await syncAndPackage(layer.instance);
    const [row] = await layer.instance.rows('package~');
    await layer.instance.tables.transact(ADJUSTMENT_LOG, LOG, [
      { kind: 'delete', rowKey: row?.rowKey ?? '' },
    ]);
    await track(layer.instance);
    expect(await layer.instance.rows('open~')).toHaveLength(1);
    expect(layer.instance.runtime.logger.entries[0]?.fields?.['reason']).toContain(
      'committed 1 packages and 0',
    );
  });
});

describe('reminders', () => {
  test('a message that was lost is sent again, not before half a minute', async () => {
    await layer.instance.results(postedLines(1));
    await syncAndPackage(layer.instance);
    expect(layer.instance.ends.queue.sent).toHaveLength(1);
    await track(layer.instance, 29_000);
    expect(layer.instance.ends.queue.sent).toHaveLength(1);
    await track(layer.instance, 1_000);
    expect(layer.instance.ends.queue.sent).toHaveLength(2);
  });

  test('a package that waits for its time is reminded of after it', async () => {
    layer.scm.script.push(() => ({ kind: 'noEffect', message: '429', retryAfterMs: 600_000 }));
    await sendLines(layer.instance, postedLines(1));
    const messages = layer.instance.ends.queue.sent.length;
    await track(layer.instance, 600_000);
    expect(layer.instance.ends.queue.sent).toHaveLength(messages);
    await track(layer.instance, 30_000);
    expect(layer.instance.ends.queue.sent).toHaveLength(messages + 1);
  });
});
