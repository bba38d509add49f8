/**
 * What Supply Chain Management holds: imports, adjustment journals with their lines, and stock changes on their way
 * to Inventory Visibility. A pure state machine: changes put or remove whole things.
 */
import type { Execution, Message, PackageImport, StoredBlob } from './importRecords.ts';
import { erpKey, lineKey, recordKey } from './journalRecords.ts';
import type { Journal, JournalLine, LineIdentity, Numbers, PendingSync } from './journalRecords.ts';

export interface ErpChange {
  readonly messages?: readonly Message[];
  readonly packageImports?: readonly PackageImport[];
  readonly executions?: readonly Execution[];
  readonly removedExecutions?: readonly string[];
  /** Names of data projects. */
  readonly projects?: readonly string[];
  readonly blobs?: readonly StoredBlob[];
  readonly removedBlobs?: readonly string[];
  readonly journals?: readonly Journal[];
  readonly removedJournals?: readonly Pick<Journal, 'company' | 'journalNumber'>[];
  readonly lines?: readonly JournalLine[];
  readonly removedLines?: readonly JournalLine[];
  readonly syncs?: readonly PendingSync[];
  readonly numbers?: Numbers;
}

const LINES_PER_RECORD = 1000;

export class Erp {
  readonly messages = new Map<string, Message>();
  readonly packageImports = new Map<string, PackageImport>();
  readonly executions = new Map<string, Execution>();
  /** Upper-case name → name. */
  readonly projects = new Map<string, string>();
  readonly blobs = new Map<string, StoredBlob>();
  readonly journals = new Map<string, Journal>();
  /** By record key; also the lines that were deleted after posting. */
  readonly lines = new Map<string, JournalLine>();
  readonly syncs = new Map<string, PendingSync>();
  numbers: Numbers = { voucher: 0, lot: 0, journal: 0 };
  readonly #linesOfJournal = new Map<string, Set<string>>();
  readonly #recordsOfKey = new Map<string, Set<string>>();

  journal(company: string, journalNumber: string): Journal | undefined {
    return this.journals.get(erpKey(company, journalNumber));
  }

  execution(executionId: string | undefined): Execution | undefined {
    return executionId === undefined ? undefined : this.executions.get(executionId.toLowerCase());
  }

  /** Every record of an entity's key, in the order of arrival, deleted ones included. */
  records(company: string, identity: LineIdentity): JournalLine[] {
    return this.#found(this.#recordsOfKey.get(lineKey(company, identity)));
  }

  /** The lines that a transaction id finds: one, unless SCM was told not to upsert. */
  linesByTransaction(company: string, transactionId: string): JournalLine[] {
    return this.#found(this.#recordsOfKey.get(erpKey(company, transactionId))).filter(isThere);
  }

  /** In the order of their first arrival; without those deleted after posting. */
  linesOf(company: string, journalNumber: string): JournalLine[] {
    return this.#found(this.#linesOfJournal.get(erpKey(company, journalNumber)));
  }

  lineCountOf(company: string, journalNumber: string): number {
    return this.#linesOfJournal.get(erpKey(company, journalNumber))?.size ?? 0;
  }

  apply(change: ErpChange): void {
    for (const message of change.messages ?? []) this.messages.set(message.messageId.toLowerCase(), message);
    for (const one of change.packageImports ?? []) {
      this.packageImports.set(one.executionId.toLowerCase(), one);
    }
    for (const execution of change.executions ?? []) {
      this.executions.set(execution.executionId.toLowerCase(), execution);
    }
    for (const id of change.removedExecutions ?? []) this.executions.delete(id.toLowerCase());
    for (const name of change.projects ?? []) this.projects.set(name.toUpperCase(), name);
    for (const blob of change.blobs ?? []) this.blobs.set(blob.name, blob);
    for (const name of change.removedBlobs ?? []) this.blobs.delete(name);
    for (const line of change.removedLines ?? []) this.#removeLine(line);
    for (const { company, journalNumber } of change.removedJournals ?? []) {
      this.journals.delete(erpKey(company, journalNumber));
    }
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
    yield { numbers: this.numbers, projects: [...this.projects.values()] };
    for (const message of this.messages.values()) yield { messages: [message] };
    for (const one of this.packageImports.values()) yield { packageImports: [one] };
    for (const execution of this.executions.values()) yield { executions: [execution] };
    for (const blob of this.blobs.values()) yield { blobs: [blob] };
    for (const journal of this.journals.values()) yield { journals: [journal] };
    const lines = [...this.lines.values()];
    for (let start = 0; start < lines.length; start += LINES_PER_RECORD) {
      yield { lines: lines.slice(start, start + LINES_PER_RECORD) };
    }
    for (const sync of this.syncs.values()) yield { syncs: [sync] };
  }

  #found(keys: Iterable<string> = []): JournalLine[] {
    return [...keys].map((key) => this.lines.get(key)).filter((line) => line !== undefined);
  }

  #putLine(line: JournalLine): void {
    const key = recordKey(line);
    const before = this.lines.get(key);
    if (before) this.#linesOfJournal.get(erpKey(before.company, before.journalNumber))?.delete(key);
    this.lines.set(key, line);
    added(this.#recordsOfKey, lineKey(line.company, line), key);
    if (isThere(line)) added(this.#linesOfJournal, erpKey(line.company, line.journalNumber), key);
  }

  #removeLine(line: JournalLine): void {
    const key = recordKey(line);
    this.lines.delete(key);
    this.#recordsOfKey.get(lineKey(line.company, line))?.delete(key);
    this.#linesOfJournal.get(erpKey(line.company, line.journalNumber))?.delete(key);
  }
}

export function isThere(line: JournalLine): boolean {
  return line.deletedAfterPosting === undefined;
}

function added(index: Map<string, Set<string>>, key: string, member: string): void {
  const members = index.get(key) ?? new Set();
  members.add(member);
  index.set(key, members);
}
