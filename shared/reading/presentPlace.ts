/**
 * Where a line stands now. Its id leads to the batch it was accepted with; if it was parked there and driven again, it
 * has moved on into another batch, perhaps several times over.
 */
import type { LinePlace } from '../log/idsRow.ts';
import {
  type ParkedEntry,
  type ParkedRow,
  readParkedRow,
  type RedriveNote,
  redriveOf,
} from '../log/parkedEntries.ts';
import { seqKey, unfoldableKey } from '../log/rowKeys.ts';
import { isCommitted, readRun, type StoredRun } from '../log/runRow.ts';
import { stateOfBatch, type StateRow } from '../log/stateRows.ts';
import type { TableStore } from '../tables/tableStore.ts';
import { type SourceLineStatus, sourceLineStatus } from './sourceLineStatus.ts';

/** One step of a line on its way: it was parked at `from` and driven again. */
export interface RedriveStep {
  readonly from: LinePlace;
  readonly note: RedriveNote;
}

export interface PresentPlace extends LinePlace {
  /** Of the batch it stands in now; undefined once retention has removed that. */
  readonly state: StateRow | undefined;
  /** It is parked there, in the row with this key. */
  readonly parked?: { readonly entry: ParkedEntry; readonly rowKey: string };
  /** How it got there from the batch it was accepted with, first step first. */
  readonly redrives: readonly RedriveStep[];
}

/** Reads the rows of each batch at most once, so it must not be kept. @throws TableError */
export class PresentPlaces {
  readonly #tables: TableStore;
  readonly #partitionKey: string;
  readonly #states = new Map<number, Promise<StateRow | undefined>>();
  readonly #rows = new Map<string, Promise<ParkedRow | undefined>>();
  readonly #runs = new Map<number, Promise<StoredRun | undefined>>();

  constructor(tables: TableStore, partitionKey: string) {
    this.#tables = tables;
    this.#partitionKey = partitionKey;
  }

  /** @throws TableError, UnknownRowVersionError, DamagedRowError */
  async of(accepted: LinePlace): Promise<PresentPlace> {
    const redrives: RedriveStep[] = [];
    for (let place = accepted; ;) {
      const state = await once(this.#states, place.seq, (seq) =>
        stateOfBatch(this.#tables, this.#partitionKey, seq),
      );
      const parked = await this.#parkedAt(place, state);
      if (parked === undefined) return { ...place, state, redrives };
      const gone = redriveOf(parked.row, place);
      if (gone === undefined) {
        const { entry, row } = parked;
        return { ...place, state, parked: { entry, rowKey: row.rowKey }, redrives };
      }
      redrives.push({ from: place, note: gone.note });
      place = gone.place;
    }
  }

  async #parkedAt(
    { seq, position }: LinePlace,
    state: StateRow | undefined,
  ): Promise<{ readonly entry: ParkedEntry; readonly row: ParkedRow } | undefined> {
    const keys: string[] = [];
    // The row of what the cache did not take comes with the move to posted, and stays when retention removes the batch.
    if (state === undefined || state.state === 'posted' || state.state === 'aggregated')
      keys.push(seqKey('parked', seq));
    const run =
      state?.run === undefined ? undefined : await once(this.#runs, state.run, (number) => this.#run(number));
    if (run && isCommitted(run) && run.state.commit.unfoldable > 0)
      keys.push(unfoldableKey(run.number, run.state.commit.attempt));
    for (const key of keys) {
      const row = await once(this.#rows, key, (rowKey) =>
        readParkedRow(this.#tables, this.#partitionKey, rowKey),
      );
      const entry = row?.entries.find((line) => line.seq === seq && line.position === position);
      if (row && entry) return { entry, row };
    }
    return undefined;
  }

  #run(number: number): Promise<StoredRun | undefined> {
    return readRun(this.#tables, this.#partitionKey, number);
  }
}

/** The article's "Source line status" of the line. */
export function statusAt({ state, parked }: PresentPlace): SourceLineStatus {
  // Only retention takes a batch's state row away, and only from what is aggregated.
  if (parked === undefined) return sourceLineStatus(state?.state ?? 'aggregated');
  return parked.entry.reason === 'unfoldable' ? 'IVPosted' : 'Created';
}

function once<Key, Value>(
  known: Map<Key, Promise<Value>>,
  key: Key,
  read: (key: Key) => Promise<Value>,
): Promise<Value> {
  let value = known.get(key);
  if (value === undefined) known.set(key, (value = read(key)));
  return value;
}
