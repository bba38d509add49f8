import { beforeEach, describe, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { interleavedTables } from '../../test/support/crashingTables.ts';
import { balanceOf, decideAbout, pageOf, type View } from '../../test/support/decisions.ts';
import {
  knownPackage,
  postPackage,
  sendLines,
  statusesOf,
  syncAndPackage,
  track,
} from '../../test/support/journalSteps.ts';
import { postedLine, ScriptedLayer } from '../../test/support/scriptedLayer.ts';
import type { ScriptedSupplyChain, SentPackage } from '../../test/support/scriptedPorts.ts';
import { readJournal } from '../reading/readJournals.ts';

const azurite = useAzurite();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOT_NOW = { code: 'NotAllowedNow' };

const settings = (linesDeletedAfterPosting: 'yes' | 'no' | 'unknown' = 'unknown') => ({
  supplyChain: {
    url: 'https://scm.example.com',
    credential: { kind: 'managedIdentity' },
    activityId: '44444444-4444-4444-8444-444444444444',
    linesDeletedAfterPosting,
    unknownOutcomeSeconds: 600,
  },
});
const LINES = [
  postedLine('good', { quantity: 3 }),
  postedLine('bad', { quantity: 4, fnoJournalNameId: 'WRONG', transDate: '2026-01-04', costPrice: 2 }),
];

let instance: ScriptedLayer;
let scm: ScriptedSupplyChain;

beforeEach(async () => {
  instance = await ScriptedLayer.install(azurite.store(), settings());
  scm = instance.ends.supplyChain;
});

const lineOf = (sent: SentPackage | undefined, product: string) =>
  sent?.lines.find(({ itemNumber }) => itemNumber === product);

/** Imports what was sent last, but for lines that the ERP refuses by name. */
function importLast(refuses: (product: string) => boolean): void {
  const sent = scm.sent.at(-1);
  scm.import(sent, ({ itemNumber }) => !refuses(itemNumber));
  const errors = sent?.lines.filter(({ itemNumber }) => refuses(itemNumber)) ?? [];
  scm.conclude(
    `message-${scm.sent.length}`,
    errors.map(({ aggregatedLineId }) => ({ aggregatedLineId, message: 'no such journal name' })),
  );
}

/** Both lines in one package; the ERP takes one, posts it, and refuses the other. */
async function withErrorLine(): Promise<void> {
  await instance.change({ ...settings(), maxJournalCountPerPackage: 10 });
  await sendLines(instance, LINES);
  importLast((product) => product === 'P-bad');
  scm.post();
  await track(instance);
  await track(instance);
  expect((await statusesOf(instance)).toSorted()).toEqual(['FnOTransCreateError', 'FnOTransPosted']);
}

/** What was asked for is sent, imported and posted. */
async function sendImportPost(): Promise<void> {
  await postPackage(instance);
  importLast(() => false);
  scm.post();
  await track(instance);
  await track(instance);
}

const statusOf = async (id: string): Promise<unknown> => (await pageOf(instance, id))['status'];
const settled = { accepted: 7, inErp: 7, doNotSync: 0, waiting: 0 };

describe('sending again', () => {
  beforeEach(withErrorLine);

  test('carries the missing line alone, once, under its id, in a journal of its own', async () => {
    const first = scm.sent[0];
    const answer = await decideAbout(instance, 'bad', 'resend', { reason: 'item exists now' });
    expect(answer).toMatchObject({ action: 'resend', changed: true, preview: false });
    expect(answer.does).toContain('with submission 2 of package 1');
    expect(instance.ends.queue.sent.at(-1)?.message).toMatchObject({ run: 1, package: 1 });
    await postPackage(instance);
    await postPackage(instance.another());
    expect(scm.sent).toHaveLength(2);
    const [line, ...others] = scm.sent[1]?.lines ?? [];
    expect(others).toEqual([]);
    const before = lineOf(first, 'P-bad');
    expect(line).toEqual({ ...before, journalNumber: `${before?.journalNumber}1` });
    expect(await statusOf('bad')).toBe('FnOSyncEnqueued');
    await sendImportPost();
    expect(await statusOf('bad')).toBe('FnOTransPosted');
    expect(await balanceOf(instance)).toEqual(settled);
    expect((await knownPackage(instance)).state.status).toBe('Settled');
  });

  test('is done once, however often it is asked for, and says so', async () => {
    await decideAbout(instance, 'bad', 'resend');
    expect(await decideAbout(instance, 'bad', 'resend')).toMatchObject({ changed: false });
    await sendImportPost();
    expect(await decideAbout(instance, 'bad', 'resend')).toMatchObject({ changed: false });
    await postPackage(instance);
    expect(scm.sent).toHaveLength(2);
    expect((await pageOf(instance, 'bad'))['decisions']).toHaveLength(1);
  });

  test('of two operators at the same moment makes one submission', async () => {
    let overtaken = false;
    const slow = instance.another(
      interleavedTables(instance.tables, async (operations) => {
        if (overtaken || !operations.some(({ rowKey }) => rowKey.startsWith('package~'))) return;
        overtaken = true;
        await decideAbout(instance, 'bad', 'resend', {}, { by: 'quick' });
      }),
    );
    expect(await decideAbout(slow, 'bad', 'resend', {}, { by: 'slow' })).toMatchObject({ changed: false });
    await sendImportPost();
    expect((await pageOf(instance, 'bad'))['decisions']).toMatchObject([{ by: 'quick' }]);
    expect(await balanceOf(instance)).toEqual(settled);
  });

  test('changes nothing in a preview', async () => {
    const before = await instance.rows('');
    const answer = await decideAbout(instance, 'bad', 'resend', {}, { preview: true });
    expect(answer).toMatchObject({ preview: true, changed: false });
    expect(answer.facts?.submissions).toMatchObject([{ number: 1, messageId: 'message-1', isFinal: true }]);
    expect(await instance.rows('')).toEqual(before);
  });

  test('again and again until SCM takes it: each time its own words, each time a new journal', async () => {
    for (let time = 1; time <= 3; time++) {
      await decideAbout(instance, 'bad', 'resend');
      await postPackage(instance);
      importLast(() => true);
      await track(instance);
      expect(await pageOf(instance, 'bad')).toMatchObject({
        status: 'FnOTransCreateError',
        error: 'no such journal name',
      });
    }
    await decideAbout(instance, 'bad', 'resend');
    await sendImportPost();
    const journals = scm.sent.map((sent) => lineOf(sent, 'P-bad')?.journalNumber);
    expect(new Set(journals).size).toBe(5);
    expect(await balanceOf(instance)).toEqual(settled);
  });

  test('is left out when SCM turns out to hold the line', async () => {
    await decideAbout(instance, 'bad', 'resend');
    scm.import(scm.sent[0], ({ itemNumber }) => itemNumber === 'P-bad');
    await postPackage(instance);
    expect(scm.sent).toHaveLength(1);
    expect(await statusOf('bad')).toBe('FnOTransCreated');
    await expect(decideAbout(instance, 'bad', 'correct', { costPrice: '3' })).rejects.toMatchObject(NOT_NOW);
  });

  test('that stands in two journals in the end, where lines have no key, is an alarm', async () => {
    await decideAbout(instance, 'bad', 'resend');
    await postPackage(instance);
    importLast(() => false);
    const held = scm.linesOfJournal.bind(scm);
    const twin = lineOf(scm.sent[0], 'P-bad');
    scm.linesOfJournal = async (token, company, journal) =>
      journal.journalKey === twin?.journalNumber ? [twin] : held(token, company, journal);
    await track(instance);
    expect(instance.runtime.logger.entries.find(({ level }) => level === 'error')).toMatchObject({
      message: expect.stringContaining('stands in two journals') as string,
      fields: { journal: twin?.journalNumber },
    });
  });

  test('without effect leaves the line as it was, with the words it had, and it goes out later', async () => {
    await decideAbout(instance, 'bad', 'resend');
    scm.script.push(() => ({ kind: 'noEffect', message: 'busy' }));
    await postPackage(instance);
    expect(await pageOf(instance, 'bad')).toMatchObject({
      status: 'FnOTransCreateError',
      error: 'no such journal name',
    });
    instance.ends.clock.advance(HOUR);
    await sendImportPost();
    expect(await balanceOf(instance)).toEqual(settled);
  });

  test('waits while the sync job is off; what is in SCM is followed meanwhile', async () => {
    await decideAbout(instance, 'bad', 'resend');
    await instance.change({ ...settings(), enableSyncJob: false });
    await postPackage(instance);
    await track(instance, HOUR);
    expect(scm.sent).toHaveLength(1);
    scm.import(scm.sent[0], ({ itemNumber }) => itemNumber === 'P-bad');
    await track(instance, HOUR);
    expect(await statusOf('bad')).toBe('FnOTransCreated');
  });

  test('whose answer is lost is unknown, and is not sent a second time by itself', async () => {
    await decideAbout(instance, 'bad', 'resend');
    scm.script.push(() => ({ kind: 'unknown', message: 'time-out' }));
    await postPackage(instance);
    await expect(decideAbout(instance, 'bad', 'resend')).resolves.toMatchObject({ changed: false });
    await expect(decideAbout(instance, 'bad', 'close', { reason: 'x' })).rejects.toMatchObject(NOT_NOW);
    await track(instance, 2 * HOUR);
    await postPackage(instance);
    expect(scm.sent).toHaveLength(2);
    expect((await knownPackage(instance)).state.status).toBe('Unknown');
    expect(await statusOf('bad')).toBe('FnOSyncEnqueued');
  });

  test('takes a run up again that was watched no more', async () => {
    await track(instance, 31 * DAY);
    await track(instance);
    expect(await instance.rows('open~')).toEqual([]);
    await decideAbout(instance, 'bad', 'resend');
    expect(await instance.rows('open~')).toHaveLength(1);
    await sendImportPost();
    await track(instance);
    expect(await statusOf('bad')).toBe('FnOTransPosted');
    expect(await instance.rows('open~')).toEqual([]);
  });
});

describe('sending again while an import is under way', () => {
  test('is refused, and says which import', async () => {
    await withErrorLine();
    scm.imports.delete('message-1');
    const refused = decideAbout(instance, 'bad', 'resend');
    await expect(refused).rejects.toMatchObject(NOT_NOW);
    await expect(refused).rejects.toThrow('message-1');
  });

  test('is not for a line that SCM holds, or that may still come', async () => {
    await sendLines(instance, LINES);
    await expect(decideAbout(instance, 'bad', 'resend')).rejects.toMatchObject(NOT_NOW);
    await withPosted();
    await expect(decideAbout(instance, 'good', 'resend')).rejects.toMatchObject(NOT_NOW);
  });
});

async function withPosted(): Promise<void> {
  for (const [index, sent] of scm.sent.entries()) {
    scm.import(sent);
    scm.conclude(`message-${index + 1}`);
  }
  scm.post();
  await track(instance);
  await track(instance);
}

describe('a correction', () => {
  beforeEach(withErrorLine);

  test('goes out under the same id with what was corrected, and both versions can be read', async () => {
    const body = { fnoJournalNameId: 'IADJ', transDate: null, costPrice: 2.5, reason: 'name was mistyped' };
    const answer = await decideAbout(instance, 'bad', 'correct', body);
    expect(answer.does).toContain('fnoJournalNameId IADJ, transDate left to SCM, costPrice 2.5');
    await postPackage(instance);
    const [before, after] = scm.sent.map((sent) => lineOf(sent, 'P-bad'));
    expect(before).toMatchObject({ journalNameId: 'WRONG', transDate: '2026-01-04', costPrice: '2' });
    expect(after).toMatchObject({ journalNameId: 'IADJ', costPrice: '2.5', quantity: '4' });
    expect(after).not.toHaveProperty('transDate');
    expect(after?.aggregatedLineId).toBe(before?.aggregatedLineId);
    await sendImportPost();
    const page = await pageOf(instance, 'bad');
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
      instance.layer,
      await instance.environment(),
      after?.journalNumber ?? '',
    );
    expect(journal).toMatchObject({ journalKey: before?.journalNumber, kind: 'adjustment' });
    expect(await balanceOf(instance)).toEqual(settled);
  });

  test('that arrives as it was first sent is told', async () => {
    await decideAbout(instance, 'bad', 'correct', { fnoJournalNameId: 'IADJ' });
    scm.import(scm.sent[0], ({ itemNumber }) => itemNumber === 'P-bad');
    await postPackage(instance);
    expect(await pageOf(instance, 'bad')).toMatchObject({
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
    const refused = decideAbout(instance, 'bad', 'correct', body);
    await expect(refused).rejects.toMatchObject({ code: 'InvalidParameter', details: { target } });
    await expect(refused).rejects.toThrow(detail);
  });
});

describe('closing', () => {
  beforeEach(withErrorLine);
  const order = { reason: 'entered by hand', journalNumber: 'J-77' };

  test('keeps reason and journal, sends nothing any more, and is done once', async () => {
    expect(await decideAbout(instance, 'bad', 'close', order)).toMatchObject({ changed: true });
    expect(await decideAbout(instance, 'bad', 'close', order)).toMatchObject({ changed: false });
    await postPackage(instance);
    expect(scm.sent).toHaveLength(1);
    expect(await pageOf(instance, 'bad')).toMatchObject({
      status: 'DoNotSync',
      journalId: 'J-77',
      decisions: [{ kind: 'close', by: 'operator', ...order }],
    });
    expect(await balanceOf(instance)).toEqual({ accepted: 7, inErp: 3, doNotSync: 4, waiting: 0 });
    await expect(decideAbout(instance, 'bad', 'resend')).rejects.toMatchObject(NOT_NOW);
  });

  test('takes back that it was to be sent again', async () => {
    await decideAbout(instance, 'bad', 'resend');
    await decideAbout(instance, 'bad', 'close', order);
    await postPackage(instance);
    expect(scm.sent).toHaveLength(1);
    expect((await knownPackage(instance)).state.status).toBe('Enqueued');
  });

  test('does not end the watch: what arrives later is counted, with an alarm', async () => {
    await decideAbout(instance, 'bad', 'close', order);
    await track(instance, DAY);
    scm.import(scm.sent[0], ({ itemNumber }) => itemNumber === 'P-bad');
    await track(instance, DAY);
    expect(await statusOf('bad')).toBe('FnOTransCreated');
    expect(instance.runtime.logger.entries.filter(({ level }) => level === 'error')).toMatchObject([
      { message: expect.stringContaining('stand in SCM after all') as string, fields: { lines: 1 } },
    ]);
    scm.post();
    await track(instance, DAY);
    expect(await balanceOf(instance)).toEqual(settled);
  });

  test('ends the watch after a month', async () => {
    await decideAbout(instance, 'bad', 'close', order);
    await track(instance, 29 * DAY);
    await track(instance);
    expect(await instance.rows('open~')).toHaveLength(1);
    await track(instance, 2 * DAY);
    await track(instance);
    expect(await instance.rows('open~')).toEqual([]);
  });

  test('needs a reason, and a fresh look into SCM', async () => {
    await expect(decideAbout(instance, 'bad', 'close', {})).rejects.toThrow('reason is missing');
    scm.isAway = true;
    await expect(decideAbout(instance, 'bad', 'close', order)).rejects.toThrow('Supply Chain Management');
    scm.isAway = false;
    scm.import(scm.sent[0], ({ itemNumber }) => itemNumber === 'P-bad');
    await expect(decideAbout(instance, 'bad', 'close', order)).rejects.toThrow('SCM holds line');
    await expect(decideAbout(instance, 'good', 'close', order)).rejects.toMatchObject(NOT_NOW);
  });
});

test('a line that was never sent can be closed, and its package is done', async () => {
  await instance.results(LINES.slice(0, 1));
  await syncAndPackage(instance);
  await decideAbout(instance, 'good', 'close', { reason: 'counted twice' });
  await postPackage(instance);
  await track(instance);
  expect(scm.sent).toEqual([]);
  expect((await knownPackage(instance)).state.status).toBe('Settled');
  expect(await instance.rows('open~')).toEqual([]);
});

test('a line that was never sent can be corrected, and goes out so with the first submission', async () => {
  await instance.change({ ...settings(), maxJournalCountPerPackage: 10 });
  await instance.results(LINES);
  await syncAndPackage(instance);
  await expect(decideAbout(instance, 'bad', 'resend')).rejects.toMatchObject(NOT_NOW);
  const body = { fnoJournalNameId: 'IADJ' };
  expect(await decideAbout(instance, 'bad', 'correct', body)).toMatchObject({ changed: true });
  expect(await decideAbout(instance, 'bad', 'correct', body)).toMatchObject({ changed: false });
  await sendImportPost();
  expect(scm.sent).toHaveLength(1);
  expect(lineOf(scm.sent[0], 'P-bad')).toMatchObject({ journalNameId: 'IADJ' });
  expect(await balanceOf(instance)).toEqual(settled);
});

describe('reversing', () => {
  test('appends the opposite once, linked both ways, and it goes all the way', async () => {
    await sendLines(instance, LINES.slice(0, 1));
    await withPosted();
    const order = { reason: 'posted in error' };
    const before = await instance.rows('batch~');
    const preview = await decideAbout(instance, 'good', 'reverse', order, { preview: true });
    expect(preview).toMatchObject({
      changed: false,
      does: expect.stringContaining('of -3 is posted') as string,
    });
    expect(await instance.rows('batch~')).toEqual(before);
    expect(await decideAbout(instance, 'good', 'reverse', order)).toMatchObject({ changed: true });
    const other = { reason: 'again', transDate: '2026-01-02' };
    expect(await decideAbout(instance.another(), 'good', 'reverse', other)).toMatchObject({ changed: false });
    const page = await pageOf(instance, 'good');
    const reversal = page['reversedBy'] as View;
    expect(await instance.rows('batch~')).toHaveLength(2);
    await syncAndPackage(instance);
    await postPackage(instance, 1, 2);
    await withPosted();
    expect(await pageOf(instance, String(reversal['id']))).toMatchObject({
      quantity: '-3',
      status: 'FnOTransPosted',
    });
    expect(await balanceOf(instance)).toEqual({ accepted: 0, inErp: 0, doNotSync: 0, waiting: 0 });
  });

  test('is not for a line that SCM does not hold, or whose id somebody else uses', async () => {
    await withErrorLine();
    await expect(decideAbout(instance, 'bad', 'reverse', { reason: 'x' })).rejects.toMatchObject(NOT_NOW);
    const { lineRecordId } = await pageOf(instance, 'good');
    await instance.results([postedLine(`reversal-of-${String(lineRecordId)}`, { productId: 'X' })]);
    await expect(decideAbout(instance, 'good', 'reverse', { reason: 'x' })).rejects.toThrow(
      'another adjustment',
    );
  });
});

describe('a verdict', () => {
  /** The answer to the only submission is lost, and SCM does not hold the line. */
  beforeEach(async () => {
    scm.script.push(() => ({ kind: 'unknown', message: 'time-out' }));
    await sendLines(instance, [postedLine('lost', { quantity: 4 })]);
  });
  const notPosted = { verdict: 'notPosted', reason: 'looked it up' };

  test('is taken only once nothing can happen any more, and says when that is', async () => {
    await expect(decideAbout(instance, 'lost', 'judge', notPosted)).rejects.toThrow('has no answer yet');
    await track(instance, HOUR / 2);
    expect((await knownPackage(instance)).state.status).toBe('Unknown');
    // The token of the submission is valid for an hour; what arrived in time may be worked on for five minutes more.
    const until = 'until 2026-01-05T07:05:00.000Z';
    await expect(decideAbout(instance, 'lost', 'judge', notPosted)).rejects.toThrow(until);
    instance.ends.clock.advance(HOUR / 2);
    await expect(decideAbout(instance, 'lost', 'judge', notPosted)).rejects.toThrow(until);
    instance.ends.clock.advance(HOUR / 10);
    expect(await decideAbout(instance, 'lost', 'judge', notPosted, { preview: true })).toMatchObject({
      changed: false,
      facts: { submissions: [{ number: 1, isFinal: false }] },
    });
    expect(await decideAbout(instance, 'lost', 'judge', notPosted)).toMatchObject({ changed: true });
    expect(await decideAbout(instance, 'lost', 'judge', notPosted)).toMatchObject({ changed: false });
    expect(await pageOf(instance, 'lost')).toMatchObject({
      status: 'FnOTransCreateError',
      error: 'Not posted, by verdict: looked it up',
    });
  });

  test('"not posted" lets the line be sent again, and a late import is still seen', async () => {
    await track(instance, 2 * HOUR);
    await decideAbout(instance, 'lost', 'judge', notPosted);
    await postPackage(instance);
    expect(scm.sent).toHaveLength(1);
    await decideAbout(instance, 'lost', 'resend');
    await sendImportPost();
    expect(scm.sent).toHaveLength(2);
    expect(await balanceOf(instance)).toEqual({ accepted: 4, inErp: 4, doNotSync: 0, waiting: 0 });
  });

  test('"posted" closes it as posted in the journal that was named', async () => {
    await track(instance, 2 * HOUR);
    await expect(decideAbout(instance, 'lost', 'judge', { verdict: 'posted' })).rejects.toThrow(
      'journalNumber is missing',
    );
    await decideAbout(instance, 'lost', 'judge', { verdict: 'posted', journalNumber: 'J-9' });
    expect(await pageOf(instance, 'lost')).toMatchObject({ status: 'FnOTransPosted', journalId: 'J-9' });
    await track(instance);
    await track(instance);
    expect(await instance.rows('open~')).toEqual([]);
    await expect(decideAbout(instance, 'lost', 'judge', notPosted)).rejects.toMatchObject(NOT_NOW);
  });

  test('is not needed where SCM holds the line, or its import has not ended', async () => {
    await track(instance, 2 * HOUR);
    scm.import(scm.sent[0]);
    await expect(decideAbout(instance, 'lost', 'judge', notPosted)).rejects.toThrow('SCM holds line');
    await track(instance);
    scm.post();
    await track(instance);
    expect(await statusOf('lost')).toBe('FnOTransPosted');
  });
});

test('an answer that comes after a verdict and another submission does not take back what is known since', async () => {
  scm.script.push(async () => {
    await track(instance, 2 * HOUR);
    await decideAbout(instance, 'late', 'judge', { verdict: 'notPosted', reason: 'looked it up' });
    await decideAbout(instance, 'late', 'resend');
    await postPackage(instance.another());
    importLast(() => true);
    await track(instance);
    await decideAbout(instance, 'other', 'judge', { verdict: 'notPosted', reason: 'looked it up' });
    return { kind: 'accepted', messageId: 'late' };
  });
  await instance.change({ ...settings(), maxJournalCountPerPackage: 10 });
  await sendLines(instance, [postedLine('late'), postedLine('other')]);
  expect((await knownPackage(instance)).state.submissions).toMatchObject([
    { messageId: 'late', lines: 'all' },
    { messageId: 'message-2' },
  ]);
  expect(await pageOf(instance, 'late')).toMatchObject({
    status: 'FnOTransCreateError',
    error: 'no such journal name',
  });
  // Nothing else has carried this one: it is on its way, as the answer says.
  expect(await statusOf('other')).toBe('FnOSyncEnqueued');
});

test('a line that a posted journal has lost can be judged', async () => {
  await sendLines(instance, LINES.slice(0, 1));
  const sent = scm.sent[0];
  scm.import(sent);
  scm.conclude('message-1');
  await track(instance);
  scm.lines.clear();
  scm.postedJournals.add(sent?.lines[0]?.journalNumber ?? '');
  await track(instance, 2 * HOUR);
  const order = { verdict: 'posted', journalNumber: sent?.lines[0]?.journalNumber };
  const { facts } = await decideAbout(instance, 'good', 'judge', order, { preview: true });
  expect(facts?.journals).toMatchObject([{ isPosted: true }]);
  await decideAbout(instance, 'good', 'judge', order);
  expect(await statusOf('good')).toBe('FnOTransPosted');
});
