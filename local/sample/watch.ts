/**
 * Follows stored lines on their way: their own status as the API tells it for known ids, then along the links from line
 * to journal to aggregated line and back to its source lines, until each has come to its end.
 */
import { mapInParallel } from '../../shared/supplyChain/boundedParallel.ts';
import type { AdjustmentApi, LineResult } from './adjustmentApi.ts';
import type { Disposition } from './balance.ts';
import type { StoredLine } from './post.ts';

export interface WatchedLine extends StoredLine {
  status: NonNullable<LineResult['status']>;
  disposition: Disposition;
  /** Once it stands in a journal: its aggregated line. */
  aggregatedLineId?: string;
}

export interface Progress {
  readonly lines: number;
  /** In the cache, or further. */
  readonly ivPosted: number;
  readonly aggregated: number;
  /** In a journal that the ERP has brought to its target status. */
  readonly inErp: number;
  readonly held: number;
  readonly doNotSync: number;
  readonly parked: number;
}

interface LineView {
  readonly parked?: { readonly reason: string };
  readonly aggregatedLine?: { readonly journal: { readonly href: string } };
}

interface JournalView {
  readonly kind: 'adjustment' | 'held' | 'doNotSync';
  readonly targetStatus?: 'Created' | 'Posted';
  readonly lines: readonly {
    readonly lineRecordId: string;
    readonly status: string;
    readonly href: string;
  }[];
}

interface AggregatedLineView {
  readonly sourceLines: readonly { readonly lineRecordId: string }[];
}

/** Lines whose status is asked for in one request. */
const LINES_AT_ONCE = 500;
const READS_AT_ONCE = 8;

export class LineWatch {
  readonly lines: readonly WatchedLine[];
  readonly #api: AdjustmentApi;
  readonly #byRecordId: ReadonlyMap<string, WatchedLine>;
  /** Per journal that has lines of ours: how to read it again. */
  readonly #journals = new Set<string>();
  readonly #knownAggregatedLines = new Set<string>();

  constructor(api: AdjustmentApi, stored: readonly StoredLine[]) {
    this.#api = api;
    this.lines = stored.map((line) => ({ ...line, status: 'Created', disposition: 'open' }));
    this.#byRecordId = new Map(this.lines.map((line) => [line.lineRecordId, line]));
  }

  /** Looks once where the lines are. @throws Error when the API contradicts itself or does not answer */
  async look(): Promise<Progress> {
    const waiting = this.lines.filter((line) => line.status !== 'Aggregated' && line.disposition === 'open');
    for (let start = 0; start < waiting.length; start += LINES_AT_ONCE)
      await this.#askStatus(waiting.slice(start, start + LINES_AT_ONCE));
    for (const lines of byOrganization(waiting.filter(({ status }) => status === 'Created')))
      await this.#findParked(lines);
    for (const href of this.#journals) await this.#readJournal(href);
    const unplaced = this.lines.filter(
      (line) => line.status === 'Aggregated' && line.disposition === 'open' && !line.aggregatedLineId,
    );
    for (const lines of byOrganization(unplaced)) await this.#findJournals(lines);
    return this.#progress();
  }

  get settled(): boolean {
    return this.lines.every(({ disposition }) => disposition !== 'open');
  }

  /** What would happen if the lines were posted again tells what became of them; it writes nothing. */
  async #askStatus(lines: readonly WatchedLine[]): Promise<void> {
    const results = await this.#api.post(
      lines.map(({ line }) => line.posted),
      { validateOnly: true },
    );
    if (!Array.isArray(results))
      throw new Error(`stored lines were refused: ${results.status} ${results.detail}`);
    for (const [index, line] of lines.entries()) {
      const result = results[index];
      if (result?.processingStatus !== 'duplicate')
        throw new Error(
          `line ${line.line.posted.id} was accepted and is not known now: ${JSON.stringify(result)}`,
        );
      line.status = result.status ?? line.status;
    }
  }

  /** The status of a parked line stays *Created*, so only the line itself tells. The first that is not parked is on its way. */
  async #findParked(created: readonly WatchedLine[]): Promise<void> {
    for (const line of created) {
      if ((await this.#readLine(line)).parked === undefined) return;
      line.disposition = 'parkedByCache';
    }
  }

  async #findJournals(aggregated: readonly WatchedLine[]): Promise<void> {
    for (const line of aggregated) {
      if (line.aggregatedLineId !== undefined) continue;
      const { parked, aggregatedLine } = await this.#readLine(line);
      if (parked) line.disposition = 'parkedByJournal';
      // Its run is not committed yet.
      else if (aggregatedLine === undefined) return;
      else {
        await this.#readJournal(aggregatedLine.journal.href);
        if ((line.aggregatedLineId as string | undefined) === undefined)
          throw new Error(`line ${line.line.posted.id} points to a journal that does not point back`);
      }
    }
  }

  async #readJournal(href: string): Promise<void> {
    const { kind, targetStatus, lines } = (await this.#read(href)) as JournalView;
    const unknown = lines.filter(({ lineRecordId }) => !this.#knownAggregatedLines.has(lineRecordId));
    await mapInParallel(unknown, READS_AT_ONCE, async (line) => {
      const { sourceLines } = (await this.#read(line.href)) as AggregatedLineView;
      for (const { lineRecordId } of sourceLines) this.#place(lineRecordId, line.lineRecordId);
      this.#knownAggregatedLines.add(line.lineRecordId);
    });
    const statuses = new Map(lines.map(({ lineRecordId, status }) => [lineRecordId, status]));
    let open = false;
    for (const line of this.lines) {
      const status = line.aggregatedLineId === undefined ? undefined : statuses.get(line.aggregatedLineId);
      if (status === undefined) continue;
      line.disposition = dispositionOf(kind, targetStatus, status);
      open ||= line.disposition === 'open';
    }
    if (open) this.#journals.add(href);
    else this.#journals.delete(href);
  }

  #place(lineRecordId: string, aggregatedLineId: string): void {
    const line = this.#byRecordId.get(lineRecordId);
    if (line === undefined) return;
    if (line.aggregatedLineId !== undefined && line.aggregatedLineId !== aggregatedLineId)
      throw new Error(
        `line ${line.line.posted.id} stands in two aggregated lines: ${line.aggregatedLineId} and ${aggregatedLineId}`,
      );
    line.aggregatedLineId = aggregatedLineId;
  }

  async #readLine({ lineRecordId }: WatchedLine): Promise<LineView> {
    return (await this.#read(`adjustmentLines/${lineRecordId}`)) as LineView;
  }

  async #read(pathOrLink: string): Promise<unknown> {
    const found = await this.#api.get(pathOrLink);
    if (found === undefined) throw new Error(`${pathOrLink} is not there, although something points to it`);
    return found;
  }

  #progress(): Progress {
    const count = (is: (line: WatchedLine) => boolean): number => this.lines.filter(is).length;
    const ended = (...ends: Disposition[]): number => count(({ disposition }) => ends.includes(disposition));
    return {
      lines: this.lines.length,
      ivPosted: count(({ status }) => status !== 'Created'),
      aggregated: count(({ status }) => status === 'Aggregated'),
      inErp: ended('erp'),
      held: ended('held'),
      doNotSync: ended('doNotSync'),
      parked: ended('parkedByCache', 'parkedByJournal'),
    };
  }
}

function dispositionOf(
  kind: JournalView['kind'],
  targetStatus: JournalView['targetStatus'],
  status: string,
): Disposition {
  if (status === 'DoNotSync') return 'doNotSync';
  if (kind === 'held') return 'held';
  return status === `FnOTrans${targetStatus ?? 'Posted'}` ? 'erp' : 'open';
}

function byOrganization(lines: readonly WatchedLine[]): Iterable<readonly WatchedLine[]> {
  return Map.groupBy(lines, ({ line }) => line.posted.organizationId).values();
}
