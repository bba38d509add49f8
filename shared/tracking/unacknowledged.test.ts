/** A submission that SCM never acknowledged: waited for, looked for, and repeated only where that is safe. */
import { describe, expect, test } from 'vitest';
import { knownPackage, postPackage, sendLines, statusesOf, track } from '../../test/support/journalSteps.ts';
import { postedLines } from '../../test/support/scriptedLayer.ts';
import { HOUR, LONG, supplyChainSettings, useTrackedLayer } from '../../test/support/trackedLayer.ts';

const layer = useTrackedLayer();

describe('a submission that was never acknowledged', () => {
  const sendInVain = async (count = 1) => {
    layer.scm.script.push(() => ({ kind: 'unknown', message: 'time-out' }));
    return sendLines(layer.instance, postedLines(count));
  };

  test('that arrived is found by its lines', async () => {
    layer.scm.import(await sendInVain());
    await track(layer.instance, LONG);
    expect(await statusesOf(layer.instance)).toEqual(['FnOTransCreated']);
    expect((await knownPackage(layer.instance)).state.status).toBe('Enqueued');
  });

  test('is waited for before anything is said of it', async () => {
    await sendInVain();
    await track(layer.instance, 0.9 * HOUR);
    expect((await knownPackage(layer.instance)).state.status).toBe('Sending');
    expect(layer.instance.ends.queue.sent).toHaveLength(1);
  });

  test('and did not arrive goes out again under the same ids, what did arrive left out', async () => {
    const sent = await sendInVain(3);
    await track(layer.instance, LONG);
    await track(layer.instance, 0);
    expect(layer.instance.ends.queue.sent).toHaveLength(2);
    layer.scm.import(sent, ({ lineNumber }) => lineNumber === 2);
    await postPackage(layer.instance);
    expect(layer.scm.sent[1]?.lines).toEqual(sent.lines.filter(({ lineNumber }) => lineNumber !== 2));
    const { state, lines } = await knownPackage(layer.instance);
    expect(state.submissions).toMatchObject([
      { result: 'lost', lines: 'all' },
      { result: 'enqueued', lines: [0, 2] },
    ]);
    expect(lines.map(({ status }) => status)).toEqual([
      'FnOSyncEnqueued',
      'FnOTransCreated',
      'FnOSyncEnqueued',
    ]);
  });

  test('and arrives whole after all before it is sent again is not sent again', async () => {
    const sent = await sendInVain();
    await track(layer.instance, LONG);
    layer.scm.import(sent);
    await postPackage(layer.instance);
    expect(layer.scm.sent).toHaveLength(1);
    expect(await statusesOf(layer.instance)).toEqual(['FnOTransCreated']);
    layer.scm.post();
    await track(layer.instance);
    expect(await statusesOf(layer.instance)).toEqual(['FnOTransPosted']);
  });

  test.each(['unknown', 'yes'] as const)(
    'is not sent again where posted lines may be deleted (%s)',
    async (deletion) => {
      await layer.install(deletion);
      await sendInVain();
      await track(layer.instance, LONG);
      await layer.instance.change(supplyChainSettings({ linesDeletedAfterPosting: 'no' }));
      await track(layer.instance, LONG);
      await postPackage(layer.instance);
      expect((await knownPackage(layer.instance)).state.status).toBe('Unknown');
      expect(layer.scm.sent).toHaveLength(1);
    },
  );

  test('is not sent again to another address', async () => {
    await sendInVain();
    layer.scm.address = 'https://layer.scm.example.com/another-activity';
    await track(layer.instance, LONG);
    expect((await knownPackage(layer.instance)).state.status).toBe('Unknown');
  });

  test('is not sent to another address that the settings name only once it has been queued again', async () => {
    await sendInVain();
    await track(layer.instance, LONG);
    expect((await knownPackage(layer.instance)).state.status).toBe('Queued');
    layer.scm.address = 'https://layer.scm.example.com/another-activity';
    await postPackage(layer.instance);
    expect((await knownPackage(layer.instance)).state.status).toBe('Unknown');
    expect(layer.scm.sent).toHaveLength(1);
  });

  test('keeps its lines unknown when a later one fails: the first may still arrive', async () => {
    const sent = await sendInVain();
    await track(layer.instance, LONG);
    await postPackage(layer.instance);
    const id = sent.lines[0]?.aggregatedLineId ?? '';
    layer.scm.conclude('message-2', [{ aggregatedLineId: id, message: 'no such item' }]);
    await track(layer.instance, LONG);
    expect(await statusesOf(layer.instance)).toEqual(['FnOSyncEnqueued']);
    expect((await knownPackage(layer.instance)).state.status).toBe('Unknown');
    layer.scm.import(sent);
    await track(layer.instance, LONG);
    expect(await statusesOf(layer.instance)).toEqual(['FnOTransCreated']);
  });
});
