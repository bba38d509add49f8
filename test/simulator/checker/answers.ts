/**
 * The clients' own record of what they were told, and the check that the rows keep it: an answer is held against the
 * rows at the moment it is given, and everything acknowledged must be there for ever after.
 */
import type { PostingAnswer } from '../../../shared/ingest/postAdjustments.ts';
import { Violation } from '../engine/violation.ts';
import { folded, keyOf, recordIdOf, scaled } from './arithmetic.ts';
import { type Place } from './logChecks.ts';
import { LOG_TABLE, type RawTables, STATES } from './logView.ts';
import { linesOfBatch, type RawRow, type StoredLine } from './rawRows.ts';

/** A line as a client posts it. Quantities are texts and travel as numbers. */
export interface ClientLine {
  readonly id: string;
  readonly organizationId: string;
  readonly productId: string;
  readonly quantityDataSource: string;
  readonly physicalMeasure: string;
  readonly quantity: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly costPrice?: string;
  readonly transDate?: string;
  readonly fnoJournalNameId?: string;
  readonly externalReferenceId?: string;
}

export function bodyOf(lines: readonly ClientLine[]): Uint8Array {
  const texts = lines.map(({ quantity, costPrice, ...rest }) => {
    const cost = costPrice === undefined ? '' : `,"costPrice":${costPrice}`;
    return `${JSON.stringify(rest).slice(0, -1)},"quantity":${quantity}${cost}}`;
  });
  return Buffer.from(`[${texts.join(',')}]`);
}

/** Whether a stored line is what the client posted. */
export function isSameContent(posted: ClientLine, stored: StoredLine): boolean {
  const dimensions = (entries: readonly (readonly [string, string])[]): string =>
    entries
      .map(([name, value]) => `${name.toLowerCase()}=${value}`)
      .sort()
      .join('|');
  return (
    posted.id === stored.id &&
    folded(posted.organizationId) === folded(stored.organizationId) &&
    posted.productId === stored.productId &&
    folded(posted.quantityDataSource) === folded(stored.quantityDataSource) &&
    folded(posted.physicalMeasure) === folded(stored.physicalMeasure) &&
    scaled(posted.quantity) === scaled(stored.quantity) &&
    dimensions(Object.entries(posted.dimensions)) === dimensions(stored.dimensions) &&
    (posted.costPrice === undefined) === (stored.costPrice === undefined) &&
    (posted.costPrice === undefined || scaled(posted.costPrice) === scaled(stored.costPrice ?? '')) &&
    posted.transDate === stored.transDate &&
    posted.fnoJournalNameId === stored.fnoJournalNameId &&
    posted.externalReferenceId === stored.externalReferenceId
  );
}

/** One request on its way. */
export interface Attempt {
  readonly environmentId: string;
  readonly lines: readonly ClientLine[];
  readonly validateOnly: boolean;
  /** How often storage had gone back in time when it began. */
  readonly rewinds: number;
  /** Record ids that were stored when it began. */
  readonly knownAtStart: ReadonlySet<string>;
}

/** A line that is stored, and the state of its batch. */
export interface FoundLine {
  readonly line: StoredLine;
  readonly state: string;
  readonly place: Place;
}

/** Finds the stored line that has a client's id. */
export type FindLine = (
  environmentId: string,
  line: Pick<ClientLine, 'organizationId' | 'id'>,
) => FoundLine | undefined;

const positions = new WeakMap<RawRow, ReadonlyMap<string, number>>();

/** Where each id of a batch stands in it. */
function positionsIn(batch: RawRow): ReadonlyMap<string, number> {
  let known = positions.get(batch);
  if (known === undefined)
    positions.set(batch, (known = new Map(linesOfBatch(batch).map(({ id }, position) => [id, position]))));
  return known;
}

/** Reads the rows of now each time. */
export function findInRows(tables: RawTables): FindLine {
  return (environmentId, { organizationId, id }) => {
    const partitionKey = `${keyOf(environmentId)}~${keyOf(organizationId)}`;
    for (const row of tables.query(LOG_TABLE, partitionKey, { from: 'batch~', before: 'batch~:' })) {
      const position = positionsIn(row).get(id);
      const line = position === undefined ? undefined : linesOfBatch(row)[position];
      if (position === undefined || line === undefined) continue;
      const seq = row.rowKey.slice('batch~'.length);
      const state = STATES.find((each) => {
        const from = `${each}~${seq}`;
        return tables.query(LOG_TABLE, partitionKey, { from, before: `${from}~` }).length > 0;
      });
      return { line, state: state ?? 'none', place: { seq: Number(seq), position } };
    }
    return undefined;
  };
}

export class ClientRecord {
  /** Lines that were acknowledged, by record id. */
  readonly acknowledged = new Map<string, ClientLine>();
  /** Contents ever sent, by record id: nothing else may be stored. */
  readonly sent = new Map<string, ClientLine[]>();
  /** Record ids of lines that were sent to be synchronized at once, and of those that were sent without. */
  readonly askedAtOnce = new Set<string>();
  readonly askedLater = new Set<string>();
  /** How often storage went back in time. */
  rewinds = 0;
  readonly #find: FindLine;

  constructor(find: FindLine) {
    this.#find = find;
  }

  begin(
    environmentId: string,
    lines: readonly ClientLine[],
    { validateOnly, createWithIVSync = false }: { validateOnly: boolean; createWithIVSync?: boolean },
  ): Attempt {
    const knownAtStart = new Set<string>();
    for (const line of lines) {
      const id = recordIdOf(environmentId, line.organizationId, line.id);
      (createWithIVSync ? this.askedAtOnce : this.askedLater).add(id);
      if (!validateOnly) this.sent.set(id, [...(this.sent.get(id) ?? []), line]);
      if (this.#find(environmentId, line)) knownAtStart.add(id);
    }
    return { environmentId, lines, validateOnly, rewinds: this.rewinds, knownAtStart };
  }

  /** Holds an answer against the rows of now. @throws Violation */
  check(attempt: Attempt, answer: PostingAnswer): void {
    // No answer can keep what storage has lost while it was made.
    if (attempt.rewinds !== this.rewinds) return;
    if (answer.kind === 'invalid') {
      for (const { line: position } of answer.problems) this.#checkRefused(attempt, position, 'refused');
      return;
    }
    if (answer.results.length !== attempt.lines.length)
      throw new Violation(
        `${attempt.lines.length} lines were answered with ${answer.results.length} results`,
      );
    let conflicts = 0;
    let invalid = 0;
    answer.results.forEach((result, position) => {
      const line = attempt.lines[position];
      if (line === undefined) return;
      const fail = (what: string): never => {
        throw new Violation(
          `line ${line.id} of ${line.organizationId} was answered ${result.processingStatus}: ${what}`,
        );
      };
      if (result.id !== line.id) fail(`under the id ${result.id}`);
      if (result.processingStatus === 'invalid') {
        invalid++;
        this.#checkRefused(attempt, position, 'invalid');
        return;
      }
      const id = recordIdOf(attempt.environmentId, line.organizationId, line.id);
      if (result.lineRecordId !== id) fail(`with the record id ${result.lineRecordId}, not ${id}`);
      if (attempt.validateOnly && result.processingStatus === 'success') return;
      const stored = this.#find(attempt.environmentId, line);
      if (stored === undefined) return fail('it is not stored');
      const same = isSameContent(line, stored.line);
      if (result.processingStatus === 'conflict') {
        conflicts++;
        if (same) fail('what is stored is the same');
        return;
      }
      if (!same) fail('other content is stored');
      if (result.status === 'IVPosted' && stored.state !== 'posted' && stored.state !== 'aggregated')
        fail(`with status IVPosted, its batch is ${stored.state}`);
      if (result.status === 'Aggregated' && stored.state !== 'aggregated')
        fail('with status Aggregated too early');
      this.acknowledged.set(id, line);
    });
    if ((answer.kind === 'conflict') !== conflicts > 0 || (answer.kind === 'partial' && invalid === 0))
      throw new Violation(`an answer ${answer.kind} has ${conflicts} conflicts and ${invalid} invalid lines`);
  }

  /** A line that was stored before the request began must be recognized, whatever the settings say today. */
  #checkRefused(attempt: Attempt, position: number, how: string): void {
    const line = attempt.lines[position];
    if (line && attempt.knownAtStart.has(recordIdOf(attempt.environmentId, line.organizationId, line.id)))
      throw new Violation(`line ${line.id} was ${how} although it had been accepted before`);
  }
}
