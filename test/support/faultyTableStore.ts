/** A table store in front of a real one, on which a test lets chosen calls go wrong in the ways that storage does. */
import {
  type Row,
  type RowRange,
  TableError,
  type TableFailure,
  type TableOperation,
  type TableStore,
} from '../../shared/tables/tableStore.ts';

/** One call as it is about to be made. */
export type TableCall =
  | { readonly kind: 'get'; readonly table: string; readonly rowKey: string }
  | { readonly kind: 'query'; readonly table: string; readonly range: RowRange }
  | { readonly kind: 'transact'; readonly table: string; readonly operations: readonly TableOperation[] };

type Matches = (call: TableCall) => boolean;
/** Carries a call out, or does not. */
type Behaviour = (run: () => Promise<unknown>) => Promise<unknown>;

interface Rule {
  readonly matches: Matches;
  readonly behave: Behaviour;
  /** Calls that it still applies to. */
  left: number;
}

/** A call that waits until the test lets it go on. */
export interface HeldCall {
  /** Resolves when the call is made. */
  readonly reached: Promise<void>;
  release(): void;
}

export class FaultyTableStore implements TableStore {
  /** Every call so far. */
  readonly calls: TableCall[] = [];
  readonly #inner: TableStore;
  readonly #rules: Rule[] = [];

  constructor(inner: TableStore) {
    this.#inner = inner;
  }

  /** The next `times` such calls fail and have no effect. */
  failBefore(matches: Matches, failure: TableFailure = 'unknown', times = 1): void {
    this.#rules.push({ matches, left: times, behave: () => Promise.reject(simulated(failure)) });
  }

  /** The next such call has its effect, but its caller learns nothing of it. */
  failAfter(matches: Matches): void {
    const behave: Behaviour = async (run) => {
      await run();
      throw simulated('unknown');
    };
    this.#rules.push({ matches, left: 1, behave });
  }

  /**
   * The next such call fails for its caller and reaches storage only when the returned function is called, which
   * resolves with whether storage took it.
   */
  landLate(matches: Matches): () => Promise<boolean> {
    let late: (() => Promise<unknown>) | undefined;
    const behave: Behaviour = (run) => {
      late = run;
      return Promise.reject(simulated('unknown'));
    };
    this.#rules.push({ matches, left: 1, behave });
    return async () => {
      if (late === undefined) throw new Error('the call that should land late was never made');
      return late().then(
        () => true,
        () => false,
      );
    };
  }

  /** The next such call waits before it is carried out. */
  hold(matches: Matches): HeldCall {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const behave: Behaviour = async (run) => {
      reached.resolve();
      await released.promise;
      return run();
    };
    this.#rules.push({ matches, left: 1, behave });
    return { reached: reached.promise, release: () => released.resolve() };
  }

  /** Runs something just before the next such call is carried out. */
  before(matches: Matches, act: () => Promise<unknown>): void {
    this.#rules.push({ matches, left: 1, behave: async (run) => (await act(), run()) });
  }

  get(table: string, partitionKey: string, rowKey: string): Promise<Row | undefined> {
    return this.#call({ kind: 'get', table, rowKey }, () => this.#inner.get(table, partitionKey, rowKey));
  }

  query(table: string, partitionKey: string, range: RowRange): Promise<Row[]> {
    return this.#call({ kind: 'query', table, range }, () => this.#inner.query(table, partitionKey, range));
  }

  transact(
    table: string,
    partitionKey: string,
    operations: readonly TableOperation[],
  ): Promise<(string | undefined)[]> {
    return this.#call({ kind: 'transact', table, operations }, () =>
      this.#inner.transact(table, partitionKey, operations),
    );
  }

  createTables(tables: readonly string[]): Promise<void> {
    return this.#inner.createTables(tables);
  }

  async #call<Answer>(call: TableCall, run: () => Promise<Answer>): Promise<Answer> {
    this.calls.push(call);
    const rule = this.#rules.find(({ matches, left }) => left > 0 && matches(call));
    if (rule === undefined) return run();
    rule.left--;
    return (await rule.behave(run)) as Answer;
  }
}

function simulated(failure: TableFailure): TableError {
  return new TableError(failure, `simulated: ${failure}`);
}

/** Reads of one row. */
export function getOf(rowKey: string): Matches {
  return (call) => call.kind === 'get' && call.rowKey === rowKey;
}

/** Range reads that begin with such a key. */
export function queryFrom(prefix: string): Matches {
  return (call) => call.kind === 'query' && call.range.from.startsWith(prefix);
}

/** Transactions that write a row whose key begins so. */
export function writeOf(prefix: string): Matches {
  return (call) =>
    call.kind === 'transact' && call.operations.some(({ rowKey }) => rowKey.startsWith(prefix));
}
