/** Appends parked lines once more, a batch at a time, and says of each where it stands since. */
import type { AdjustmentLine } from '../adjustments/adjustmentLine.ts';
import type { Redrive } from '../log/appendedBatch.ts';
import type { LinePlace } from '../log/idsRow.ts';
import type { LogWriter } from '../log/logWriter.ts';
import { type ParkedRow, readParkedRow, type RedriveNote, redriveOf } from '../log/parkedEntries.ts';
import { readBatches } from '../log/readBatches.ts';
import type { TableStore } from '../tables/tableStore.ts';

/** Lines of one batch of lines driven again: where each was parked must fit a text property of its `ids~` row. */
const MAX_LINES = 1_000;
/** The lines of one batch as JSON: they fit its row however badly they compress. */
const MAX_TEXT = 600_000;
/** Rows of parked lines that one transaction of at most 100 operations and 4 MiB notes something in. */
const MAX_ROWS = 40;
const MAX_NOTED_BYTES = 1_000_000;

/** A parked line, and the row that says so. */
export interface ParkedTarget extends LinePlace {
  readonly rowKey: string;
}

/** On whose word, and how. */
export type RedriveWord = Pick<RedriveNote, 'by' | 'reason' | 'operation' | 'verdict'>;

/** Where a line stands since it was driven again. */
export interface DrivenLine {
  readonly note: RedriveNote;
  readonly place: LinePlace;
}

/**
 * Drives each of the targets again that nobody has driven yet. `cached`: as lines that the cache has applied already.
 * Resolves with where they all stand, by {@link targetKey}, including those that others have driven meanwhile.
 * @throws DependencyError, BatchTooLargeError, UnknownRowVersionError
 */
export async function driveAgain(
  tables: TableStore,
  writer: LogWriter,
  targets: readonly ParkedTarget[],
  cached: boolean,
  word: RedriveWord,
): Promise<Map<string, DrivenLine>> {
  const driven = new Map<string, DrivenLine>();
  let left = targets;
  // What the rows say counts, also for what this very call has appended: so it ends with a look that finds nothing left.
  for (let batch: number | undefined = 0; batch !== undefined;) {
    batch = await writer.redrive(() => draftOf(tables, writer.partitionKey, left, cached, word, driven));
    left = left.filter((target) => !driven.has(targetKey(target)));
  }
  return driven;
}

export function targetKey({ seq, position, rowKey }: ParkedTarget): string {
  return `${rowKey} ${seq}.${position}`;
}

/** The next lines to append, as the rows say now; those that they say are driven already are added to `driven`. */
async function draftOf(
  tables: TableStore,
  partitionKey: string,
  left: readonly ParkedTarget[],
  cached: boolean,
  word: RedriveWord,
  driven: Map<string, DrivenLine>,
): Promise<Redrive | undefined> {
  const rows = new Map<string, ParkedRow>();
  const noting = new Set<string>();
  const chosen: ParkedTarget[] = [];
  let bytes = 0;
  for (const target of left) {
    const { rowKey } = target;
    const row = rows.get(rowKey) ?? (await readParkedRow(tables, partitionKey, rowKey));
    if (row === undefined) continue;
    rows.set(rowKey, row);
    const gone = redriveOf(row, target);
    if (gone !== undefined) driven.set(targetKey(target), gone);
    else if (isParkedIn(row, target)) {
      if (!noting.has(rowKey)) {
        if (noting.size === MAX_ROWS || bytes > MAX_NOTED_BYTES) break;
        noting.add(rowKey);
        bytes += row.bytes;
      }
      if (chosen.push(target) === MAX_LINES) break;
    }
  }
  if (chosen.length === 0) return undefined;
  const lines = await linesAt(tables, partitionKey, chosen);
  const origins = chosen.slice(0, lines.length);
  return {
    lines,
    origins,
    cached,
    notes: ({ seq, at }) => {
      const moved = origins.map((origin, index) => ({ ...origin, newPosition: index }));
      return [...Map.groupBy(moved, ({ rowKey }) => rowKey)].map(([rowKey, some]) => {
        const places = some.map(
          ({ seq: from, position, newPosition }) => [from, position, newPosition] as const,
        );
        const row = rows.get(rowKey);
        if (row === undefined) throw new Error(`Row ${rowKey} of ${partitionKey} was not read.`);
        return row.noted({ batch: seq, at, ...word, lines: places });
      });
    },
  };
}

function isParkedIn(row: ParkedRow, { seq, position }: LinePlace): boolean {
  return row.entries.some((entry) => entry.seq === seq && entry.position === position);
}

/** The lines at the first of these places, as many as fit one batch. */
async function linesAt(
  tables: TableStore,
  partitionKey: string,
  places: readonly LinePlace[],
): Promise<AdjustmentLine[]> {
  const batches = new Map<number, readonly AdjustmentLine[]>();
  const seqs = [...new Set(places.map(({ seq }) => seq))];
  for await (const { seq, lines } of readBatches(tables, partitionKey, seqs)) batches.set(seq, lines);
  const found: AdjustmentLine[] = [];
  let text = 0;
  for (const { seq, position } of places) {
    const line = batches.get(seq)?.[position];
    if (line === undefined) throw new Error(`Batch ${seq} of ${partitionKey} has no line ${position}.`);
    text += JSON.stringify(line).length;
    if (found.length > 0 && text > MAX_TEXT) break;
    found.push(line);
  }
  return found;
}
