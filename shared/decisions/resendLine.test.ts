import { beforeEach, describe, expect, test } from 'vitest';
import { interleavedTables } from '../../test/support/crashingTables.ts';
import {
  DAY,
  DecidedLayer,
  decisionSettings,
  HOUR,
  LINES,
  NOT_NOW,
  lineOf,
  settled,
} from '../../test/support/decidedLayer.ts';
import { balanceOf, decideAbout, pageOf } from '../../test/support/decisions.ts';
import {
  knownPackage,
  postPackage,
  sendLines,
  syncAndPackage,
  track,
} from '../../test/support/journalSteps.ts';
import { readJournal } from '../reading/readJournals.ts';

const layer = new DecidedLayer();

describe('sending again', () => {
  beforeEach(layer.withErrorLine);

  test('carries the missing line alone, once, under its id, in a journal of its own', async () => {
    const first = layer.scm.sent[0];
    const answer = await decideAbout(layer.instance, 'bad', 'resend', { reason: 'item exists now' });
    expect(answer).toMatchObject({ action: 'resend', changed: true, preview: false });
    expect(answer.does).toContain('with submission 2 of package 1');
    expect(layer.instance.ends.queue.sent.at(-1)?.message).toMatchObject({ run: 1, package: 1 });
    await postPackage(layer.instance);
    await postPackage(layer.instance.another());
    expect(layer.scm.sent).toHaveLength(2);
    const [line, ...others] = layer.scm.sent[1]?.lines ?? [];
    expect(others).toEqual([]);
    const before = lineOf(first, 'P-bad');
    expect(line).toEqual({ ...before, journalNumber: `${before?.journalNumber}1` });
    expect(await layer.statusOf('bad')).toBe('FnOSyncEnqueued');
    await layer.sendImportPost();
    expect(await layer.statusOf('bad')).toBe('FnOTransPosted');
    expect(await balanceOf(layer.instance)).toEqual(settled);
    expect((await knownPackage(layer.instance)).state.status).toBe('Settled');
  });

  test('is done once, however often it is asked for, and says so', async () => {
    await decideAbout(layer.instance, 'bad', 'resend');
    expect(await decideAbout(layer.instance, 'bad', 'resend')).toMatchObject({ changed: false });
    await layer.sendImportPost();
    expect(await decideAbout(layer.instance, 'bad', 'resend')).toMatchObject({ changed: false });
    await postPackage(layer.instance);
    expect(layer.scm.sent).toHaveLength(2);
    expect((await pageOf(layer.instance, 'bad'))['decisions']).toHaveLength(1);
  });

  test('of two operators at the same moment makes one submission', async () => {
    let overtaken = false;
    const slow = layer.instance.another(
      interleavedTables(layer.instance.tables, async (operations) => {
        if (overtaken || !operations.some(({ rowKey }) => rowKey.startsWith('package~'))) return;
        overtaken = true;
        await decideAbout(layer.instance, 'bad', 'resend', {}, { by: 'quick' });
      }),
    );
    expect(await decideAbout(slow, 'bad', 'resend', {}, { by: 'slow' })).toMatchObject({ changed: false });
    await layer.sendImportPost();
    expect((await pageOf(layer.instance, 'bad'))['decisions']).toMatchObject([{ by: 'quick' }]);
    expect(await balanceOf(layer.instance)).toEqual(settled);
  });

  test('changes nothing in a preview', async () => {
    const before = await layer.instance.rows('');
    const answer = await decideAbout(layer.instance, 'bad', 'resend', {}, { preview: true });
    expect(answer).toMatchObject({ preview: true, changed: false });
    expect(answer.facts?.submissions).toMatchObject([{ number: 1, messageId: 'message-1', isFinal: true }]);
    expect(await layer.instance.rows('')).toEqual(before);
  });

  test('again and again until SCM takes it: each time its own words, each time a new journal', async () => {
    for (let time = 1; time <= 3; time++) {
      await decideAbout(layer.instance, 'bad', 'resend');
      await postPackage(layer.instance);
      layer.importLast(() => true);
      await track(layer.instance);
      expect(await pageOf(layer.instance, 'bad')).toMatchObject({
        status: 'FnOTransCreateError',
        error: 'no such journal name',
      });
    }
    await decideAbout(layer.instance, 'bad', 'resend');
    await layer.sendImportPost();
    const journals = layer.scm.sent.map((sent) => lineOf(sent, 'P-bad')?.journalNumber);
    expect(new Set(journals).size).toBe(5);
    expect(await balanceOf(layer.instance)).toEqual(settled);
  });

  test('is left out when SCM turns out to hold the line', async () => {
    await decideAbout(layer.instance, 'bad', 'resend');
    layer.scm.import(layer.scm.sent[0], ({ itemNumber }) => itemNumber === 'P-bad');
    await postPackage(layer.instance);
    expect(layer.scm.sent).toHaveLength(1);
    expect(await layer.statusOf('bad')).toBe('FnOTransCreated');
    await expect(decideAbout(layer.instance, 'bad', 'correct', { costPrice: '3' })).rejects.toMatchObject(
      NOT_NOW,
    );
  });

  test('that stands in two journals in the end, where lines have no key, is an alarm', async () => {
    await decideAbout(layer.instance, 'bad', 'resend');
    await postPackage(layer.instance);
    layer.importLast(() => false);
    const held = layer.scm.linesOfJournal.bind(layer.scm);
    const twin = lineOf(layer.scm.sent[0], 'P-bad');
    layer.scm.linesOfJournal = async (token, company, journal) =>
      journal.journalKey === twin?.journalNumber ? [twin] : held(token, company, journal);
    await track(layer.instance);
    expect(layer.instance.runtime.logger.entries.find(({ level }) => level === 'error')).toMatchObject({
      message: expect.stringContaining('stands in two journals') as string,
      fields: { journal: twin?.journalNumber },
    });
  });

  test('without effect leaves the line as it was, with the words it had, and it goes out later', async () => {
    await decideAbout(layer.instance, 'bad', 'resend');
    layer.scm.script.push(() => ({ kind: 'noEffect', message: 'busy' }));
    await postPackage(layer.instance);
    expect(await pageOf(layer.instance, 'bad')).toMatchObject({
      status: 'FnOTransCreateError',
      error: 'no such journal name',
    });
    layer.instance.ends.clock.advance(HOUR);
    await layer.sendImportPost();
    expect(await balanceOf(layer.instance)).toEqual(settled);
  });

  test('waits while the sync job is off; what is in SCM is followed meanwhile', async () => {
    await decideAbout(layer.instance, 'bad', 'resend');
    await layer.instance.change({ ...decisionSettings(), enableSyncJob: false });
    await postPackage(layer.instance);
    await track(layer.instance, HOUR);
    expect(layer.scm.sent).toHaveLength(1);
    layer.scm.import(layer.scm.sent[0], ({ itemNumber }) => itemNumber === 'P-bad');
    await track(layer.instance, HOUR);
    expect(await layer.statusOf('bad')).toBe('FnOTransCreated');
  });

  test('whose answer is lost is unknown, and is not sent a second time by itself', async () => {
    await decideAbout(layer.instance, 'bad', 'resend');
    layer.scm.script.push(() => ({ kind: 'unknown', message: 'time-out' }));
    await postPackage(layer.instance);
    await expect(decideAbout(layer.instance, 'bad', 'resend')).resolves.toMatchObject({ changed: false });
    await expect(decideAbout(layer.instance, 'bad', 'close', { reason: 'x' })).rejects.toMatchObject(NOT_NOW);
    await track(layer.instance, 2 * HOUR);
    await postPackage(layer.instance);
    expect(layer.scm.sent).toHaveLength(2);
    expect((await knownPackage(layer.instance)).state.status).toBe('Unknown');
    expect(await layer.statusOf('bad')).toBe('FnOSyncEnqueued');
  });

  test('takes a run up again that was watched no more', async () => {
    await track(layer.instance, 31 * DAY);
    await track(layer.instance);
    expect(await layer.instance.rows('open~')).toEqual([]);
    await decideAbout(layer.instance, 'bad', 'resend');
    expect(await layer.instance.rows('open~')).toHaveLength(1);
    await layer.sendImportPost();
    await track(layer.instance);
    expect(await layer.statusOf('bad')).toBe('FnOTransPosted');
    expect(await layer.instance.rows('open~')).toEqual([]);
  });
});

describe('sending again while an import is under way', () => {
  test('is refused, and says which import', async () => {
    await layer.withErrorLine();
    layer.scm.imports.delete('message-1');
    const refused = decideAbout(layer.instance, 'bad', 'resend');
    await expect(refused).rejects.toMatchObject(NOT_NOW);
    await expect(refused).rejects.toThrow('message-1');
  });

  test('is not for a line that SCM holds, or that may still come', async () => {
    await sendLines(layer.instance, LINES);
    await expect(decideAbout(layer.instance, 'bad', 'resend')).rejects.toMatchObject(NOT_NOW);
    await layer.withPosted();
    await expect(decideAbout(layer.instance, 'good', 'resend')).rejects.toMatchObject(NOT_NOW);
  });
});

describe('a correction', () => {
  beforeEach(layer.withErrorLine);

  test('goes out under the same id with what was corrected, and both versions can be read', async () => {
    const body = { fnoJournalNameId: 'IADJ', transDate: null, costPrice: 2.5, reason: 'name was mistyped' };
    const answer = await decideAbout(layer.instance, 'bad', 'correct', body);
    expect(answer.does).toContain('fnoJournalNameId IADJ, transDate left to SCM, costPrice 2.5');
    await postPackage(layer.instance);
    const [before, after] = layer.scm.sent.map((sent) => lineOf(sent, 'P-bad'));
    expect(before).toMatchObject({ journalNameId: 'WRONG', transDate: '2026-01-04', costPrice: '2' });
    expect(after).toMatchObject({ journalNameId: 'IADJ', costPrice: '2.5', quantity: '4' });
    expect(after).not.toHaveProperty('transDate');
    expect(after?.aggregatedLineId).toBe(before?.aggregatedLineId);
    await layer.sendImportPost();
    const page = await pageOf(layer.instance, 'bad');
    expect(page).toMatchObject({
      status: 'FnOTransPosted',
      journalId: after?.journalNumber,
      fnoJournalNameId: 'WRONG',
      transDate: '2026-01-04',
      costPrice: '2',
      correctedTo: { fnoJournalNameId: 'IADJ', transDate: null, costPrice: '2.5' },
      decisions: [
        { kind: 'resend', by: 'operator', reason: 'name was mistyped', error: 'no such journal name' },
      ],
    });
    expect(page).not.toHaveProperty('error');
    const journal = await readJournal(
      layer.instance.layer,
      await layer.instance.environment(),
      after?.journalNumber ?? '',
    );
    expect(journal).toMatchObject({ journalKey: before?.journalNumber, kind: 'adjustment' });
    expect(await balanceOf(layer.instance)).toEqual(settled);
  });

  test('that arrives as it was first sent is told', async () => {
    await decideAbout(layer.instance, 'bad', 'correct', { fnoJournalNameId: 'IADJ' });
    layer.scm.import(layer.scm.sent[0], ({ itemNumber }) => itemNumber === 'P-bad');
    await postPackage(layer.instance);
    expect(await pageOf(layer.instance, 'bad')).toMatchObject({
      status: 'FnOTransCreated',
      error: 'SCM holds the journal name WRONG; IADJ was sent.',
    });
  });

  test.each([
    [{}, 'fnoJournalNameId', 'corrects nothing'],
    [{ quantity: 5 }, 'quantity', '"quantity" is no field of this request'],
    [{ transDate: '2026-02-30' }, 'transDate', '("2026-02-30") is no date'],
    [{ costPrice: '1,5' }, 'costPrice', '("1,5") is no decimal number'],
    [{ fnoJournalNameId: 'MUCH-TOO-LONG' }, 'fnoJournalNameId', 'has 13 characters; at most 10'],
    [{ fnoJournalNameId: 7 }, 'fnoJournalNameId', '(7) must be a string'],
  ])('%j is refused', async (body, target, detail) => {
    const refused = decideAbout(layer.instance, 'bad', 'correct', body);
    await expect(refused).rejects.toMatchObject({ code: 'InvalidParameter', details: { target } });
    await expect(refused).rejects.toThrow(detail);
  });
});

test('a line that was never sent can be corrected, and goes out so with the first submission', async () => {
  await layer.instance.change({ ...decisionSettings(), maxJournalCountPerPackage: 10 });
  await layer.instance.results(LINES);
  await syncAndPackage(layer.instance);
  await expect(decideAbout(layer.instance, 'bad', 'resend')).rejects.toMatchObject(NOT_NOW);
  const body = { fnoJournalNameId: 'IADJ' };
  expect(await decideAbout(layer.instance, 'bad', 'correct', body)).toMatchObject({ changed: true });
  expect(await decideAbout(layer.instance, 'bad', 'correct', body)).toMatchObject({ changed: false });
  await layer.sendImportPost();
  expect(layer.scm.sent).toHaveLength(1);
  expect(lineOf(layer.scm.sent[0], 'P-bad')).toMatchObject({ journalNameId: 'IADJ' });
  expect(await balanceOf(layer.instance)).toEqual(settled);
});
