/**
 * What SCM said of a package, per line: status, journal and line number, voucher, lot, and its own error text; and what
 * people have decided. Statuses move along the allowed edges only; a stale answer never moves one backwards.
 */
import { type Column, columnReader, encodeColumn } from './columns.ts';
import type { LineDecision } from './lineDecision.ts';
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

const TEXT_FACTS = ['journalNumber', 'voucher', 'inventTransId', 'error'] as const;

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
  /** Oldest first. */
  readonly decisions?: readonly LineDecision[];
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
    facts: Omit<LineOutcome, 'status' | 'at' | 'decisions'> = {},
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

  /** Adds what somebody has decided about a line. */
  decide(position: number, decision: LineDecision): void {
    const line = this.line(position);
    this.#lines[position] = { ...line, decisions: [...(line.decisions ?? []), decision] };
    this.#changed = true;
  }

  /** Notes that nothing went out for the newest decision to send the line again, where it has one. */
  refuse(position: number): void {
    const line = this.line(position);
    const { decisions = [] } = line;
    const index = decisions.findLastIndex(({ kind }) => kind === 'resend');
    const asked = decisions[index];
    if (asked?.kind !== 'resend') return;
    this.#lines[position] = { ...line, decisions: decisions.with(index, { ...asked, refused: true }) };
    this.#changed = true;
  }

  encode(): Uint8Array {
    const column = (value: (line: LineOutcome) => string | undefined): Column =>
      encodeColumn(this.#lines.length, (index) => {
        const line = this.#lines[index];
        return line && value(line);
      });
    const decided = this.#lines.some(({ decisions }) => decisions !== undefined);
    return packJson({
      n: this.#lines.length,
      status: column((line) => line.status),
      at: column((line) => String(line.at)),
      journalNumber: column((line) => line.journalNumber),
      lineNumber: column((line) => line.lineNumber?.toString()),
      voucher: column((line) => line.voucher),
      inventTransId: column((line) => line.inventTransId),
      error: column((line) => line.error),
      ...(decided ? { decisions: column((line) => line.decisions && JSON.stringify(line.decisions)) } : {}),
    });
  }

  /** @throws Error when the bytes are not an encoded outcome. */
  static decode(packed: Uint8Array): PackageOutcome {
    const { n, ...columns } = unpackJson(packed) as Record<string, Column> & { n: number };
    if (!Number.isSafeInteger(n) || n < 0) throw new Error(`${String(n)} is no number of lines`);
    const reader = (name: string) => columnReader(columns[name], n, name);
    const [status, at, lineNumber] = [reader('status'), reader('at'), reader('lineNumber')];
    const decided = reader('decisions');
    const texts = TEXT_FACTS.map((name) => [name, reader(name)] as const);
    return new PackageOutcome(
      Array.from({ length: n }, (_, index): LineOutcome => {
        const facts: Partial<Record<(typeof TEXT_FACTS)[number], string>> = {};
        for (const [name, valueAt] of texts) {
          const value = valueAt(index);
          if (value !== undefined) facts[name] = value;
        }
        const number = lineNumber(index);
        const decisions = decided(index);
        return {
          status: knownStatus(status(index)),
          at: Number(at(index)),
          ...facts,
          ...(number === undefined ? {} : { lineNumber: Number(number) }),
          ...(decisions === undefined ? {} : { decisions: JSON.parse(decisions) as LineDecision[] }),
        };
      }),
    );
  }
}

function knownStatus(text: string | undefined): AggregatedLineStatus {
  if (text === undefined || !Object.hasOwn(ALLOWED, text)) throw new Error(`${text} is no status of a line`);
  return text as AggregatedLineStatus;
}
