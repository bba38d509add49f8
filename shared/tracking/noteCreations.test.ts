import { describe, expect, test } from 'vitest';
import { knownPackage, postPackage, sendLines, statusesOf, track } from '../../test/support/journalSteps.ts';
import { postedLines } from '../../test/support/scriptedLayer.ts';
import { HOUR, LONG, useTrackedLayer } from '../../test/support/trackedLayer.ts';

const layer = useTrackedLayer();

describe('a line that SCM does not hold', () => {
  test('failed, where the job names it; its mates are created', async () => {
    const sent = await sendLines(layer.instance, postedLines(2));
    const bad = sent.lines[1]?.aggregatedLineId ?? '';
    layer.scm.import(sent, ({ aggregatedLineId }) => aggregatedLineId !== bad);
    layer.scm.conclude('message-1', [
      { message: 'other' },
      { aggregatedLineId: bad, message: 'no such item' },
    ]);
    await track(layer.instance);
    const { lines } = await knownPackage(layer.instance);
    expect(lines[0]?.status).toBe('FnOTransCreated');
    expect(lines[1]).toMatchObject({ status: 'FnOTransCreateError', error: 'no such item' });
  });

  test('failed, where the whole job failed and posted lines are known to stay', async () => {
    await sendLines(layer.instance, postedLines(1));
    layer.scm.conclude('message-1', [{ message: 'the file cannot be read' }]);
    await track(layer.instance);
    const [line] = (await knownPackage(layer.instance)).lines;
    expect(line).toMatchObject({ status: 'FnOTransCreateError', error: 'the file cannot be read' });
  });

  describe.each(['unknown', 'yes'] as const)(
    'that no error names, where posted lines may be deleted (%s)',
    (deletion) => {
      const failed = [{ record: '2', message: 'a row failed' }];
      const sendAndFail = async (importedLines?: number) => {
        await layer.install(deletion);
        const sent = await sendLines(layer.instance, postedLines(3));
        layer.scm.import(sent, ({ lineNumber }) => lineNumber !== 2);
        layer.scm.conclude('message-1', failed, importedLines);
        return sent.lines[0]?.journalNumber ?? '';
      };
      const IN_ERROR = ['FnOTransCreated', 'FnOTransCreateError', 'FnOTransCreated'];
      const NOT_KNOWN = ['FnOTransCreated', 'FnOSyncEnqueued', 'FnOTransCreated'];

      test('failed, where its journal is there and not posted once it was waited for', async () => {
        await sendAndFail();
        await track(layer.instance);
        expect(await statusesOf(layer.instance)).toEqual(NOT_KNOWN);
        await track(layer.instance, LONG);
        expect(await statusesOf(layer.instance)).toEqual(IN_ERROR);
        expect((await knownPackage(layer.instance)).lines[1]?.error).toBe('a row failed');
      });

      test('is unknown where its journal is posted, or gone', async () => {
        const journal = await sendAndFail();
        layer.scm.postedJournals.add(journal);
        await track(layer.instance, LONG);
        expect((await statusesOf(layer.instance))[1]).toBe('FnOSyncEnqueued');
        layer.scm.postedJournals.clear();
        layer.scm.missingJournals.add(journal);
        await track(layer.instance, LONG);
        expect((await statusesOf(layer.instance))[1]).toBe('FnOSyncEnqueued');
        expect((await knownPackage(layer.instance)).state.status).toBe('Unknown');
      });

      test('failed at once, where the import brought in just the lines that stand there, posted or not', async () => {
        const journal = await sendAndFail(2);
        layer.scm.postedJournals.add(journal);
        await track(layer.instance);
        expect((await statusesOf(layer.instance))[1]).toBe('FnOTransCreateError');
      });

      test('is unknown where the import brought in more lines than stand there', async () => {
        await sendAndFail(3);
        await track(layer.instance, LONG);
        expect(await statusesOf(layer.instance)).toEqual(NOT_KNOWN);
      });

      test('is unknown where none of its journal is there, whatever the import counts', async () => {
        const journal = await sendAndFail(0);
        layer.scm.lines.clear();
        layer.scm.postedJournals.add(journal);
        await track(layer.instance, LONG);
        expect((await knownPackage(layer.instance)).state.status).toBe('Unknown');
      });
    },
  );

  test('is unknown where more lines came in than stand there, also where posted lines are known to stay', async () => {
    await sendLines(layer.instance, postedLines(2));
    layer.scm.conclude('message-1', [{ message: 'a row failed' }], 1);
    await track(layer.instance, LONG);
    expect((await knownPackage(layer.instance)).state.status).toBe('Unknown');
  });

  test('is unknown where a journal of ours is posted although its job failed', async () => {
    const sent = await sendLines(layer.instance, postedLines(1));
    layer.scm.conclude('message-1', [{ message: 'the connection was lost' }]);
    layer.scm.postedJournals.add(sent.lines[0]?.journalNumber ?? '');
    await track(layer.instance, LONG);
    expect(await statusesOf(layer.instance)).toEqual(['FnOSyncEnqueued']);
  });

  test('is waited for while its job is under way, however long, and for a while after it succeeded', async () => {
    await sendLines(layer.instance, postedLines(1));
    await track(layer.instance, 0.5 * HOUR);
    layer.scm.conclude('message-1');
    await track(layer.instance);
    expect((await knownPackage(layer.instance)).state.status).toBe('Enqueued');
    layer.scm.imports.clear();
    await track(layer.instance, LONG);
    expect((await knownPackage(layer.instance)).state.status).toBe('Enqueued');
  });

  test('is unknown after a job that succeeded, and is never sent again by itself', async () => {
    await sendLines(layer.instance, postedLines(1));
    layer.scm.conclude('message-1');
    for (let day = 0; day < 3; day++) {
      await track(layer.instance, 24 * HOUR);
      await postPackage(layer.instance);
    }
    const { state, lines } = await knownPackage(layer.instance);
    expect(state.status).toBe('Unknown');
    expect(state.lastError).toContain('1 lines were sent and SCM neither holds them nor says why');
    expect(lines[0]?.status).toBe('FnOSyncEnqueued');
    expect(layer.scm.sent).toHaveLength(1);
  });

  test('that failed and turns up later is created: late truth', async () => {
    const sent = await sendLines(layer.instance, postedLines(1));
    layer.scm.conclude('message-1', [{ message: 'the file cannot be read' }]);
    await track(layer.instance);
    layer.scm.import(sent);
    await track(layer.instance);
    const [line] = (await knownPackage(layer.instance)).lines;
    expect(line?.status).toBe('FnOTransCreated');
    expect(line?.error).toBeUndefined();
  });

  test('that failed is not sent again by itself', async () => {
    await sendLines(layer.instance, postedLines(1));
    layer.scm.conclude('message-1', [{ message: 'no such item' }]);
    for (let tick = 0; tick < 3; tick++) {
      await track(layer.instance, LONG);
      await postPackage(layer.instance);
    }
    expect(layer.scm.sent).toHaveLength(1);
  });
});
