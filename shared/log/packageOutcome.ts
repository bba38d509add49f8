/**
 * What SCM said of a package, per line: status, journal and line number, voucher, lot, and its own error text. Statuses
 * move along the allowed edges only; a stale answer never moves one backwards.
 */
import { type Column, encodeColumn, valueAt } from './columns.ts';
import { packJson, unpackJson } from './packedRow.ts';

/** The article's "Aggregated line status". */
export type AggregatedLineStatus =
  | 'Created'
  | 'DoNotSync'
  | 'FnOSyncEnqueued'
  | 'FnOTransCreated'
  | 'FnOTransCreateError'
  | 'FnOTransPosted'
  | 'FnOTransPostError';

const ALLOWED: Readonly<Record<AggregatedLineStatus, readonly AggregatedLineStatus[]>> = {
  Created: ['DoNotSync', 'FnOSyncEnqueued'],
  FnOSyncEnqueued: ['FnOTransCreated', 'FnOTransCreateError'],
  FnOTransCreated: ['FnOTransPosted', 'FnOTransPostError', 'FnOTransCreateError'],
  FnOTransPostError: ['FnOTransPosted', 'FnOTransCreateError', 'DoNotSync'],
  FnOTransCreateError: ['FnOSyncEnqueued', 'FnOTransCreated', 'DoNotSync'],
  DoNotSync: ['FnOTransCreated'],
  FnOTransPosted: [],
};

/** Words of SCM kept per line. */
const ERROR_LENGTH = 500;

export interface LineOutcome {
  readonly status: AggregatedLineStatus;
  readonly journalNumber?: string;
  readonly lineNumber?: number;
  readonly voucher?: string;
  readonly inventTransId?: string;
  readonly error?: string;
  /** When it got its status, milliseconds since the Unix epoch. */
  readonly at: number;
}

export class PackageOutcome {
  readonly #lines: LineOutcome[];
  #changed = false;

  private constructor(lines: LineOutcome[]) {
    this.#lines = lines;
  }

  /** Every line *Created*. */
  static fresh(lineCount: number, at: number): PackageOutcome {
    return new PackageOutcome(Array.from({ length: lineCount }, () => ({ status: 'Created', at })));
  }

  get lineCount(): number {
    return this.#lines.length;
  }

  /** Whether anything was noted since it was read. */
  get changed(): boolean {
    return this.#changed;
  }

  /** @throws RangeError for a position beyond the package. */
  line(position: number): LineOutcome {
    const line = this.#lines[position];
    if (line === undefined)
      throw new RangeError(`The package has ${this.#lines.length} lines, none at ${position}.`);
    return line;
  }

  lines(): readonly LineOutcome[] {
    return this.#lines;
  }

  positionsWith(...statuses: readonly AggregatedLineStatus[]): number[] {
    return this.#lines.flatMap((line, position) => (statuses.includes(line.status) ? [position] : []));
  }

  /** Notes what became of a line, if the edge is allowed. An answer that would move it backwards is discarded. */
  note(
    position: number,
    status: AggregatedLineStatus,
    at: number,
    facts: Omit<LineOutcome, 'status' | 'at'> = {},
  ): void {
    const line = this.line(position);
    const moves = line.status !== status;
    if (moves && !ALLOWED[line.status].includes(status)) return;
    const { error: _, ...known } = line;
    const error = facts.error?.slice(0, ERROR_LENGTH);
    const next: LineOutcome = {
      ...(moves ? known : line),
      ...facts,
      ...(error === undefined ? {} : { error }),
      status,
      at: moves ? at : line.at,
    };
    if (!moves && JSON.stringify(next) === JSON.stringify(line)) return;
    this.#lines[position] = next;
    this.#changed = true;
  }

  encode(): Uint8Array {
    const column = (value: (line: LineOutcome) => string | undefined): Column =>
      encodeColumn(this.#lines.map(value));
    return packJson({
      n: this.#lines.length,
      status: column((line) => line.status),
      at: column((line) => String(line.at)),
      journalNumber: column((line) => line.journalNumber),
      lineNumber: column((line) => line.lineNumber?.toString()),
      voucher: column((line) => line.voucher),
      inventTransId: column((line) => line.inventTransId),
      error: column((line) => line.error),
    });
  }

  static decode(packed: Uint8Array): PackageOutcome {
    const encoded = unpackJson(packed) as Record<string, Column> & { n: number };
    const lines: LineOutcome[] = [];
    for (let index = 0; index < encoded.n; index++) {
      const text = (name: string): string | undefined => valueAt(encoded[name], index);
      const line: Record<string, unknown> = { status: text('status'), at: Number(text('at')) };
      for (const name of ['journalNumber', 'voucher', 'inventTransId', 'error']) {
        const value = text(name);
        if (value !== undefined) line[name] = value;
      }
      const lineNumber = text('lineNumber');
      if (lineNumber !== undefined) line['lineNumber'] = Number(lineNumber);
      lines.push(line as unknown as LineOutcome);
    }
    return new PackageOutcome(lines);
  }
}
