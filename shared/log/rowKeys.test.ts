import { describe, expect, it, test } from 'vitest';
import {
  attemptKey,
  attemptRange,
  openMarkersOf,
  openRunKey,
  partitionKeyOf,
  reopenedRunKey,
  runKey,
  runOfMarker,
  runRange,
  seqKey,
  seqOf,
  seqRange,
  unfoldableKey,
} from './rowKeys.ts';

const isIn = ({ from, before }: { from: string; before: string }, key: string): boolean =>
  key >= from && key < before;

test('keys are stored, so they are the same for ever', () => {
  expect([
    partitionKeyOf('env', 'usmf'),
    seqKey('batch', 17),
    runKey(17),
    openRunKey(17),
    reopenedRunKey(17, 'x'),
    attemptKey('package', 17, 'x', 3),
    attemptKey('journal', 17, 'x', 3, '002'),
    unfoldableKey(17, 'x'),
  ]).toEqual([
    'env~usmf',
    'batch~000000000017',
    'run~00000017',
    'open~00000017',
    'open~00000017~x',
    'package~00000017~x~00003',
    'journal~00000017~x~00003~002',
    'parked~r00000017~x',
  ]);
});

test('keys name the number they were made of', () => {
  for (const number of [1, 9, 10, 12_345_678]) {
    expect(seqOf(seqKey('created', number))).toBe(number);
    expect(runOfMarker(openRunKey(number))).toBe(number);
    expect(runOfMarker(reopenedRunKey(number, 'x'))).toBe(number);
  }
});

describe('a range', () => {
  it('of a prefix begins where it is told to, and ends with the prefix', () => {
    const range = seqRange('batch', 10);
    expect([9, 10, 11, 999_999_999_999].map((seq) => isIn(range, seqKey('batch', seq)))).toEqual([
      false,
      true,
      true,
      true,
    ]);
    expect(isIn(seqRange('batch'), seqKey('batch', 0))).toBe(true);
    expect(isIn(seqRange('batch'), seqKey('created', 1))).toBe(false);
  });

  it('of markers has all of one run and none of another', () => {
    const range = openMarkersOf(7);
    expect(
      [openRunKey(7), reopenedRunKey(7, '0'), reopenedRunKey(7, 'ffff')].every((key) => isIn(range, key)),
    ).toBe(true);
    expect([openRunKey(6), openRunKey(8), reopenedRunKey(8, 'x')].some((key) => isIn(range, key))).toBe(
      false,
    );
  });

  it('of an attempt has its rows and those of no other attempt or run', () => {
    const range = attemptRange('journal', 7, 'x');
    expect([1, 99_999].every((number) => isIn(range, attemptKey('journal', 7, 'x', number, '000')))).toBe(
      true,
    );
    expect(isIn(range, attemptKey('journal', 7, 'y', 1))).toBe(false);
    expect(isIn(range, attemptKey('journal', 7, 'xx', 1))).toBe(false);
    expect(isIn(range, attemptKey('journal', 8, 'x', 1))).toBe(false);
    expect(isIn(range, attemptKey('package', 7, 'x', 1))).toBe(false);
  });

  it.each(['journal', 'package', 'outcome'] as const)(
    'of a run has its rows of every attempt (%s)',
    (prefix) => {
      const range = runRange(prefix, 7);
      for (const attempt of ['0', 'x', 'ffff']) {
        expect(isIn(range, attemptKey(prefix, 7, attempt, 1))).toBe(true);
        expect(isIn(range, attemptKey(prefix, 7, attempt, 99_999, '999'))).toBe(true);
        expect(isIn(range, attemptKey(prefix, 8, attempt, 1))).toBe(false);
        expect(isIn(range, attemptKey(prefix, 6, attempt, 1))).toBe(false);
      }
      expect(isIn(range, attemptKey(prefix === 'journal' ? 'package' : 'journal', 7, 'x', 1))).toBe(false);
    },
  );

  it('of the lines that a run could not fold has those of every attempt, and no batch’s', () => {
    const range = runRange('parked', 7);
    expect(['0', 'x', 'ffff'].every((attempt) => isIn(range, unfoldableKey(7, attempt)))).toBe(true);
    expect([6, 8].some((run) => isIn(range, unfoldableKey(run, 'x')))).toBe(false);
    expect(isIn(range, seqKey('parked', 7))).toBe(false);
  });
});
