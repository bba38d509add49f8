import { describe, expect, test } from 'vitest';
import { foldRun } from './foldRun.ts';
import { exampleLine, exampleMapping, exampleSettings } from './foldingExamples.ts';
import { divideHalfEven } from './weightedAverage.ts';

type Quantified = readonly [quantity: string, costPrice?: string];

/** Quantity and cost of the aggregated lines that lines with these quantities and costs make. */
function averaged(
  lines: readonly Quantified[],
  sendOnIssues = false,
  direction: 'same' | 'opposite' = 'same',
) {
  const folding = foldRun(
    lines.map(([quantity, costPrice], index) =>
      exampleLine(index, costPrice === undefined ? { quantity } : { quantity, costPrice }),
    ),
    exampleSettings({
      costPolicy: { aggregation: 'weightedAverage', sendOnIssues },
      mappings: [exampleMapping({ direction })],
    }),
  );
  return folding.journals.flatMap((journal) =>
    journal.lines.map((line) =>
      line.costPrice === undefined ? [line.quantity] : [line.quantity, line.costPrice],
    ),
  );
}

describe('one sign: one line with the average of the costs given', () => {
  test.each<[string, Quantified[], Quantified]>([
    [
      'weighted by quantity',
      [
        ['1', '10'],
        ['3', '20'],
      ],
      ['4', '17.5'],
    ],
    ['over the lines that gave a cost', [['1', '10'], ['1', '20'], ['98']], ['100', '15']],
    [
      'a cost of zero counts',
      [
        ['1', '0'],
        ['1', '10'],
      ],
      ['2', '5'],
    ],
    [
      'rounded to ten decimals',
      [
        ['1', '1'],
        ['2', '2'],
      ],
      ['3', '1.6666666667'],
    ],
    [
      'half down to even',
      [
        ['1', '0'],
        ['1', '0.0000000001'],
      ],
      ['2', '0'],
    ],
    [
      'half up to even',
      [
        ['1', '0.0000000001'],
        ['1', '0.0000000002'],
      ],
      ['2', '0.0000000002'],
    ],
    [
      'exact where floats are not',
      [
        ['0.1', '0.1'],
        ['0.2', '0.1'],
      ],
      ['0.3', '0.1'],
    ],
    [
      'a quantity of zero weighs nothing',
      [
        ['0', '99'],
        ['2', '10'],
        ['2', '20'],
      ],
      ['4', '15'],
    ],
    ['without any cost there is none', [['1'], ['2']], ['3']],
  ])('%s', (_case, lines, expected) => {
    expect(averaged(lines)).toEqual([expected]);
  });

  test('issues, where their cost is sent', () => {
    expect(
      averaged(
        [
          ['-1', '10'],
          ['-3', '20'],
        ],
        true,
      ),
    ).toEqual([['-4', '17.5']]);
  });

  test.each<[string, Quantified[], Quantified]>([
    [
      'issues of one cost among them',
      [
        ['-1', '10'],
        ['-1', '10'],
        ['-2', '20'],
      ],
      ['-4', '15'],
    ],
    [
      'a quantity of zero after issues',
      [
        ['-1', '10'],
        ['0', '10'],
        ['-1', '20'],
      ],
      ['-2', '15'],
    ],
    [
      'a quantity of zero before issues',
      [
        ['0', '10'],
        ['-1', '10'],
        ['-1', '20'],
      ],
      ['-2', '15'],
    ],
    [
      'a quantity of zero after receipts',
      [
        ['1', '10'],
        ['0', '10'],
        ['1', '20'],
      ],
      ['2', '15'],
    ],
  ])('%s, where the cost of issues is sent', (_case, lines, expected) => {
    expect(averaged(lines, true)).toEqual([expected]);
  });

  test('issues have no cost where it is not sent', () => {
    expect(
      averaged([
        ['-1', '10'],
        ['-3', '20'],
      ]),
    ).toEqual([['-4']]);
    expect(
      averaged(
        [
          ['1', '10'],
          ['3', '20'],
        ],
        false,
        'opposite',
      ),
    ).toEqual([['4']]);
  });
});

test.each([0, 1, 2])('the merged line is spelled as the line accepted first, here number %i', (earliest) => {
  const costs = ['10', '20', '30'];
  const lines = costs.map((costPrice, index) =>
    exampleLine(
      index,
      { productId: index === earliest ? 'a0001' : 'A0001', costPrice },
      index === earliest ? 1 : 2,
    ),
  );
  const costPolicy = { aggregation: 'weightedAverage', sendOnIssues: false } as const;
  expect(foldRun(lines, exampleSettings({ costPolicy })).journals[0]?.lines).toMatchObject([
    { productId: 'a0001', quantity: '3', costPrice: '20' },
  ]);
});

describe('separate lines instead', () => {
  test('where receipts and issues meet', () => {
    expect(averaged([['5', '10'], ['5', '20'], ['-2']])).toEqual(
      expect.arrayContaining([['5', '10'], ['5', '20'], ['-2']]),
    );
    expect(
      averaged(
        [
          ['5', '10'],
          ['-5', '20'],
        ],
        true,
      ),
    ).toEqual([
      ['5', '10'],
      ['-5', '20'],
    ]);
  });

  test.each<[string, Quantified[], Quantified[]]>([
    [
      'first the receipt',
      [
        ['5', '10'],
        ['-1', '10'],
        ['2', '20'],
      ],
      [
        ['4', '10'],
        ['2', '20'],
      ],
    ],
    [
      'first the issue',
      [
        ['-1', '10'],
        ['5', '10'],
        ['2', '20'],
      ],
      [
        ['4', '10'],
        ['2', '20'],
      ],
    ],
    [
      'the receipt among issues',
      [
        ['-5', '10'],
        ['1', '10'],
        ['-2', '20'],
      ],
      [
        ['-4', '10'],
        ['-2', '20'],
      ],
    ],
    [
      'the issue among issues',
      [
        ['1', '10'],
        ['-5', '10'],
        ['-2', '20'],
      ],
      [
        ['-4', '10'],
        ['-2', '20'],
      ],
    ],
  ])('where receipts and issues of one cost meet: %s', (_case, lines, expected) => {
    expect(averaged(lines, true)).toEqual(expect.arrayContaining(expected));
    expect(averaged(lines, true)).toHaveLength(2);
  });

  test('where the merged sum would be out of range', () => {
    expect(
      averaged([
        ['60000000000', '1'],
        ['60000000000', '2'],
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['60000000000', '1'],
        ['60000000000', '2'],
      ]),
    );
  });
});

test.each([
  [5n, 2n, 2n],
  [7n, 2n, 4n],
  [-5n, 2n, -2n],
  [-7n, 2n, -4n],
  [7n, -2n, -4n],
  [8n, 3n, 3n],
  [-8n, 3n, -3n],
  [1n, 3n, 0n],
  [6n, 3n, 2n],
  [10n, 3n, 3n],
  [-10n, 3n, -3n],
  [5n, 3n, 2n],
])('%s / %s rounds to %s', (dividend, divisor, expected) => {
  expect(divideHalfEven(dividend, divisor)).toBe(expected);
});
