/** The benchmark's result, and how it is shown. */
import type { StorageRequests } from './measureRequests.ts';

/** Of the rounds. */
export interface Summary {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export interface BenchResult {
  readonly node: string;
  readonly processors: number;
  readonly rounds: number;
  readonly connections: { readonly bulk: number; readonly single: number };
  readonly linesPerSecond: {
    readonly bulk: Summary;
    /** One entity per line behind the same front door. */
    readonly rows: Summary;
    /** One entity per line, straight into storage. */
    readonly perLine: Summary;
    readonly single: Summary;
  };
  /** Bulk against the two others, of each round. */
  readonly ratio: { readonly toRows: Summary; readonly toPerLine: Summary };
  readonly storageRequests: { readonly bulk: StorageRequests; readonly single: StorageRequests };
}

/** @param values of the rounds; at least one */
export function summary(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    least: at(0),
    most: at(sorted.length - 1),
  };
}

export function benchTable(result: BenchResult): string {
  const { connections, linesPerSecond, ratio, storageRequests } = result;
  const rate = ({ median, least, most }: Summary): string[] =>
    [median, least, most].map((value) => Math.round(value).toLocaleString('en'));
  const times = ({ median, least, most }: Summary): string[] =>
    [median, least, most].map((value) => value.toFixed(1));
  const counted = ({ perThousandLines, transactions, reads, others, lines }: StorageRequests): string[] => [
    perThousandLines.toFixed(2),
    `${transactions} entity group transactions + ${reads} reads + ${others} others for ${lines.toLocaleString('en')} lines`,
  ];
  return [
    `Node ${result.node}, ${result.processors} processors, ${result.rounds} rounds`,
    '',
    ...aligned([
      ['lines a second', 'median', 'least', 'most'],
      [`(a) over HTTP, 512 lines a request, ${connections.bulk} connections`, ...rate(linesPerSecond.bulk)],
      ['(b) the same requests, one entity per line in transactions of 100', ...rate(linesPerSecond.rows)],
      ['ratio (a) : (b)', ...times(ratio.toRows)],
      [
        '(c) no HTTP and no validation, entities as in (b), 4 transactions in flight',
        ...rate(linesPerSecond.perLine),
      ],
      ['ratio (a) : (c)', ...times(ratio.toPerLine)],
      [`(d) over HTTP, 1 line a request, ${connections.single} connections`, ...rate(linesPerSecond.single)],
    ]),
    '',
    ...aligned([
      ['storage transactions', 'per 1,000 lines'],
      ['(a)', ...counted(storageRequests.bulk)],
      ['(b) by its construction', (1000 / 100).toFixed(2)],
      ['(d)', ...counted(storageRequests.single)],
    ]),
  ].join('\n');
}

/** The first column to the left, numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 || column > 3 ? cell.padEnd(width(column)) : cell.padStart(width(column)),
      )
      .join('  ')
      .trimEnd(),
  );
}
