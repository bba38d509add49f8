import { beforeEach, describe, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import {
  knownPackage,
  postPackage,
  sendLines,
  statusesOf,
  syncAndPackage,
  track,
} from '../../test/support/journalSteps.ts';
import { LOG, postedLine, postedLines, ScriptedLayer } from '../../test/support/scriptedLayer.ts';
import type { ScriptedSupplyChain } from '../../test/support/scriptedPorts.ts';
import { ADJUSTMENT_LOG } from '../log/rowKeys.ts';

const azurite = useAzurite();
const HOUR = 3_600_000;
/** Longer than any outcome is waited for. */
const LONG = 2 * HOUR;

let instance: ScriptedLayer;
let scm: ScriptedSupplyChain;

/** @param linesDeletedAfterPosting what is known of the journal names in use */
const install = async (linesDeletedAfterPosting: 'yes' | 'no' | 'unknown') => {
  instance = await ScriptedLayer.install(azurite.store(), supplyChain({ linesDeletedAfterPosting }));
  scm = instance.ends.supplyChain;
};
const supplyChain = (changes: Readonly<Record<string, unknown>>) => ({
  supplyChain: {
    url: 'https://scm.example.com',
    credential: { kind: 'managedIdentity' },
    activityId: '44444444-4444-4444-8444-444444444444',
    unknownOutcomeSeconds: 3_600,
    postingJobEveryHours: 24,
    ...changes,
  },
});

beforeEach(() => install('no'));

describe('what SCM holds', () => {
  test('lines get their journal and line number, then voucher and lot, and the run is closed', async () => {
    const sent = await sendLines(instance, postedLines(2));
    expect(await statusesOf(instance)).toEqual(['FnOSyncEnqueued', 'FnOSyncEnqueued']);
    scm.import(sent);
    scm.conclude('message-1');
    await track(instance);
    const [created] = (await knownPackage(instance)).lines;
    expect(created).toMatchObject({ status: 'FnOTransCreated', lineNumber: 1 });
    expect(created?.journalNumber).toBe(sent.lines[0]?.journalNumber);
    scm.post();
    await track(instance);
    const { state, lines } = await knownPackage(instance);
    expect(lines[1]).toMatchObject({ status: 'FnOTransPosted', voucher: 'V-2', inventTransId: 'LOT-2' });
    expect(state).toMatchObject({ status: 'Settled', submissions: [{ executionId: 'E-1' }] });
    await track(instance);
    expect(await instance.rows('open~')).toEqual([]);
  });

  test('an import under way is waited for, without asking for its lines', async () => {
    scm.import(await sendLines(instance, postedLines(1)));
    scm.asked.length = 0;
    await track(instance);
    expect(await statusesOf(instance)).toEqual(['FnOSyncEnqueued']);
    expect(scm.asked).toEqual(['importStatus']);
    expect((await knownPackage(instance)).state.status).toBe('Enqueued');
  });

  test('a job that hangs does not hide the lines it brought in', async () => {
    scm.import(await sendLines(instance, postedLines(1)));
    await track(instance, LONG);
    expect(await statusesOf(instance)).toEqual(['FnOTransCreated']);
  });

  test('a quantity that was changed in SCM is told', async () => {
    const sent = await sendLines(instance, [postedLine('a', { quantity: 5 })]);
    scm.import({ ...sent, lines: sent.lines.map((line) => ({ ...line, quantity: '4' })) });
    scm.conclude('message-1');
    await track(instance);
    scm.post();
    await track(instance);
    const [line] = (await knownPackage(instance)).lines;
    expect(line).toMatchObject({
      status: 'FnOTransPosted',
      error: 'SCM holds the quantity 4; 5 was sent.',
    });
  });
});

describe('a line that SCM does not hold', () => {
  test('failed, where the job names it; its mates are created', async () => {
    const sent = await sendLines(instance, postedLines(2));
    const bad = sent.lines[1]?.aggregatedLineId ?? '';
    scm.import(sent, ({ aggregatedLineId }) => aggregatedLineId !== bad);
    scm.conclude('message-1', [{ message: 'other' }, { aggregatedLineId: bad, message: 'no such item' }]);
    await track(instance);
    const { lines } = await knownPackage(instance);
    expect(lines[0]?.status).toBe('FnOTransCreated');
    expect(lines[1]).toMatchObject({ status: 'FnOTransCreateError', error: 'no such item' });
  });

  test('failed, where the whole job failed and posted lines are known to stay', async () => {
    await sendLines(instance, postedLines(1));
    scm.conclude('message-1', [{ message: 'the file cannot be read' }]);
    await track(instance);
    const [line] = (await knownPackage(instance)).lines;
    expect(line).toMatchObject({ status: 'FnOTransCreateError', error: 'the file cannot be read' });
  });

  test.each(['unknown', 'yes'] as const)(
    'is unknown after a failed job where lines may be deleted (%s): it may have been posted',
    async (deletion) => {
      await install(deletion);
      await sendLines(instance, postedLines(1));
      scm.conclude('message-1', [{ message: 'the file cannot be read' }]);
      await track(instance, LONG);
      expect(await statusesOf(instance)).toEqual(['FnOSyncEnqueued']);
      expect((await knownPackage(instance)).state.status).toBe('Unknown');
    },
  );

  test('is unknown where a journal of ours is posted although its job failed', async () => {
    const sent = await sendLines(instance, postedLines(1));
    scm.conclude('message-1', [{ message: 'the connection was lost' }]);
    scm.postedJournals.add(sent.lines[0]?.journalNumber ?? '');
    await track(instance, LONG);
    expect(await statusesOf(instance)).toEqual(['FnOSyncEnqueued']);
  });

  test('is waited for while its job is under way, however long, and for a while after it succeeded', async () => {
    await sendLines(instance, postedLines(1));
    await track(instance, 0.5 * HOUR);
    scm.conclude('message-1');
    await track(instance);
    expect((await knownPackage(instance)).state.status).toBe('Enqueued');
    scm.imports.clear();
    await track(instance, LONG);
    expect((await knownPackage(instance)).state.status).toBe('Enqueued');
  });

  test('is unknown after a job that succeeded, and is never sent again by itself', async () => {
    await sendLines(instance, postedLines(1));
    scm.conclude('message-1');
    for (let day = 0; day < 3; day++) {
      await track(instance, 24 * HOUR);
      await postPackage(instance);
    }
    const { state, lines } = await knownPackage(instance);
    expect(state.status).toBe('Unknown');
    expect(state.lastError).toContain('1 lines were sent and SCM neither holds them nor says why');
    expect(lines[0]?.status).toBe('FnOSyncEnqueued');
    expect(scm.sent).toHaveLength(1);
  });

  test('that failed and turns up later is created: late truth', async () => {
    const sent = await sendLines(instance, postedLines(1));
    scm.conclude('message-1', [{ message: 'the file cannot be read' }]);
    await track(instance);
    scm.import(sent);
    await track(instance);
    const [line] = (await knownPackage(instance)).lines;
    expect(line?.status).toBe('FnOTransCreated');
    expect(line?.error).toBeUndefined();
  });

  test('that failed is not sent again by itself', async () => {
    await sendLines(instance, postedLines(1));
    scm.conclude('message-1', [{ message: 'no such item' }]);
    for (let tick = 0; tick < 3; tick++) {
      await track(instance, LONG);
      await postPackage(instance);
    }
    expect(scm.sent).toHaveLength(1);
  });
});

describe('a submission that was never acknowledged', () => {
  const sendInVain = async (count = 1) => {
    scm.script.push(() => ({ kind: 'unknown', message: 'time-out' }));
    return sendLines(instance, postedLines(count));
  };

  test('that arrived is found by its lines', async () => {
    scm.import(await sendInVain());
    await track(instance, LONG);
    expect(await statusesOf(instance)).toEqual(['FnOTransCreated']);
    expect((await knownPackage(instance)).state.status).toBe('Enqueued');
  });

  test('is waited for before anything is said of it', async () => {
    await sendInVain();
    await track(instance, 0.9 * HOUR);
    expect((await knownPackage(instance)).state.status).toBe('Sending');
    expect(instance.ends.queue.sent).toHaveLength(1);
  });

  test('and did not arrive goes out again under the same ids, what did arrive left out', async () => {
    const sent = await sendInVain(3);
    await track(instance, LONG);
    await track(instance, 0);
    expect(instance.ends.queue.sent).toHaveLength(2);
    scm.import(sent, ({ lineNumber }) => lineNumber === 2);
    await postPackage(instance);
    expect(scm.sent[1]?.lines).toEqual(sent.lines.filter(({ lineNumber }) => lineNumber !== 2));
    const { state, lines } = await knownPackage(instance);
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
    await track(instance, LONG);
    scm.import(sent);
    await postPackage(instance);
    expect(scm.sent).toHaveLength(1);
    expect(await statusesOf(instance)).toEqual(['FnOTransCreated']);
    scm.post();
    await track(instance);
    expect(await statusesOf(instance)).toEqual(['FnOTransPosted']);
  });

  test.each(['unknown', 'yes'] as const)(
    'is not sent again where posted lines may be deleted (%s)',
    async (deletion) => {
      await install(deletion);
      await sendInVain();
      await track(instance, LONG);
      await instance.change(supplyChain({ linesDeletedAfterPosting: 'no' }));
      await track(instance, LONG);
      await postPackage(instance);
      expect((await knownPackage(instance)).state.status).toBe('Unknown');
      expect(scm.sent).toHaveLength(1);
    },
  );

  test('is not sent again to another address', async () => {
    await sendInVain();
    scm.address = 'https://scm.example.com/another-activity';
    await track(instance, LONG);
    expect((await knownPackage(instance)).state.status).toBe('Unknown');
  });

  test('is not sent to another address that the settings name only once it has been queued again', async () => {
    await sendInVain();
    await track(instance, LONG);
    expect((await knownPackage(instance)).state.status).toBe('Queued');
    scm.address = 'https://scm.example.com/another-activity';
    await postPackage(instance);
    expect((await knownPackage(instance)).state.status).toBe('Unknown');
    expect(scm.sent).toHaveLength(1);
  });

  test('keeps its lines unknown when a later one fails: the first may still arrive', async () => {
    const sent = await sendInVain();
    await track(instance, LONG);
    await postPackage(instance);
    const id = sent.lines[0]?.aggregatedLineId ?? '';
    scm.conclude('message-2', [{ aggregatedLineId: id, message: 'no such item' }]);
    await track(instance, LONG);
    expect(await statusesOf(instance)).toEqual(['FnOSyncEnqueued']);
    expect((await knownPackage(instance)).state.status).toBe('Unknown');
    scm.import(sent);
    await track(instance, LONG);
    expect(await statusesOf(instance)).toEqual(['FnOTransCreated']);
  });
});

describe('posting in SCM', () => {
  const created = async (lines = postedLines(1)) => {
    const sent = await sendLines(instance, lines);
    scm.import(sent);
    scm.conclude('message-1');
    await track(instance);
    return sent;
  };

  test('a line that was moved to another journal is posted with that one, not with the first', async () => {
    const sent = await created();
    const [line] = sent.lines;
    if (line === undefined) throw new Error('no line');
    scm.lines.set(line.aggregatedLineId, { ...line, journalNumber: 'J-2', lineNumber: 7 });
    scm.postedJournals.add(line.journalNumber);
    await track(instance);
    expect((await knownPackage(instance)).lines[0]).toMatchObject({
      status: 'FnOTransCreated',
      journalNumber: 'J-2',
      lineNumber: 7,
    });
    scm.postedJournals.add('J-2');
    await track(instance);
    expect(await statusesOf(instance)).toEqual(['FnOTransPosted']);
  });

  test('a line that should be posted is looked for in other journals than the one it was last seen in', async () => {
    const [line] = (await created()).lines;
    if (line === undefined) throw new Error('no line');
    scm.lines.set(line.aggregatedLineId, { ...line, journalNumber: 'J-2', lineNumber: 7 });
    scm.postedJournals.add('J-2');
    for (let times = 0; times < 3; times++) await track(instance, 49 * HOUR);
    expect((await knownPackage(instance)).lines[0]).toMatchObject({
      status: 'FnOTransPosted',
      journalNumber: 'J-2',
      lineNumber: 7,
    });
  });

  test('a line that a posted journal no longer holds is not called posted', async () => {
    const sent = await created();
    scm.lines.clear();
    scm.postedJournals.add(sent.lines[0]?.journalNumber ?? '');
    await track(instance);
    const [line] = (await knownPackage(instance)).lines;
    expect(line?.status).toBe('FnOTransCreated');
    expect(line?.error).toContain('no longer holds this line');
    await track(instance, 100 * HOUR);
    expect((await knownPackage(instance)).lines[0]).toEqual(line);
  });

  test('it is, where journals are known to delete their lines after posting', async () => {
    await install('yes');
    const sent = await created();
    scm.lines.clear();
    scm.postedJournals.add(sent.lines[0]?.journalNumber ?? '');
    await track(instance);
    expect(await statusesOf(instance)).toEqual(['FnOTransPosted']);
  });

  test('is missed after two periods of the posting job, and seen when it comes later', async () => {
    await created();
    await track(instance, 47 * HOUR);
    expect(await statusesOf(instance)).toEqual(['FnOTransCreated']);
    await track(instance, 2 * HOUR);
    const [line] = (await knownPackage(instance)).lines;
    expect(line?.status).toBe('FnOTransPostError');
    expect(line?.error).toContain('Not posted yet');
    scm.post();
    await track(instance, HOUR);
    expect(await statusesOf(instance)).toEqual(['FnOTransPosted']);
  });

  test.each([0, 49])('a journal that is gone after %s hours is not called unposted', async (hours) => {
    await created();
    await track(instance, hours * HOUR);
    scm.journals = () => Promise.resolve([]);
    scm.lines.clear();
    await track(instance, 49 * HOUR);
    const [line] = (await knownPackage(instance)).lines;
    expect([line?.status, line?.error]).toEqual([
      'FnOTransPostError',
      expect.stringContaining('is no longer in SCM: it was posted and cleaned up, or deleted'),
    ]);
  });

  test('is not missed of journals that SCM is only to create; they are followed for a month', async () => {
    await created([postedLine('a', { physicalMeasure: 'counted' })]);
    await track(instance, 29 * 24 * HOUR);
    const { state, lines } = await knownPackage(instance);
    expect([state.status, lines[0]?.status]).toEqual(['Enqueued', 'FnOTransCreated']);
    await track(instance, 2 * 24 * HOUR);
    expect((await knownPackage(instance)).state.status).toBe('Settled');
  });

  test('posted is the end: nothing SCM says later takes it back', async () => {
    await created(postedLines(2));
    scm.post();
    const { lines } = scm;
    const [, [kept, line] = ['', undefined]] = [...lines];
    if (line === undefined) throw new Error('no line');
    lines.delete(kept);
    await track(instance);
    scm.postedJournals.clear();
    lines.set(kept, line);
    await track(instance);
    expect(await statusesOf(instance)).toEqual(['FnOTransPosted', 'FnOTransCreated']);
  });
});

describe('trouble', () => {
  test('SCM that is away is asked ever more rarely', async () => {
    await sendLines(instance, postedLines(1));
    scm.isAway = true;
    for (let tick = 0; tick < 12; tick++) await track(instance);
    const { state } = await knownPackage(instance);
    expect(state).toMatchObject({ status: 'Enqueued', polls: 10 });
    expect(state.lastError).toContain('Supply Chain Management');
    expect(state.nextPollAt).toBeGreaterThan(instance.ends.clock.now());
  });

  test('a queue that is away does not keep packages from being tracked', async () => {
    await instance.change({ ...supplyChain({ linesDeletedAfterPosting: 'no' }), maxLineCountPerJournal: 1 });
    const sent = await sendLines(instance, postedLines(2));
    scm.import(sent);
    scm.conclude('message-1');
    instance.ends.queue.isAway = true;
    await track(instance, 60_000);
    expect(await statusesOf(instance, 1)).toEqual(['FnOTransCreated']);
    expect(await statusesOf(instance, 2)).toEqual(['Created']);
    instance.ends.queue.isAway = false;
    await track(instance);
    expect(instance.ends.queue.sent.at(-1)?.message.package).toBe(2);
  });

  test('a package that cannot be read keeps no other from being tracked', async () => {
    await instance.change({ ...supplyChain({ linesDeletedAfterPosting: 'no' }), maxLineCountPerJournal: 1 });
    const count = 6;
    await instance.results(postedLines(count));
    await syncAndPackage(instance);
    for (let number = 1; number <= count; number++) await postPackage(instance, number);
    for (const [index, sent] of scm.sent.entries()) {
      scm.import(sent);
      scm.conclude(`message-${index + 1}`);
    }
    const [journal] = await instance.rows('journal~');
    await instance.tables.transact(ADJUSTMENT_LOG, LOG, [{ kind: 'delete', rowKey: journal?.rowKey ?? '' }]);
    await track(instance);
    for (let number = 2; number <= count; number++)
      expect(await statusesOf(instance, number)).toEqual(['FnOTransCreated']);
    expect(instance.runtime.logger.entries.map(({ level }) => level)).toEqual(['error']);
  });

  test('a run with a missing package is not called done', async () => {
    await instance.results(postedLines(1));
    await syncAndPackage(instance);
    const [row] = await instance.rows('package~');
    await instance.tables.transact(ADJUSTMENT_LOG, LOG, [{ kind: 'delete', rowKey: row?.rowKey ?? '' }]);
    await track(instance);
    expect(await instance.rows('open~')).toHaveLength(1);
    expect(instance.runtime.logger.entries[0]?.fields?.['reason']).toContain('committed 1 packages and 0');
  });
});

describe('reminders', () => {
  test('a message that was lost is sent again, not before half a minute', async () => {
    await instance.results(postedLines(1));
    await syncAndPackage(instance);
    expect(instance.ends.queue.sent).toHaveLength(1);
    await track(instance, 29_000);
    expect(instance.ends.queue.sent).toHaveLength(1);
    await track(instance, 1_000);
    expect(instance.ends.queue.sent).toHaveLength(2);
  });

  test('a package that waits for its time is reminded of after it', async () => {
    scm.script.push(() => ({ kind: 'noEffect', message: '429', retryAfterMs: 600_000 }));
    await sendLines(instance, postedLines(1));
    const messages = instance.ends.queue.sent.length;
    await track(instance, 600_000);
    expect(instance.ends.queue.sent).toHaveLength(messages);
    await track(instance, 30_000);
    expect(instance.ends.queue.sent).toHaveLength(messages + 1);
  });
});
