/**
 * What Supply Chain Management holds: messages of the recurring data job, adjustment journals with their lines, and
 * stock changes on their way to Inventory Visibility. A pure state machine: changes put whole things.
 */
import type { StockChange } from '../inventoryVisibility/onHand.ts';

/** Names of recurring-integrations.md, "Get message status". */
export type MessageStatus =
  | 'Enqueued'
  | 'Processing'
  | 'Processed'
  | 'PreProcessingError'
  | 'ProcessedWithErrors'
  | 'PostProcessingFailed';

/** Names of data-management-api.md, "GetExecutionSummaryStatus". */
export type ExecutionStatus = 'NotRun' | 'Executing' | 'Succeeded' | 'PartiallySucceeded' | 'Failed';

/** One row of GetExecutionErrors. */
export interface ExecutionError {
  readonly RecordId: string;
  readonly Field: string;
  readonly ErrorMessage: string;
}

/** What became of one data file. */
export interface EntityExecution {
  readonly entityName: string;
  readonly stagingRecords: number;
  readonly created: number;
  readonly updated: number;
  readonly failed: number;
}

export interface Message {
  readonly messageId: string;
  readonly activityId: string;
  readonly company: string;
  readonly externalIdentifier?: string;
  readonly status: MessageStatus;
  /** Milliseconds since the epoch, as all times here. */
  readonly enqueuedAt: number;
  /** The package, base64; gone once it was imported. */
  readonly zip?: string;
  readonly execution?: Execution;
}

export interface Execution {
  readonly executionId: string;
  readonly status: ExecutionStatus;
  readonly startedAt: number;
  readonly completedAt?: number;
  readonly definitionGroup: string;
  readonly entities: readonly EntityExecution[];
  readonly errors: readonly ExecutionError[];
}

export type ExpectedStatus = 'None' | 'Created' | 'Posted';

export interface Journal {
  readonly company: string;
  readonly journalNumber: string;
  readonly journalNameId: string;
  readonly description: string;
  readonly expectedStatus: ExpectedStatus;
  /** Present once it is posted. */
  readonly posting?: { readonly at: number; readonly voucher: string };
}

export interface JournalLine {
  readonly company: string;
  readonly transactionId: string;
  readonly journalNumber: string;
  readonly lineNumber: number;
  readonly itemNumber: string;
  /** yyyy-MM-dd */
  readonly transactionDate: string;
  /** Canonical decimals. */
  readonly quantity: string;
  readonly unitCost: string;
  readonly unitCostQuantity: string;
  /** Staging column → value; blank ones are left out. */
  readonly dimensions: Readonly<Record<string, string>>;
  readonly offsetDataSource: string;
  readonly offsetPhysicalMeasure: string;
  /** The lot id (InventTransId). */
  readonly lotId: string;
}

/** Stock changes that reach Inventory Visibility with the next synchronization after `dueAt`. */
export interface PendingSync {
  readonly syncId: string;
  readonly dueAt: number;
  readonly changes: readonly StockChange[];
}

/** Last numbers given out. */
export interface Numbers {
  readonly voucher: number;
  readonly lot: number;
}

export interface ErpChange {
  readonly messages?: readonly Message[];
  readonly journals?: readonly Journal[];
  readonly lines?: readonly JournalLine[];
  readonly syncs?: readonly PendingSync[];
  readonly numbers?: Numbers;
}

/** SCM's collation tells no upper from lower case. */
export function erpKey(company: string, id: string): string {
  return `${company.toUpperCase()}|${id.toUpperCase()}`;
}

export class Erp {
  readonly messages = new Map<string, Message>();
  readonly journals = new Map<string, Journal>();
  /** By company and transaction id. */
  readonly lines = new Map<string, JournalLine>();
  readonly syncs = new Map<string, PendingSync>();
  numbers: Numbers = { voucher: 0, lot: 0 };
  readonly #linesOfJournal = new Map<string, Set<string>>();

  journal(company: string, journalNumber: string): Journal | undefined {
    return this.journals.get(erpKey(company, journalNumber));
  }

  line(company: string, transactionId: string): JournalLine | undefined {
    return this.lines.get(erpKey(company, transactionId));
  }

  /** In the order of their first arrival. */
  linesOf(company: string, journalNumber: string): JournalLine[] {
    const keys = this.#linesOfJournal.get(erpKey(company, journalNumber)) ?? [];
    return [...keys].map((key) => this.lines.get(key)).filter((line) => line !== undefined);
  }

  lineCountOf(company: string, journalNumber: string): number {
    return this.#linesOfJournal.get(erpKey(company, journalNumber))?.size ?? 0;
  }

  apply(change: ErpChange): void {
    for (const message of change.messages ?? []) this.messages.set(message.messageId.toLowerCase(), message);
    for (const journal of change.journals ?? []) {
      this.journals.set(erpKey(journal.company, journal.journalNumber), journal);
    }
    for (const line of change.lines ?? []) this.#putLine(line);
    for (const sync of change.syncs ?? []) this.syncs.set(sync.syncId, sync);
    if (change.numbers) this.numbers = change.numbers;
  }

  /** Takes a pending synchronization out. @throws when there is none of that id. */
  takeSync(syncId: string): PendingSync {
    const sync = this.syncs.get(syncId);
    if (!sync) throw new Error(`stored state names synchronization ${syncId}, which is not pending`);
    this.syncs.delete(syncId);
    return sync;
  }

  /** Changes that make this state from nothing. */
  *snapshot(): Generator<ErpChange> {
    yield { numbers: this.numbers };
    for (const message of this.messages.values()) yield { messages: [message] };
    for (const journal of this.journals.values()) {
      yield { journals: [journal], lines: this.linesOf(journal.company, journal.journalNumber) };
    }
    for (const sync of this.syncs.values()) yield { syncs: [sync] };
  }

  #putLine(line: JournalLine): void {
    const key = erpKey(line.company, line.transactionId);
    const before = this.lines.get(key);
    if (before) this.#linesOfJournal.get(erpKey(before.company, before.journalNumber))?.delete(key);
    this.lines.set(key, line);
    const journalKey = erpKey(line.company, line.journalNumber);
    const keys = this.#linesOfJournal.get(journalKey) ?? new Set();
    keys.add(key);
    this.#linesOfJournal.set(journalKey, keys);
  }
}
