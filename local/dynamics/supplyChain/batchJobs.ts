/**
 * The batch jobs of Supply Chain Management: the recurring data job that imports messages, the Inventory Visibility
 * posting job, and the synchronization of stock to Inventory Visibility. Each runs when its time comes or when told.
 */
import { randomUUID } from 'node:crypto';
import type { World } from '../state/world.ts';
import type { Message } from './erp.ts';
import { decideImport } from './importPackage.ts';
import type { ImportSettings } from './importPackage.ts';
import { decidePosting } from './postingJob.ts';

export class BatchJobs {
  readonly #world: World;
  readonly #settings: ImportSettings;
  readonly #now: () => number;

  constructor(world: World, settings: ImportSettings, now: () => number) {
    this.#world = world;
    this.#settings = settings;
    this.#now = now;
  }

  /**
   * Imports every waiting message, oldest first, one at a time. A message that a killed simulator left in
   * Processing is taken up again, as SCM does by itself ("Skip reprocessing…" = No). Returns the ids.
   */
  async importMessages(): Promise<string[]> {
    const imported: string[] = [];
    for (let message = this.#waiting(); message; message = this.#waiting()) {
      const processing: Message = {
        ...message,
        status: 'Processing',
        execution: {
          executionId: randomUUID(),
          status: 'Executing',
          startedAt: this.#now(),
          definitionGroup: '',
          entities: [],
          errors: [],
        },
      };
      this.#world.commit({ kind: 'erp', change: { messages: [processing] } });
      await this.#world.settled();
      this.#world.commit({
        kind: 'erp',
        change: decideImport(this.#world.erp, processing, this.#settings, this.#now()),
      });
      imported.push(message.messageId);
    }
    return imported;
  }

  /** Posts every journal that is due. Returns their numbers. */
  async postJournals(): Promise<string[]> {
    const change = decidePosting(this.#world.erp, this.#settings, this.#now());
    if (!change) return [];
    this.#world.commit({ kind: 'erp', change });
    return change.journals.map((journal) => journal.journalNumber);
  }

  /** Hands stock changes to Inventory Visibility: those whose time has come, or all. Returns how many batches. */
  async synchronizeStock(which: 'due' | 'all'): Promise<number> {
    const due = [...this.#world.erp.syncs.values()].filter(
      (sync) => which === 'all' || sync.dueAt <= this.#now(),
    );
    for (const { syncId } of due) this.#world.commit({ kind: 'synchronized', syncId });
    return due.length;
  }

  #waiting(): Message | undefined {
    for (const message of this.#world.erp.messages.values()) {
      if (message.zip !== undefined) return message;
    }
    return undefined;
  }
}
