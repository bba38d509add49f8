/** What the reading routes answer: one line, one aggregated line, one journal, with links in both directions. */
import type { AdjustmentLine } from '../adjustments/adjustmentLine.ts';
import { lineRecordIdText } from '../adjustments/lineRecordId.ts';
import { aggregatedLineId } from '../log/aggregatedLineId.ts';
import { correctionOf, type LineDecision } from '../log/lineDecision.ts';
import type { StateRow } from '../log/stateRows.ts';
import { journalKey } from '../posting/scmJournals.ts';
import {
  aggregatedLineStatusAt,
  type FoundAggregatedLine,
  type JournalInPackage,
  lineOutcomeAt,
} from './findAggregatedLine.ts';
import { type PresentPlace, type RedriveStep, statusAt } from './presentPlace.ts';

type View = Record<string, unknown>;

/** Roots of the links: the path of the environment's routes. */
export function paths(
  environmentId: string,
): Record<'line' | 'aggregatedLine' | 'journal', (id: string) => string> {
  const root = `/api/environment/${encodeURIComponent(environmentId)}`;
  return {
    line: (id) => `${root}/adjustmentLines/${id}`,
    aggregatedLine: (id) => `${root}/aggregatedAdjustmentLines/${id}`,
    journal: (id) => `${root}/journals/${id}`,
  };
}

export interface LineFacts {
  readonly digest: Uint8Array;
  readonly line: AdjustmentLine;
  /** Milliseconds since the Unix epoch; undefined once retention has removed the batch it was accepted with. */
  readonly acceptedAt: number | undefined;
  readonly place: PresentPlace;
  /** The state of the batch that it stands in now. */
  readonly state: StateRow;
  /** When a human may say whether the cache has applied it; of a line of which that is unknown. */
  readonly judgedFrom?: number;
  readonly aggregated?: FoundAggregatedLine;
  /** The journal that it was folded into has been removed by retention. */
  readonly pastRetention?: boolean;
}

export function lineView(environmentId: string, partitionKey: string, facts: LineFacts): View {
  const { line, state, place, aggregated } = facts;
  const status = statusAt(place);
  const history = [
    ...(facts.acceptedAt === undefined ? [] : [{ status: 'Created', at: instant(facts.acceptedAt) }]),
    ...(state.postedAt === undefined || status === 'Created'
      ? []
      : [{ status: 'IVPosted', at: instant(state.postedAt) }]),
    ...(state.aggregatedAt === undefined || status !== 'Aggregated'
      ? []
      : [{ status: 'Aggregated', at: instant(state.aggregatedAt) }]),
  ];
  const { dimensions, ...fields } = line;
  return {
    lineRecordId: lineRecordIdText(facts.digest),
    status,
    statusHistory: history,
    ...parkedView(facts),
    ...(place.redrives.length === 0 ? {} : { redrives: place.redrives.map(redriveView) }),
    ...fields,
    dimensions: Object.fromEntries(dimensions),
    ...(aggregated === undefined
      ? {}
      : {
          aggregatedLine: {
            ...aggregatedLineSummary(environmentId, partitionKey, aggregated),
            href: paths(environmentId).aggregatedLine(aggregated.id),
          },
        }),
    ...(facts.pastRetention ? { aggregatedLine: { pastRetention: true } } : {}),
    links: { self: paths(environmentId).line(lineRecordIdText(facts.digest)) },
  };
}

function parkedView({ place, judgedFrom }: LineFacts): View {
  if (place.parked === undefined) return {};
  const { reason, message, statusCode } = place.parked.entry;
  const judged = judgedFrom === undefined ? {} : { verdictFrom: instant(judgedFrom) };
  return { parked: { reason, message, statusCode, batch: place.seq, ...judged } };
}

function redriveView({ from, note: { batch, at, by, reason, verdict } }: RedriveStep): View {
  const judged = verdict === undefined ? {} : { verdict };
  return { fromBatch: from.seq, toBatch: batch, at: instant(at), by, reason, ...judged };
}

/** What is left to say of a line that retention has removed. */
export function pastLineView(
  environmentId: string,
  id: string,
  { digest, organizationId }: { readonly digest: Uint8Array; readonly organizationId: string },
): View {
  const lineRecordId = lineRecordIdText(digest);
  return {
    lineRecordId,
    id,
    organizationId,
    status: 'Aggregated',
    pastRetention: true,
    links: { self: paths(environmentId).line(lineRecordId) },
  };
}

export function aggregatedLineView(
  environmentId: string,
  partitionKey: string,
  found: FoundAggregatedLine,
  sourceIds: readonly string[],
): View {
  const line = found.journal.lines[found.place.position];
  if (line === undefined) return {};
  const { sources: _, dimensions, ...fields } = line;
  const link = paths(environmentId);
  return {
    ...aggregatedLineSummary(environmentId, partitionKey, found),
    ...fields,
    ...decisionsView(environmentId, lineOutcomeAt(found, found.place.position)?.decisions ?? []),
    dimensions: Object.fromEntries(dimensions),
    direction: found.journal.directions[found.place.position] === -1 ? 'opposite' : 'same',
    sourceLines: sourceIds.map((id) => ({ lineRecordId: id, href: link.line(id) })),
    links: { self: link.aggregatedLine(found.id) },
  };
}

/** What people have decided, and what the line was corrected to; the line itself reads as it was folded. */
function decisionsView(environmentId: string, decisions: readonly LineDecision[]): View {
  if (decisions.length === 0) return {};
  const correctedTo = correctionOf({ decisions });
  const reversal = decisions.find((each) => each.kind === 'reverse');
  return {
    ...(Object.keys(correctedTo).length === 0 ? {} : { correctedTo }),
    ...(reversal === undefined
      ? {}
      : {
          reversedBy: {
            id: reversal.id,
            lineRecordId: reversal.lineRecordId,
            href: paths(environmentId).line(reversal.lineRecordId),
          },
        }),
    decisions: decisions.map((each) => ({ ...each, at: instant(each.at) })),
  };
}

function aggregatedLineSummary(
  environmentId: string,
  partitionKey: string,
  found: FoundAggregatedLine,
): View {
  return {
    ...lineOfJournal(partitionKey, found, found.place.position),
    href: paths(environmentId).aggregatedLine(found.id),
    ...journalLink(environmentId, found),
  };
}

/** Status and numbers of one aggregated line. */
function lineOfJournal(partitionKey: string, found: JournalInPackage, position: number): View {
  const { run, journal } = found;
  const outcome = lineOutcomeAt(found, position);
  const carrier = found.stored?.state.submissions.findLast(({ lines }) =>
    lines === 'all' ? true : lines.includes(found.firstPosition + position),
  );
  const messageId = carrier?.messageId;
  return {
    lineRecordId: aggregatedLineId(partitionKey, run.state.nonce, {
      run: run.number,
      journal: journal.number,
      position,
    }),
    status: aggregatedLineStatusAt(found, position),
    ...(outcome === undefined ? {} : { statusAt: instant(outcome.at) }),
    ...(journal.holdReason === undefined ? {} : { holdReason: journal.holdReason }),
    ...(outcome?.journalNumber === undefined ? {} : { journalId: outcome.journalNumber }),
    ...(outcome?.lineNumber === undefined ? {} : { journalLineId: outcome.lineNumber }),
    ...(outcome?.voucher === undefined ? {} : { voucher: outcome.voucher }),
    ...(outcome?.inventTransId === undefined ? {} : { inventTransId: outcome.inventTransId }),
    ...(messageId === undefined ? {} : { messageId }),
    ...(outcome?.error === undefined ? {} : { error: outcome.error }),
  };
}

function journalLink(environmentId: string, { run, journal }: JournalInPackage): View {
  const key = journalKey(run.number, journal.number, run.state.nonce);
  return { journal: { journalKey: key, href: paths(environmentId).journal(key) } };
}

export function journalView(environmentId: string, partitionKey: string, found: JournalInPackage): View {
  const { run, journal, stored } = found;
  const link = paths(environmentId);
  const key = journalKey(run.number, journal.number, run.state.nonce);
  const lastError = stored?.state.lastError;
  return {
    journalKey: key,
    kind: journal.kind,
    ...(journal.holdReason === undefined ? {} : { holdReason: journal.holdReason }),
    ...(journal.targetStatus === undefined ? {} : { targetStatus: journal.targetStatus }),
    ...(journal.journalNameId === undefined ? {} : { journalNameId: journal.journalNameId }),
    run: run.number,
    runOpenedAt: instant(run.state.openedAt),
    ...(stored === undefined
      ? {}
      : {
          package: {
            number: stored.number,
            status: stored.state.status,
            submissions: stored.state.submissions.map(
              ({ number, id, at, result, messageId, executionId }) => ({
                number,
                id,
                at: instant(at),
                result,
                messageId,
                executionId,
              }),
            ),
            ...(lastError === undefined ? {} : { lastError }),
          },
        }),
    lineCount: journal.lines.length,
    lines: journal.lines.map((line, position) => {
      const view = lineOfJournal(partitionKey, found, position);
      return {
        ...view,
        productId: line.productId,
        quantity: line.quantity,
        href: link.aggregatedLine(String(view['lineRecordId'])),
      };
    }),
    links: { self: link.journal(key) },
  };
}

function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
