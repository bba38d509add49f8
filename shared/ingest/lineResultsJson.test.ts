import { describe, expect, test } from 'vitest';
import type { LineResult } from './lineResults.ts';
import { lineResultsJson } from './lineResultsJson.ts';

const accepted = (id: string): LineResult => ({
  id,
  processingStatus: 'success',
  message: '',
  statusCode: 200,
  lineRecordId: '0f8fad5b-d9cb-869f-a165-70867728950e',
  status: 'Created',
});
const problems = [
  { code: 'UnknownDataSource', line: 0, field: 'quantityDataSource', message: 'It says "no".' },
];

describe('the results as JSON', () => {
  test.each<[string, LineResult[]]>([
    ['none', []],
    ['one', [accepted('1')]],
    ['several', [accepted('1'), accepted('order 7/a~b'), accepted('')]],
    [
      'ids that JSON escapes',
      ['"', '\\', 'a"b\\c', '\n', '\u0000', '\u007f', '\u2028', '\ud800'].map(accepted),
    ],
    ['ids beyond ASCII', ['é', 'Größe', '仓库', '🏬'].map(accepted)],
    [
      'a duplicate',
      [{ ...accepted('1'), processingStatus: 'duplicate', message: 'It was accepted "before".' }],
    ],
    ['a line that would be accepted', [withoutStatus(accepted('1'))]],
    ['a line in the cache', [{ ...accepted('1'), status: 'IVPosted' }]],
    [
      'an invalid line',
      [
        {
          id: undefined,
          processingStatus: 'invalid',
          message: '',
          statusCode: 400,
          problems,
        },
      ],
    ],
    ['an invalid line with an id', [{ ...accepted('1'), problems: [] }]],
    [
      'all kinds',
      [
        accepted('1'),
        { id: 'x', processingStatus: 'conflict', message: 'no', statusCode: 409 },
        accepted('2'),
      ],
    ],
  ])('are what JSON.stringify gives: %s', (_, results) => {
    expect(lineResultsJson(results)).toBe(JSON.stringify(results));
  });
});

function withoutStatus({ status: _, ...result }: LineResult): LineResult {
  return result;
}
