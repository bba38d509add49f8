/** What becomes of an aggregated line: a line of an adjustment journal, or a reason why SCM does not get it. */
import type { AggregatedLine, HoldReason } from './aggregatedLine.ts';
import { directionOf } from './foldingRules.ts';
import type { FoldingRules } from './foldingRules.ts';

export type LineTarget =
  | { readonly kind: 'adjustment'; readonly targetStatus: 'Created' | 'Posted'; readonly direction: 1 | -1 }
  | { readonly kind: 'held'; readonly holdReason: HoldReason; readonly direction: 1 | -1 }
  | { readonly kind: 'doNotSync'; readonly direction: 1 | -1 };

/**
 * A sum of exactly zero changes nothing and is not synchronized, whatever its mapping says. Without a mapping, with
 * the target status None, or dated in a closed period that is held, the line waits to be released.
 */
export function targetOf(line: AggregatedLine, rules: FoldingRules): LineTarget {
  const mapping = rules.mappingOf(line.dataSource, line.physicalMeasure);
  const direction = directionOf(mapping);
  if (line.quantity === '0') return { kind: 'doNotSync', direction };
  if (mapping === undefined) return { kind: 'held', holdReason: 'NotMapped', direction };
  const targetStatus = mapping.targetTransactionStatus;
  if (targetStatus === 'None') return { kind: 'held', holdReason: 'TargetNone', direction };
  const openFrom = rules.openFromOf(line.organizationId);
  const isClosed = openFrom !== undefined && line.transDate !== undefined && line.transDate < openFrom.date;
  if (isClosed && openFrom.closedPeriod === 'hold')
    return { kind: 'held', holdReason: 'ClosedPeriod', direction };
  return { kind: 'adjustment', targetStatus, direction };
}
