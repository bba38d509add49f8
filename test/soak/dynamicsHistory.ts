/**
 * What the simulated Dynamics side has durably done, read from its state file by itself: every event that Inventory
 * Visibility applied, how often, and every journal line of the ERP. The simulator rewrites the file at each start, so
 * `archive` has to be called whenever it has ended.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorldRecord } from '../../local/dynamics/state/world.ts';
import type { ErpChange } from '../../local/dynamics/supplyChain/erp.ts';
import { Violation } from '../simulator/engine/violation.ts';
import type { AppliedEvent } from '../simulator/models/inventoryVisibilityModel.ts';
import type { ErpLine } from '../simulator/models/supplyChainState.ts';

type EventsRecord = Extract<WorldRecord, { kind: 'events' }>;
type JournalLine = NonNullable<ErpChange['lines']>[number];

export interface OtherSideState {
  readonly applied: ReadonlyMap<string, AppliedEvent>;
  readonly lines: ReadonlyMap<string, ErpLine>;
}

export class DynamicsHistory {
  readonly #file: string;
  readonly #events: EventsRecord[] = [];
  /** The content that each line of the ERP had when it was first put there. */
  readonly #contents = new Map<string, string>();

  /** @param folder where the simulator keeps its state */
  constructor(folder: string) {
    this.#file = join(folder, 'dynamics.jsonl');
  }

  /** Keeps what the next start will sum up. Call it after the simulator's end. @throws Violation */
  async archive(): Promise<void> {
    const records = await this.#records();
    this.#events.push(...eventsIn(records));
    this.#checkContents(records);
  }

  /** Everything up to now. @throws Violation when the ERP's lines were changed */
  async read(): Promise<OtherSideState> {
    const records = await this.#records();
    this.#checkContents(records);
    const applied = new Map<string, AppliedEvent>();
    for (const { at, events } of [...this.#events, ...eventsIn(records)])
      for (const { id, quantities, dimensions, ...place } of events) {
        const known = applied.get(id);
        if (known) {
          known.times.push(at);
          continue;
        }
        const [dataSource = '', physicalMeasure = '', quantity = ''] = quantities[0] ?? [];
        const event = { ...place, id, dataSource, physicalMeasure, quantity, dimensions };
        applied.set(id, { event, times: [at] });
      }
    return { applied, lines: linesIn(records) };
  }

  async #records(): Promise<WorldRecord[]> {
    const text = await readFile(this.#file, 'utf8');
    // A last line without its end was never acknowledged.
    return text
      .slice(0, text.lastIndexOf('\n'))
      .split('\n')
      .slice(1)
      .map((line) => JSON.parse(line) as WorldRecord);
  }

  /** A line may be put again, as it is. */
  #checkContents(records: readonly WorldRecord[]): void {
    for (const record of records) {
      if (record.kind !== 'erp') continue;
      for (const line of record.change.lines ?? []) {
        const key = keyOfLine(line);
        const content = JSON.stringify([line.journalNumber, line.lineNumber, line.itemNumber, line.quantity]);
        const first = this.#contents.get(key) ?? content;
        this.#contents.set(key, first);
        if (first !== content) throw new Violation(`ERP line ${key} was ${first} and became ${content}`);
      }
    }
  }
}

function eventsIn(records: readonly WorldRecord[]): EventsRecord[] {
  return records.filter((record) => record.kind === 'events');
}

function keyOfLine({ company, transactionId, copy = 0 }: JournalLine): string {
  return `${company}~${transactionId}~${copy}`.toUpperCase();
}

function linesIn(records: readonly WorldRecord[]): Map<string, ErpLine> {
  const vouchers = new Map<string, string>();
  const lines = new Map<string, JournalLine>();
  for (const record of records) {
    if (record.kind !== 'erp') continue;
    for (const { company, journalNumber, posting } of record.change.journals ?? [])
      if (posting) vouchers.set(`${company}~${journalNumber}`.toUpperCase(), posting.voucher);
    for (const line of record.change.lines ?? []) lines.set(keyOfLine(line), line);
  }
  return new Map(
    [...lines].map(([key, line]) => {
      const voucher = vouchers.get(`${line.company}~${line.journalNumber}`.toUpperCase());
      const erpLine: ErpLine = {
        id: line.transactionId.toLowerCase(),
        company: line.company,
        row: {
          ...line.dimensions,
          JOURNALNUMBER: line.journalNumber,
          LINENUMBER: String(line.lineNumber),
          ITEMNUMBER: line.itemNumber,
          INVENTORYQUANTITY: line.quantity,
        },
        byHand: false,
        creations: 1,
        deleted: line.deletedAfterPosting === true,
        posted: voucher !== undefined,
        voucher,
      };
      return [key, erpLine];
    }),
  );
}
