/**
 * The batch jobs of Supply Chain Management: the import of messages and packages, the Inventory Visibility posting
 * job, and the synchronization of stock to Inventory Visibility. Each runs when its time comes or when told.
 */
import { randomUUID } from 'node:crypto';
import type { Faults } from '../http/faults.ts';
import type { World } from '../state/world.ts';
import type { ErpChange } from './erp.ts';
import { decideImport } from './importPackage.ts';
import type { ImportOutcome, ImportSettings } from './importPackage.ts';
import type { Execution, Message, PackageImport } from './importRecords.ts';
import { decidePosting } from './postingJob.ts';

/** How long execution history and files are kept. Source: data-import-export-job.md ("Job history clean up"). */
const HISTORY_MS = 7 * 24 * 3600_000;

export class BatchJobs {
  readonly #world: World;
  readonly #settings: ImportSettings;
  readonly #faults: Faults;
  readonly #now: () => number;

  constructor(world: World, settings: ImportSettings, faults: Faults, now: () => number) {
    this.#world = world;
    this.#settings = settings;
    this.#faults = faults;
    this.#now = now;
  }

  /**
   * Imports every waiting message and package, oldest first, one at a time; those of a slow batch when their time
   * has come. A message that a killed simulator left in Processing is taken up again, as SCM does by itself ("Skip
   * reprocessing…" = No). Returns the ids of messages and executions.
   */
  async importMessages(): Promise<string[]> {
    this.#cleanUpHistory();
    const done: string[] = [];
    for (const message of [...this.#world.erp.messages.values()]) {
      if (message.zip !== undefined && (await this.#importMessage(message))) done.push(message.messageId);
    }
    for (const one of [...this.#world.erp.packageImports.values()]) {
      if (one.zip !== undefined && (await this.#importPackage(one))) done.push(one.executionId);
    }
    return done;
  }

  /** Forgets executions that ended, and files that were stored, too long ago. Both stand in the order of their time. */
  #cleanUpHistory(): void {
    const { executions, blobs } = this.#world.erp;
    const until = this.#now() - HISTORY_MS;
    const removedExecutions: string[] = [];
    for (const { executionId, startedAt, completedAt } of executions.values()) {
      if (startedAt > until) break;
      if (completedAt !== undefined && completedAt <= until) removedExecutions.push(executionId);
    }
    const removedBlobs: string[] = [];
    for (const { name, uploadedAt } of blobs.values()) {
      if (uploadedAt > until) break;
      removedBlobs.push(name);
    }
    if (removedExecutions.length + removedBlobs.length === 0) return;
    this.#commit({ removedExecutions, removedBlobs });
  }

  /** Posts every journal that is due. Returns their numbers. */
  async postJournals(): Promise<readonly string[]> {
    const change = decidePosting(this.#world.erp, this.#settings, this.#faults, this.#now());
    if (!change) return [];
    const { posted, ...erpChange } = change;
    this.#commit(erpChange);
    return posted;
  }

  /** Hands stock changes to Inventory Visibility: those whose time has come, or all. Returns how many batches. */
  async synchronizeStock(which: 'due' | 'all'): Promise<number> {
    const due = [...this.#world.erp.syncs.values()].filter(
      (sync) => which === 'all' || sync.dueAt <= this.#now(),
    );
    for (const { syncId } of due) this.#world.commit({ kind: 'synchronized', syncId });
    return due.length;
  }

  /** False while a slow batch still runs. */
  async #importMessage(message: Message): Promise<boolean> {
    const underWay = message.status === 'Processing' ? message.executionId : undefined;
    const execution = await this.#execute(underWay ?? randomUUID(), message.company, '', (started) => ({
      executions: [started],
      messages: [{ ...message, status: 'Processing', executionId: started.executionId }],
    }));
    if (!execution) return false;
    const { executionId } = execution;
    const requeue = this.#faults.take('requeueImport');
    const failure = this.#faults.take('failImport');
    const { zip = '', ...finished } = message;
    const outcome =
      requeue?.worked === false || failure?.worked === false ? undefined : this.#decide(zip, execution);
    const { change = {} } = outcome ?? {};
    if (requeue) {
      const { executionId: _none, ...waiting } = message;
      this.#commit({ ...change, messages: [{ ...waiting, status: 'Enqueued' }] });
      return true;
    }
    const status = failure?.status ?? messageStatusOf(outcome);
    const ended: Execution = {
      ...(outcome?.execution ?? execution),
      ...(failure ? failedWith(failure.message) : {}),
      ...(status === 'PreProcessingError' ? { preprocessingFailed: true } : {}),
    };
    this.#commit({ ...change, executions: [ended], messages: [{ ...finished, status, executionId }] });
    return true;
  }

  async #importPackage(one: PackageImport): Promise<boolean> {
    const { zip = '', ...finished } = one;
    const execution = await this.#execute(one.executionId, one.company, one.definitionGroup, (started) => ({
      executions: [started],
    }));
    if (!execution) return false;
    const failure = this.#faults.take('failImport');
    const outcome = failure?.worked === false ? undefined : this.#decide(zip, execution, one.execute);
    const ended: Execution = {
      ...(outcome?.execution ?? execution),
      ...(failure ? failedWith(failure.message) : {}),
    };
    this.#commit({ ...outcome?.change, executions: [ended], packageImports: [finished] });
    return true;
  }

  /** Starts an execution, or goes on with the one under way; undefined while its work is still to come. */
  async #execute(
    executionId: string,
    company: string,
    definitionGroup: string,
    started: (execution: Execution) => ErpChange,
  ): Promise<Execution | undefined> {
    const now = this.#now();
    let execution = this.#world.erp.execution(executionId);
    if (execution?.status !== 'Executing') {
      const slow = this.#faults.take('slowImport');
      execution = {
        executionId,
        company,
        status: 'Executing',
        startedAt: now,
        ...(slow ? { workAt: now + slow.delayMs } : {}),
        definitionGroup,
        entities: [],
        errors: [],
      };
      this.#commit(started(execution));
      await this.#world.settled();
    }
    return (execution.workAt ?? 0) > now ? undefined : execution;
  }

  #decide(zip: string, execution: Execution, execute?: boolean): ImportOutcome {
    const bytes = Buffer.from(zip, 'base64');
    const now = this.#now();
    return decideImport(this.#world.erp, bytes, execution, this.#settings, this.#faults, now, execute);
  }

  #commit(change: ErpChange): void {
    this.#world.commit({ kind: 'erp', change });
  }
}

function messageStatusOf(outcome: ImportOutcome | undefined): Message['status'] {
  if (!outcome?.opened) return 'PreProcessingError';
  return outcome.execution.status === 'Succeeded' ? 'Processed' : 'ProcessedWithErrors';
}

function failedWith(message: string): Pick<Execution, 'status' | 'errors'> {
  return { status: 'Failed', errors: [{ RecordId: '', Field: '', ErrorMessage: message }] };
}
