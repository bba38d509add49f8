import { expect, test } from 'vitest';
import {
  correctionOf,
  lastResend,
  type LineCorrection,
  type LineDecision,
  versionOf,
  versionsOf,
} from './lineDecision.ts';

const common = { at: 1, by: 'app' };
const resend = (version: number, correction?: LineCorrection): LineDecision => ({
  ...common,
  kind: 'resend',
  version,
  after: version,
  ...(correction === undefined ? {} : { correction }),
});
const close: LineDecision = { ...common, kind: 'close' };

test('a line about which nothing was decided is as it was folded', () => {
  for (const line of [{}, { decisions: [] }, { decisions: [close] }]) {
    expect(lastResend(line)).toBeUndefined();
    expect(versionOf(line)).toBe(0);
    expect(versionsOf(line)).toEqual([0]);
    expect(correctionOf(line)).toEqual({});
  }
});

test('the newest resend counts, and every version may have been sent', () => {
  const line = { decisions: [resend(1), close, resend(1), resend(2), close] };
  expect(lastResend(line)).toEqual(resend(2));
  expect(versionOf(line)).toBe(2);
  expect(versionsOf(line)).toEqual([0, 1, 2]);
});

test('corrections add up; the newest word on a field counts', () => {
  const decisions = [
    resend(1, { fnoJournalNameId: 'A', costPrice: '5' }),
    close,
    resend(2, { costPrice: null, transDate: '2026-03-01' }),
    resend(3),
  ];
  expect(correctionOf({ decisions })).toEqual({
    fnoJournalNameId: 'A',
    costPrice: null,
    transDate: '2026-03-01',
  });
});
