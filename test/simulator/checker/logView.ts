/** All rows of one log, sorted by what they are. */
import { Violation } from '../engine/violation.ts';
import { documentOf, journalPart, parkedLinesOf, type RawRow, type StoredJournal } from './rawRows.ts';
import type { Place } from './logChecks.ts';

export const LOG_TABLE = 'AdjustmentLog';
export const STATES = ['created', 'syncing', 'posted', 'aggregated'] as const;
export type State = (typeof STATES)[number];

/** Stored rows at one moment. */
export interface RawTables {
  partitions(table: string): readonly string[];
  /** The rows with `from` ≤ row key < `before`, in the order of their keys. */
  query(
    table: string,
    partitionKey: string,
    range: { readonly from: string; readonly before: string },
  ): readonly RawRow[];
}

export interface Run {
  readonly status: 'Sealing' | 'Sealed' | 'Committed';
  readonly nonce: string;
  /** When retention began to remove what belongs to it. */
  readonly retiredAt?: number;
  readonly batches: readonly (readonly [seq: number, lines: number])[];
  readonly settings: {
    readonly mappings: readonly {
      dataSource: string;
      physicalMeasure: string;
      targetTransactionStatus: string;
      direction: string;
      groupBy: string;
      mergeGrain: string;
    }[];
    readonly maxLineCountPerJournal: number;
    readonly maxJournalCountPerPackage: number;
    readonly costPolicy: { aggregation: string };
  };
  readonly commit?: {
    readonly attempt: string;
    readonly journals: number;
    readonly aggregatedLines: number;
    readonly unfoldable: number;
    readonly packageHashes: string;
  };
}

export interface Package {
  readonly status: string;
  readonly journals: readonly number[];
  readonly lineCounts: readonly number[];
  readonly submissions: readonly {
    readonly number: number;
    readonly id: string;
    /** Milliseconds since the Unix epoch. */
    readonly at: number;
    readonly tokenExpiresAt: number;
    readonly result: string;
    readonly lines: 'all' | readonly number[];
    readonly messageId?: string;
    readonly target: { readonly linesDeletedAfterPosting: string };
  }[];
}

export interface Sync {
  readonly inline: boolean;
  readonly batches: readonly (readonly [seq: number, lines: number])[];
  readonly calls: readonly {
    readonly from: number;
    readonly to: number;
    readonly attempts: readonly { readonly tokenExpiresAt: number }[];
  }[];
  readonly excluded: readonly { readonly event: number; readonly reason: string }[];
  readonly moved: number;
}

export interface LogView {
  readonly partitionKey: string;
  readonly environmentId: string;
  readonly organizationKey: string;
  readonly head: RawRow | undefined;
  readonly batches: ReadonlyMap<number, RawRow>;
  readonly ids: ReadonlyMap<number, RawRow>;
  readonly states: ReadonlyMap<number, { readonly state: State; readonly row: RawRow }[]>;
  /** Where lines that were parked have gone, by `seq/position`. */
  readonly moved: ReadonlyMap<string, Place>;
  /** Per batch: position → reason, of all that were parked when it was posted. */
  readonly parked: ReadonlyMap<number, ReadonlyMap<number, string>>;
  readonly syncs: ReadonlyMap<number, Sync>;
  readonly runs: ReadonlyMap<number, Run>;
  readonly openRuns: ReadonlySet<number>;
  /** By the row keys' rest: `{run}~{attempt}~{number}`. */
  readonly journals: ReadonlyMap<string, RawRow[]>;
  readonly packages: ReadonlyMap<string, Package>;
  readonly outcomes: ReadonlyMap<string, RawRow>;
  readonly unfolded: ReadonlyMap<string, readonly { readonly seq: number; readonly position: number }[]>;
}

export function viewLog(tables: RawTables, partitionKey: string): LogView {
  const [environmentId = '', organizationKey = ''] = partitionKey.split('~');
  const batches = new Map<number, RawRow>();
  const ids = new Map<number, RawRow>();
  const states = new Map<number, { state: State; row: RawRow }[]>();
  const parked = new Map<number, Map<number, string>>();
  const syncs = new Map<number, Sync>();
  const runs = new Map<number, Run>();
  const openRuns = new Set<number>();
  const journals = new Map<string, RawRow[]>();
  const packages = new Map<string, Package>();
  const outcomes = new Map<string, RawRow>();
  const unfolded = new Map<string, readonly Place[]>();
  const moved = new Map<string, Place>();
  let head: RawRow | undefined;
  for (const row of tables.query(LOG_TABLE, partitionKey, { from: ' ', before: '\uffff' })) {
    const split = row.rowKey.indexOf('~');
    const prefix = split < 0 ? row.rowKey : row.rowKey.slice(0, split);
    const rest = row.rowKey.slice(split + 1);
    const number = Number(rest);
    switch (prefix) {
      case 'head':
        head = row;
        break;
      case 'batch':
        batches.set(number, row);
        break;
      case 'ids':
        ids.set(number, row);
        break;
      case 'created':
      case 'syncing':
      case 'posted':
      case 'aggregated':
        states.set(number, [...(states.get(number) ?? []), { state: prefix, row }]);
        break;
      case 'parked':
        noteMoved(row, moved);
        if (rest.startsWith('r')) unfolded.set(rest.slice(1), parkedLinesOf(row).lines);
        else
          parked.set(
            number,
            new Map(parkedLinesOf(row).lines.map(({ position, reason }) => [position, reason])),
          );
        break;
      case 'sync':
        syncs.set(number, documentOf(row) as unknown as Sync);
        break;
      case 'run':
        runs.set(number, documentOf(row) as unknown as Run);
        break;
      case 'open':
        openRuns.add(Number(rest.split('~')[0]));
        break;
      case 'journal': {
        const key = rest.split('~').slice(0, 3).join('~');
        journals.set(key, [...(journals.get(key) ?? []), row]);
        break;
      }
      case 'package':
        packages.set(rest, documentOf(row) as unknown as Package);
        break;
      case 'outcome':
        outcomes.set(rest, row);
        break;
      // Derived from the `ids~` rows: a wrong one shows in what lines are answered.
      case 'checkpoint':
        break;
      // How far retention and audits have come: what they do is checked as they do it.
      case 'retention':
      case 'audit':
        break;
      default:
        throw new Violation(`a row of an unknown kind: ${row.rowKey}`);
    }
  }
  return {
    partitionKey,
    environmentId,
    organizationKey,
    head,
    batches,
    ids,
    states,
    parked,
    syncs,
    runs,
    openRuns,
    journals,
    packages,
    outcomes,
    unfolded,
    moved,
  };
}

function noteMoved(row: RawRow, moved: Map<string, Place>): void {
  for (const { batch, lines } of parkedLinesOf(row).redrives)
    for (const [seq, position, newPosition] of lines) {
      const name = `${seq}/${position}`;
      if (moved.has(name)) throw new Violation(`${row.rowKey}: line ${name} was driven again twice`);
      moved.set(name, { seq: batch, position: newPosition });
    }
}

/** Where a line stands now that was accepted at a place. */
export function presentPlace(view: Pick<LogView, 'moved'>, accepted: Place): Place {
  let place = accepted;
  for (
    let next = view.moved.get(`${place.seq}/${place.position}`);
    next !== undefined;
    next = view.moved.get(`${place.seq}/${place.position}`)
  )
    place = next;
  return place;
}

/** `{run}~{attempt}` of a committed run, as row keys spell it. */
export function attemptName(run: number, attempt: string): string {
  return `${String(run).padStart(8, '0')}~${attempt}`;
}

/** The journals of an attempt, in the order of their numbers. */
export function journalsOf(view: LogView, attempt: string): StoredJournal[] {
  const found: StoredJournal[] = [];
  for (const [key, rows] of view.journals) {
    if (!key.startsWith(`${attempt}~`)) continue;
    const parts = rows.map(journalPart);
    const [first] = parts;
    if (first === undefined || first.parts !== parts.length)
      throw new Violation(`journal ${key} has ${parts.length} of ${first?.parts ?? 0} parts`);
    found.push({ ...first, lines: parts.flatMap((part) => part.lines) });
  }
  return found.sort((one, other) => one.number - other.number);
}
