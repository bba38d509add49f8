import { describe, expect, test } from 'vitest';
import { exampleAggregate, exampleSettings } from '../aggregation/foldingExamples.ts';
import type { Journal } from '../aggregation/aggregatedLine.ts';
import { MAX_JOURNALS_PER_RUN } from '../log/aggregatedLineId.ts';
import type { CommittedRun } from '../log/runRow.ts';
import { journalKey, journalPlaceOf, packageLines, scmJournals } from './scmJournals.ts';

const NONCE = 'abcdef12-0000-4000-8000-000000000000';
const RUN: CommittedRun = {
  number: 36,
  etag: '',
  state: {
    status: 'Committed',
    nonce: NONCE,
    openedAt: 0,
    settings: exampleSettings(),
    batches: [],
    commit: { attempt: 'a', at: 0, journals: 2, aggregatedLines: 3, unfoldable: 0, packageHashes: '' },
  },
};

const journal = (number: number, changes: Partial<Journal> = {}): Journal => ({
  number,
  kind: 'adjustment',
  targetStatus: 'Posted',
  directions: [1, -1],
  lines: [exampleAggregate(0, { quantity: '2' }), exampleAggregate(1, { quantity: '3.5', costPrice: '7' })],
  ...changes,
});

describe('a journal key', () => {
  test('has at most 20 characters, whatever its numbers', () => {
    expect(journalKey(2 ** 31, MAX_JOURNALS_PER_RUN, NONCE).length).toBeLessThanOrEqual(20);
  });

  test('differs by the nonce: a run number used again never meets its lost twin', () => {
    expect(journalKey(1, 1, NONCE)).toBe('IV1-1-ABCDEF');
    expect(journalKey(1, 1, 'fedcba12')).not.toBe(journalKey(1, 1, NONCE));
  });

  test('says where the journal stands', () => {
    expect(journalPlaceOf(journalKey(1_234_567, 4_711, NONCE).toLowerCase())).toEqual({
      run: 1_234_567,
      journal: 4_711,
    });
    expect(journalPlaceOf('JOURNAL-1')).toBeUndefined();
  });

  test('of lines that were sent again has their version behind it, names the same place, and has its limit', () => {
    expect(journalKey(1, 1, NONCE, 1)).toBe('IV1-1-ABCDEF1');
    expect(journalKey(1, 1, NONCE, 36)).toBe('IV1-1-ABCDEF10');
    expect(journalPlaceOf('IV1-1-ABCDEF10')).toEqual({ run: 1, journal: 1 });
    expect(() => journalKey(2 ** 31, MAX_JOURNALS_PER_RUN, NONCE, 1)).toThrow('has no room for one more');
  });
});

describe('what SCM gets', () => {
  test('is the sum in the direction of its mapping, with what the columns hold', () => {
    const [sent] = scmJournals('env~USMF', RUN, [journal(1, { journalNameId: 'IADJ' })], () => true);
    expect(sent).toMatchObject({
      journalKey: 'IV10-1-ABCDEF',
      journalNameId: 'IADJ',
      expectedStatus: 'Posted',
    });
    expect(sent?.description.startsWith('IV10-1-ABCDEF')).toBe(true);
    expect(
      sent?.lines.map(({ lineNumber, quantity, costPrice }) => [lineNumber, quantity, costPrice]),
    ).toEqual([
      [1, '2', undefined],
      [2, '-3.5', '7'],
    ]);
    expect(sent?.lines[0]?.dimensionColumns).toEqual({ INVENTORYSITEID: '1' });
  });

  test('leaves out dimensions that SCM has no column for', () => {
    const line = exampleAggregate(0, {
      dimensions: [
        ['Shelf', 'A'],
        ['SiteId', '1'],
      ],
    });
    const [sent] = scmJournals('env~USMF', RUN, [journal(1, { lines: [line], directions: [1] })], () => true);
    expect(sent?.lines[0]?.dimensionColumns).toEqual({ INVENTORYSITEID: '1' });
  });

  test('carries the lines of the submission, numbered as ever; a journal without any is left out', () => {
    const sent = scmJournals('env~USMF', RUN, [journal(1), journal(2)], (position) => position === 3);
    expect(
      sent.map(({ journalKey: key, lines }) => [key, lines.map(({ lineNumber }) => lineNumber)]),
    ).toEqual([['IV10-2-ABCDEF', [2]]]);
  });

  test('has ids that are different in every log, run, journal and position', () => {
    const ids = ['env~USMF', 'env~DEMF'].flatMap((log) =>
      [RUN, { ...RUN, number: 37 }, { ...RUN, state: { ...RUN.state, nonce: 'fedcba12' } }].flatMap((run) =>
        packageLines(log, run, [journal(1), journal(2)]).map(({ aggregatedLineId }) => aggregatedLineId),
      ),
    );
    expect(new Set(ids).size).toBe(2 * 3 * 4);
  });
});
