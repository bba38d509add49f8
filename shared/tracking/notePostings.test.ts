import { describe, expect, test } from 'vitest';
import { knownPackage, sendLines, statusesOf, track } from '../../test/support/journalSteps.ts';
import { postedLine, postedLines } from '../../test/support/scriptedLayer.ts';
import { HOUR, useTrackedLayer } from '../../test/support/trackedLayer.ts';

const layer = useTrackedLayer();

describe('posting in SCM', () => {
  const created = async (lines = postedLines(1)) => {
    const sent = await sendLines(layer.instance, lines);
    layer.scm.import(sent);
    layer.scm.conclude('message-1');
    await track(layer.instance);
    return sent;
  };

  test('a line that was moved to another journal is posted with that one, not with the first', async () => {
    const sent = await created();
    const [line] = sent.lines;
    if (line === undefined) throw new Error('no line');
    layer.scm.lines.set(line.aggregatedLineId, { ...line, journalNumber: 'J-2', lineNumber: 7 });
    layer.scm.postedJournals.add(line.journalNumber);
    await track(layer.instance);
    expect((await knownPackage(layer.instance)).lines[0]).toMatchObject({
      status: 'FnOTransCreated',
      journalNumber: 'J-2',
      lineNumber: 7,
    });
    layer.scm.postedJournals.add('J-2');
    await track(layer.instance);
    expect(await statusesOf(layer.instance)).toEqual(['FnOTransPosted']);
  });

  test('a line that should be posted is looked for in other journals than the one it was last seen in', async () => {
    const [line] = (await created()).lines;
    if (line === undefined) throw new Error('no line');
    layer.scm.lines.set(line.aggregatedLineId, { ...line, journalNumber: 'J-2', lineNumber: 7 });
    layer.scm.postedJournals.add('J-2');
    for (let times = 0; times < 3; times++) await track(layer.instance, 49 * HOUR);
    expect((await knownPackage(layer.instance)).lines[0]).toMatchObject({
      status: 'FnOTransPosted',
      journalNumber: 'J-2',
      lineNumber: 7,
    });
  });

  test('a line that a posted journal no longer holds is not called posted', async () => {
    const sent = await created();
    layer.scm.lines.clear();
    layer.scm.postedJournals.add(sent.lines[0]?.journalNumber ?? '');
    await track(layer.instance);
    const [line] = (await knownPackage(layer.instance)).lines;
    expect(line?.status).toBe('FnOTransCreated');
    expect(line?.error).toContain('no longer holds this line');
    await track(layer.instance, 100 * HOUR);
    expect((await knownPackage(layer.instance)).lines[0]).toEqual(line);
  });

  test('it is, where journals are known to delete their lines after posting', async () => {
    await layer.install('yes');
    const sent = await created();
    layer.scm.lines.clear();
    layer.scm.postedJournals.add(sent.lines[0]?.journalNumber ?? '');
    await track(layer.instance);
    expect(await statusesOf(layer.instance)).toEqual(['FnOTransPosted']);
  });

  test('is missed after two periods of the posting job, and seen when it comes later', async () => {
    await created();
    await track(layer.instance, 47 * HOUR);
    expect(await statusesOf(layer.instance)).toEqual(['FnOTransCreated']);
    await track(layer.instance, 2 * HOUR);
    const [line] = (await knownPackage(layer.instance)).lines;
    expect(line?.status).toBe('FnOTransPostError');
    expect(line?.error).toContain('Not posted yet');
    layer.scm.post();
    await track(layer.instance, HOUR);
    expect(await statusesOf(layer.instance)).toEqual(['FnOTransPosted']);
  });

  test.each([0, 49])('a journal that is gone after %s hours is not called unposted', async (hours) => {
    await created();
    await track(layer.instance, hours * HOUR);
    layer.scm.journals = () => Promise.resolve([]);
    layer.scm.lines.clear();
    await track(layer.instance, 49 * HOUR);
    const [line] = (await knownPackage(layer.instance)).lines;
    expect([line?.status, line?.error]).toEqual([
      'FnOTransPostError',
      expect.stringContaining('is no longer in SCM: it was posted and cleaned up, or deleted'),
    ]);
  });

  test('is not missed of journals that SCM is only to create; they are followed for a month', async () => {
    await created([postedLine('a', { physicalMeasure: 'counted' })]);
    await track(layer.instance, 29 * 24 * HOUR);
    const { state, lines } = await knownPackage(layer.instance);
    expect([state.status, lines[0]?.status]).toEqual(['Enqueued', 'FnOTransCreated']);
    await track(layer.instance, 2 * 24 * HOUR);
    expect((await knownPackage(layer.instance)).state.status).toBe('Settled');
  });

  test('posted is the end: nothing SCM says later takes it back', async () => {
    await created(postedLines(2));
    layer.scm.post();
    const { lines } = layer.scm;
    const [, [kept, line] = ['', undefined]] = [...lines];
    if (line === undefined) throw new Error('no line');
    lines.delete(kept);
    await track(layer.instance);
    layer.scm.postedJournals.clear();
    lines.set(kept, line);
    await track(layer.instance);
    expect(await statusesOf(layer.instance)).toEqual(['FnOTransPosted', 'FnOTransCreated']);
  });
});
