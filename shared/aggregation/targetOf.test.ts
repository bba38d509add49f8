import { describe, expect, test } from 'vitest';
import { foldRun } from './foldRun.ts';
import { exampleAggregate, exampleLine, exampleMapping, exampleSettings } from './foldingExamples.ts';
import { foldingRules } from './foldingRules.ts';
import { targetOf } from './targetOf.ts';

const settings = exampleSettings({
  mappings: [
    exampleMapping(),
    exampleMapping({ physicalMeasure: 'sold', targetTransactionStatus: 'Created', direction: 'opposite' }),
    exampleMapping({ physicalMeasure: 'damaged', targetTransactionStatus: 'None' }),
  ],
  legalEntities: [
    {
      organizationId: 'DEMF',
      timeZone: 'Europe/Berlin',
      blankTransDate: 'journal',
      openFrom: { date: '2026-03-01', closedPeriod: 'hold' },
    },
  ],
});

test.each([
  ['a mapped line', {}, { kind: 'adjustment', targetStatus: 'Posted', direction: 1 }],
  [
    'the measure in another case',
    { physicalMeasure: 'SOLD' },
    { kind: 'adjustment', targetStatus: 'Created', direction: -1 },
  ],
  ['target None', { physicalMeasure: 'damaged' }, { kind: 'held', holdReason: 'TargetNone', direction: 1 }],
  ['no mapping', { physicalMeasure: 'lost' }, { kind: 'held', holdReason: 'NotMapped', direction: 1 }],
  ['a sum of zero', { quantity: '0' }, { kind: 'doNotSync', direction: 1 }],
  [
    'a sum of zero without a mapping',
    { quantity: '0', physicalMeasure: 'lost' },
    { kind: 'doNotSync', direction: 1 },
  ],
  [
    'a closed period',
    { organizationId: 'demf', transDate: '2026-02-28' },
    { kind: 'held', holdReason: 'ClosedPeriod', direction: 1 },
  ],
  [
    'the first open day',
    { organizationId: 'DEMF', transDate: '2026-03-01' },
    { kind: 'adjustment', targetStatus: 'Posted', direction: 1 },
  ],
  [
    'another legal entity',
    { transDate: '2026-02-28' },
    { kind: 'adjustment', targetStatus: 'Posted', direction: 1 },
  ],
])('%s', (_case, changes, expected) => {
  expect(targetOf(exampleAggregate(0, changes), foldingRules(settings))).toEqual(expected);
});

describe('a date in a closed period', () => {
  const dates = (closedPeriod: 'send' | 'hold' | 'move', physicalMeasure = 'inbound') =>
    foldRun(
      [
        exampleLine(0, { resolvedDate: '2026-02-27', physicalMeasure }),
        exampleLine(1, { resolvedDate: '2026-03-01', physicalMeasure }),
      ],
      exampleSettings({
        defaultLegalEntity: {
          timeZone: 'UTC',
          blankTransDate: 'accepted',
          openFrom: { date: '2026-03-01', closedPeriod },
        },
      }),
    ).journals.map((journal) => [journal.kind, journal.lines.map((line) => [line.transDate, line.quantity])]);

  test('is sent as it is', () => {
    expect(dates('send')).toEqual([
      ['adjustment', [['2026-02-27', '1']]],
      ['adjustment', [['2026-03-01', '1']]],
    ]);
  });

  test('moves to the first open day and folds with the lines of that day', () => {
    expect(dates('move')).toEqual([['adjustment', [['2026-03-01', '2']]]]);
  });

  test('stays as it is on a line that is held anyway', () => {
    expect(dates('move', 'lost')).toEqual([
      [
        'held',
        [
          ['2026-02-27', '1'],
          ['2026-03-01', '1'],
        ],
      ],
    ]);
  });

  test('an open day stays the day it is', () => {
    const folding = foldRun(
      [exampleLine(0, { resolvedDate: '2026-03-15' })],
      exampleSettings({
        defaultLegalEntity: {
          timeZone: 'UTC',
          blankTransDate: 'accepted',
          openFrom: { date: '2026-03-01', closedPeriod: 'move' },
        },
      }),
    );
    expect(folding.journals[0]?.lines[0]?.transDate).toBe('2026-03-15');
  });

  test('stays as it is where nothing is created', () => {
    const folding = foldRun(
      [exampleLine(0, { resolvedDate: '2026-02-27' })],
      exampleSettings({
        mappings: [exampleMapping({ targetTransactionStatus: 'None' })],
        defaultLegalEntity: {
          timeZone: 'UTC',
          blankTransDate: 'accepted',
          openFrom: { date: '2026-03-01', closedPeriod: 'move' },
        },
      }),
    );
    expect(folding.journals[0]).toMatchObject({ kind: 'held', lines: [{ transDate: '2026-02-27' }] });
  });

  test('is held', () => {
    expect(dates('hold')).toEqual([
      ['adjustment', [['2026-03-01', '1']]],
      ['held', [['2026-02-27', '1']]],
    ]);
  });
});
