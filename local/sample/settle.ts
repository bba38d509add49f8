/** Waits until every line has come to its end and the Dynamics side has counted it, or until time is up. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AcceptedLine,
  balance,
  type BalanceRow,
  type DirectionOf,
  isBalanced,
  type Totals,
} from './balance.ts';
import type { LineWatch, Progress, WatchedLine } from './watch.ts';

const PAUSE_MS = 500;

export interface Settling {
  /** Milliseconds since the Unix epoch. */
  readonly deadline: number;
  readonly onProgress: (progress: Progress) => void;
  readonly before: Totals;
  readonly readTotals: () => Promise<Totals>;
  readonly directionOf: DirectionOf;
}

/** The balance as soon as it holds, or as it stands at the deadline. @throws Error when the API contradicts itself */
export async function settledBalance(watch: LineWatch, settling: Settling): Promise<BalanceRow[]> {
  const { deadline, onProgress, before, readTotals, directionOf } = settling;
  for (;;) {
    if (!watch.settled) onProgress(await watch.look());
    const isLate = Date.now() >= deadline;
    if (watch.settled || isLate) {
      // The offset follows the posting of a journal after a while.
      const rows = balance(watch.lines.map(acceptedLine), before, await readTotals(), directionOf);
      if (isLate || isBalanced(rows)) return rows;
    }
    await delay(PAUSE_MS);
  }
}

/** The line in the spelling of the totals. */
function acceptedLine({ line, disposition }: WatchedLine): AcceptedLine {
  const { organizationId, productId, quantityDataSource, physicalMeasure } = line.posted;
  return {
    organizationId: organizationId.toUpperCase(),
    productId,
    dimensions: line.dimensions,
    dataSource: quantityDataSource.toLowerCase(),
    physicalMeasure: physicalMeasure.toLowerCase(),
    quantity: line.quantity,
    disposition,
  };
}
