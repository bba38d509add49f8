/**
 * Splits aggregated lines into journals.
 *
 * Adjustment journals hold one target status and one journal name each; their lines are sorted by date, receipts
 * before issues (negative stock and the running average cost of SCM depend on it), then item, then dimensions. They
 * are cut at the maximum line count and where the month changes, so that no journal spans two periods. Lines that SCM
 * does not get stand in journals of their own kinds, one reason each. The order is total: the same lines give the
 * same journals, however they came in.
 */
import { foldCase } from '../settings/foldCase.ts';
import type { AggregatedLine, Journal, JournalKind } from './aggregatedLine.ts';
import type { FoldingRules } from './foldingRules.ts';
import { targetOf } from './targetOf.ts';
import type { LineTarget } from './targetOf.ts';

const KIND_ORDER: readonly JournalKind[] = ['adjustment', 'held', 'doNotSync'];

/** An aggregated line with what it is sorted by, worked out once. */
interface SortableLine {
  readonly line: AggregatedLine;
  readonly target: LineTarget;
  /** Lines that may share a journal have the same group; groups are put in this order. */
  readonly group: string;
  /** yyyy-MM-dd, or empty: lines whose date the journal decides come first. */
  readonly date: string;
  readonly isIssue: boolean;
  readonly product: string;
  readonly rest: string;
}

export function splitIntoJournals(lines: readonly AggregatedLine[], rules: FoldingRules): Journal[] {
  const sorted = lines.map((line) => sortable(line, targetOf(line, rules))).sort(compareLines);
  const journals: Journal[] = [];
  let start = 0;
  for (let end = 1; end <= sorted.length; end++) {
    const isFull = end - start >= rules.settings.maxLineCountPerJournal;
    if (end < sorted.length && !isFull && canShareJournal(sorted[end - 1], sorted[end])) continue;
    journals.push(journalOf(journals.length + 1, sorted.slice(start, end)));
    start = end;
  }
  return journals;
}

function sortable(line: AggregatedLine, target: LineTarget): SortableLine {
  const isNegative = line.quantity.startsWith('-');
  const group = [
    KIND_ORDER.indexOf(target.kind),
    target.kind === 'adjustment' ? [target.targetStatus, foldCase(line.fnoJournalNameId ?? '')] : [],
    target.kind === 'held' ? target.holdReason : '',
  ];
  return {
    line,
    target,
    group: JSON.stringify(group),
    date: line.transDate ?? '',
    isIssue: target.direction === 1 ? isNegative : !isNegative,
    product: foldCase(line.productId),
    rest: JSON.stringify([
      line.dimensions.flat().map(foldCase),
      foldCase(line.dataSource),
      foldCase(line.physicalMeasure),
    ]),
  };
}

function compareLines(one: SortableLine, other: SortableLine): number {
  return (
    compareText(one.group, other.group) ||
    compareText(one.date, other.date) ||
    Number(one.isIssue) - Number(other.isIssue) ||
    compareText(one.product, other.product) ||
    compareText(one.rest, other.rest) ||
    compareFirstSources(one.line, other.line)
  );
}

/** By code unit: the order must not depend on the machine's language. */
function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** A source line is in one aggregated line only, so this is never a draw. */
function compareFirstSources(one: AggregatedLine, other: AggregatedLine): number {
  const [seq, position] = one.sources[0] ?? [0, 0];
  const [otherSeq, otherPosition] = other.sources[0] ?? [0, 0];
  return seq - otherSeq || position - otherPosition;
}

function canShareJournal(one: SortableLine | undefined, other: SortableLine | undefined): boolean {
  if (one === undefined || other === undefined || one.group !== other.group) return false;
  return one.target.kind !== 'adjustment' || monthOf(one.date) === monthOf(other.date);
}

function monthOf(date: string): string {
  return date.slice(0, 'yyyy-MM'.length);
}

function journalOf(number: number, members: readonly SortableLine[]): Journal {
  const [first] = members;
  const target = first?.target;
  const journalNameId = target?.kind === 'adjustment' ? first?.line.fnoJournalNameId : undefined;
  return {
    number,
    kind: target?.kind ?? 'doNotSync',
    ...(target?.kind === 'held' ? { holdReason: target.holdReason } : {}),
    ...(target?.kind === 'adjustment' ? { targetStatus: target.targetStatus } : {}),
    ...(journalNameId === undefined ? {} : { journalNameId }),
    directions: members.map((member) => member.target.direction),
    lines: members.map((member) => member.line),
  };
}
