/** The answer per line, in request order. Names follow the results that Inventory Visibility gives for reservations. */
import type { LineProblem } from '../adjustments/adjustmentLine.ts';
import { lineRecordIdText } from '../adjustments/lineRecordId.ts';
import type { BusinessLayer, Environment } from '../app/businessLayer.ts';
import { type Batch, batchOf } from '../log/batchRow.ts';
import type { AppendOutcome } from '../log/appendGroup.ts';
import { ADJUSTMENT_LOG, partitionKeyOf, seqKey } from '../log/rowKeys.ts';
import { type PresentPlace, PresentPlaces, statusAt } from '../reading/presentPlace.ts';
import type { SourceLineStatus } from '../reading/sourceLineStatus.ts';
import type { IncomingLine, PostingOptions } from './postAdjustments.ts';

export interface LineResult {
  readonly id: string | undefined;
  readonly processingStatus: 'success' | 'duplicate' | 'conflict' | 'invalid';
  readonly message: string;
  readonly statusCode: number;
  readonly lineRecordId?: string;
  /** The article's "Source line status". */
  readonly status?: SourceLineStatus;
  /** What is wrong with an invalid line. */
  readonly problems?: readonly LineProblem[];
}

interface Outcomes {
  readonly ids: readonly (string | undefined)[];
  /** In request order; without the lines that are not valid. */
  readonly incoming: readonly IncomingLine[];
  /** In request order; undefined for lines that are not among `incoming`. */
  readonly outcomes: readonly (AppendOutcome | undefined)[];
  readonly problems: readonly LineProblem[];
  readonly options: PostingOptions;
}

/** @throws TableError */
export async function lineResults(
  layer: BusinessLayer,
  environment: Environment,
  { ids, incoming, outcomes, problems, options }: Outcomes,
): Promise<LineResult[]> {
  const stored = new StoredLines(layer, environment);
  const problemsByLine = Map.groupBy(problems, ({ line }) => line);
  const results: LineResult[] = [];
  let next = 0;
  for (const [position, id] of ids.entries()) {
    const line = incoming[next]?.position === position ? incoming[next++] : undefined;
    const outcome = outcomes[position];
    if (line === undefined || outcome === undefined || outcome.kind === 'refused') {
      const own = problemsByLine.get(position) ?? [];
      const message = own.map((problem) => problem.message).join(' ') || 'The line is not valid.';
      results.push({ id, processingStatus: 'invalid', message, statusCode: 400, problems: own });
      continue;
    }
    const lineRecordId = lineRecordIdText(line.digest);
    const { kind, seq, position: place } = outcome;
    if (kind === 'conflict') {
      const message = await stored.conflictMessage(line, outcome);
      results.push({ id, processingStatus: 'conflict', message, statusCode: 409, lineRecordId });
    } else if (kind === 'duplicate') {
      const present = await stored.place(line, seq, place);
      const status = statusAt(present);
      const message = `The line was accepted before; it is counted once.${parkedText(present)}`;
      results.push({ id, processingStatus: 'duplicate', message, statusCode: 200, lineRecordId, status });
    } else if (options.validateOnly) {
      const message = 'The line would be accepted.';
      results.push({ id, processingStatus: 'success', message, statusCode: 200, lineRecordId });
    } else {
      const present = options.createWithIVSync ? await stored.place(line, seq, place) : undefined;
      const status = present === undefined ? 'Created' : statusAt(present);
      results.push({ id, processingStatus: 'success', message: '', statusCode: 200, lineRecordId, status });
    }
  }
  return results;
}

/** Posting a parked line again does not drive it again: somebody has to look at why it is parked first. */
function parkedText({ parked }: PresentPlace): string {
  return parked === undefined ? '' : ` It is parked (${parked.entry.reason}: ${parked.entry.message}).`;
}

/** Reads each batch that the outcomes point to at most once. */
class StoredLines {
  readonly #layer: BusinessLayer;
  readonly #environment: Environment;
  readonly #places = new Map<string, PresentPlaces>();
  readonly #batches = new Map<string, Promise<Batch | undefined>>();

  constructor(layer: BusinessLayer, environment: Environment) {
    this.#layer = layer;
    this.#environment = environment;
  }

  /** Where an accepted line stands now. */
  place(line: IncomingLine, seq: number, position: number): Promise<PresentPlace> {
    const partitionKey = partitionKeyOf(this.#environment.key, line.organizationKey);
    let places = this.#places.get(partitionKey);
    if (places === undefined)
      this.#places.set(partitionKey, (places = new PresentPlaces(this.#layer.parts.tables, partitionKey)));
    return places.of({ seq, position });
  }

  async #readBatch(partitionKey: string, seq: number): Promise<Batch | undefined> {
    const row = await this.#layer.parts.tables.get(ADJUSTMENT_LOG, partitionKey, seqKey('batch', seq));
    return row && batchOf(row);
  }

  /** Names what is stored, because the number ranges of two systems may collide. */
  async conflictMessage(line: IncomingLine, place: { seq: number; position: number }): Promise<string> {
    const partitionKey = partitionKeyOf(this.#environment.key, line.organizationKey);
    const key = `${partitionKey}~${place.seq}`;
    let batch = this.#batches.get(key);
    if (batch === undefined) this.#batches.set(key, (batch = this.#readBatch(partitionKey, place.seq)));
    const stored = (await batch)?.lines[place.position];
    const source = stored ? ` for data source "${stored.quantityDataSource}"` : '';
    const reference = stored?.externalReferenceId
      ? `, external reference "${stored.externalReferenceId}"`
      : '';
    return (
      `id "${line.id}" of line ${line.position} was accepted before with other content${source}${reference}. ` +
      'Send the content that was accepted, or a new id.'
    );
  }
}
