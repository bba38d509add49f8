import { expect, test } from 'vitest';
import type { Folding, UnfoldableLine } from './aggregatedLine.ts';
import { exampleAggregate } from './foldingExamples.ts';
import { withClosedBacklog } from './withClosedBacklog.ts';

const line = (position: number) => ({ directions: [1 as const], lines: [exampleAggregate(position)] });
const posted = { kind: 'adjustment', targetStatus: 'Posted', journalNameId: 'IADJ' } as const;
const unfoldable = (seq: number): UnfoldableLine => ({ seq, position: 0, reason: 'too large' });

const SENT: Folding = {
  journals: [
    { number: 1, ...posted, ...line(0) },
    { number: 2, kind: 'held', holdReason: 'NotMapped', ...line(1) },
  ],
  packages: [[1]],
  unfoldable: [unfoldable(1)],
};

test('what is closed stands after what is sent, in journals of its own, and in no package', () => {
  const closed: Folding = {
    journals: [
      { number: 1, ...posted, ...line(2) },
      { number: 2, kind: 'held', holdReason: 'TargetNone', ...line(3) },
      { number: 3, kind: 'doNotSync', ...line(4) },
    ],
    packages: [[1]],
    unfoldable: [unfoldable(2)],
  };
  expect(withClosedBacklog(SENT, closed)).toStrictEqual({
    journals: [
      ...SENT.journals,
      { number: 3, kind: 'doNotSync', holdReason: 'ClosedBacklog', ...line(2) },
      { number: 4, kind: 'held', holdReason: 'TargetNone', ...line(3) },
      { number: 5, kind: 'doNotSync', ...line(4) },
    ],
    packages: [[1]],
    unfoldable: [unfoldable(1), unfoldable(2)],
  });
});

test('nothing closed changes nothing', () => {
  expect(withClosedBacklog(SENT, { journals: [], packages: [], unfoldable: [] })).toStrictEqual(SENT);
});
