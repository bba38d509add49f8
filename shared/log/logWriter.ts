/**
 * Appends to one log, in one instance. Requests that arrive while an append is in flight are committed together in the
 * next one. A group is looked up against one snapshot of the index at tail t and written as batch t+1 and nothing
 * else; anything but success means: catch up, look the whole group up again, compose it anew.
 */
import type { Runtime } from '../runtime/ports.ts';
import { TableError, type TableStore } from '../tables/tableStore.ts';
import { acceptedBatch, type ComposeBatch, headWrite, type Redrive, redrivenBatch } from './appendedBatch.ts';
import { type AppendLine, composeGroup } from './appendGroup.ts';
import { AppendQueue, type AppendRequest, type AppendResult, type WaitingAppend } from './appendQueue.ts';
import { CheckpointDamagedError } from './checkpoints/loadedCheckpoint.ts';
import { CHECKPOINT_DUE_IDS, CheckpointTending } from './checkpoints/checkpointTending.ts';
import { Fairness } from './fairness.ts';
import { type Head, headProperties, isHeld, readHead, type StoredHead } from './headRow.ts';
import { IdIndex } from './idIndex.ts';
import { IndexMemory, type MemoryHolder } from './indexMemory.ts';
import { identify, type Identity, LogRewoundError } from './identify.ts';
import type { IdsRow } from './idsRow.ts';
import { ADJUSTMENT_LOG, HEAD_KEY, partitionKeyOf } from './rowKeys.ts';
import { ensureLogListed } from './logDirectory.ts';
import { lostToAnother, untilSettled } from './untilSettled.ts';

export interface IdIndexLimits {
  /** Shared by the writers of an instance. */
  readonly memory?: IndexMemory;
  readonly checkpointDueIds?: number;
}

export class LogWriter implements MemoryHolder {
  readonly partitionKey: string;
  readonly checkpoints: CheckpointTending;
  readonly #tables: TableStore;
  readonly #runtime: Runtime;
  readonly #environmentKey: string;
  readonly #organizationKey: string;
  readonly #organizationId: string;
  readonly #index: IdIndex;
  readonly #memory: IndexMemory;
  readonly #fairness = new Fairness();
  readonly #queue = new AppendQueue();
  #head: StoredHead | undefined;
  /** Whether #head is what storage said last, or what this writer wrote last. */
  #headKnown = false;
  #rewound = false;
  #epoch: string | undefined;
  /** Epochs that others followed: a head that is in one again went back, even if no batch was lost. */
  readonly #pastEpochs = new Set<string>();
  #listed = false;
  #running = false;
  /** Tail of the chain of calls that use the index one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    tables: TableStore,
    runtime: Runtime,
    log: { environmentKey: string; organizationKey: string; organizationId: string },
    { memory = new IndexMemory(), checkpointDueIds = CHECKPOINT_DUE_IDS }: IdIndexLimits = {},
  ) {
    this.#tables = tables;
    this.#runtime = runtime;
    this.#environmentKey = log.environmentKey;
    this.#organizationKey = log.organizationKey;
    this.#organizationId = log.organizationId;
    this.partitionKey = partitionKeyOf(log.environmentKey, log.organizationKey);
    this.#memory = memory;
    this.#index = new IdIndex(tables, this.partitionKey, runtime.entropy, memory.budget);
    this.checkpoints = new CheckpointTending({
      tables,
      runtime,
      partitionKey: this.partitionKey,
      index: this.#index,
      dueIds: checkpointDueIds,
      drop: () => this.#dropIndex((index) => index.drop()),
      catchUp: () => this.#inTurn(() => this.#untilSettled(() => this.#catchUp())),
    });
  }

  /**
   * Stores the new lines of a request; resolves when all of its lines, duplicates included, are durable.
   * @throws DependencyError when it could not be stored or the outcome is unknown; BatchTooLargeError
   */
  append(request: AppendRequest): Promise<AppendResult> {
    const result = this.#queue.push(request, this.#runtime.clock.now());
    if (!this.#running) void this.#drain();
    return result;
  }

  /**
   * Appends parked lines once more. Every try asks `draft` which, as their rows say then: a line that was driven again
   * meanwhile, perhaps by a try whose answer was lost, must not be once more. Resolves with the number of the batch;
   * undefined when there is nothing (left) to append.
   * @throws DependencyError; BatchTooLargeError; what `draft` throws of its own
   */
  redrive(draft: () => Promise<Redrive | undefined>): Promise<number | undefined> {
    return this.#inTurn(() =>
      this.#untilSettled(async () => {
        if (!this.#headKnown) await this.#catchUp();
        const redrive = await draft();
        if (redrive === undefined) return undefined;
        await this.#write((batch) => redrivenBatch(batch, redrive));
        return this.#index.tail;
      }),
    );
  }

  /** What the log knows of the lines now, writing nothing. @throws DependencyError */
  identify(lines: readonly AppendLine[]): Promise<Identity[]> {
    return this.#inTurn(() =>
      this.#untilSettled(async () => {
        await this.#catchUp();
        return identify(this.#tables, this.partitionKey, this.#index, lines);
      }),
    );
  }

  /**
   * Looks whether the log went back in time since this instance last saw it, and renews the epoch if so.
   * Resolves with whether outward hops must wait for an operator. @throws DependencyError
   */
  async noticeRewind(): Promise<boolean> {
    const head = await this.#inTurn(() =>
      this.#untilSettled(async () => {
        const unchanged = this.#rewound ? undefined : await this.#index.headSinceEviction();
        if (unchanged && unchanged.epoch === this.#epoch) return unchanged;
        await this.#catchUp();
        return this.#head;
      }),
    );
    return head !== undefined && isHeld(head);
  }

  /**
   * Lets outward hops go on in the epoch that the log is held in now: the one that the operator has looked at. If the
   * log turns out to have gone back once more, it stays held. Resolves with whether this call released it.
   * @throws DependencyError
   */
  release(): Promise<boolean> {
    let epoch: string | undefined;
    let wasHeld = false;
    return this.#inTurn(() =>
      this.#untilSettled(async () => {
        epoch ??= (await readHead(this.#tables, this.partitionKey))?.epoch;
        await this.#catchUp();
        const head = this.#head;
        if (head === undefined || head.epoch !== epoch) return false;
        // No longer held after all: by a try of this call whose answer was lost.
        if (!isHeld(head)) return wasHeld;
        wasHeld = true;
        this.#head = await this.#updateHead(head, { ...head, releasedEpoch: head.epoch });
        return true;
      }),
    );
  }

  /** Drops the index once nothing uses it; it is loaded again when it is needed. */
  evict(): void {
    void this.#dropIndex((index) => index.evict());
  }

  /** Bytes of memory that the id index takes. */
  get indexBytes(): number {
    return this.#index.bytes;
  }

  async #drain(): Promise<void> {
    this.#running = true;
    try {
      while (!this.#queue.isEmpty) {
        const wait = this.#fairness.waitBeforeNext(this.#runtime.clock.now());
        if (wait > 0) await this.#runtime.clock.sleep(wait);
        const group = this.#queue.takeGroup(this.#runtime.clock.now());
        try {
          await this.#inTurn(() => this.#commit(group));
        } catch (error) {
          for (const request of group) request.reject(error);
        }
        void this.checkpoints.adoptWhenDue();
      }
    } finally {
      this.#running = false;
    }
  }

  async #commit(group: readonly WaitingAppend[]): Promise<void> {
    const lines = group.flatMap((request) => request.lines);
    const requests = group.map((request) => request.lines);
    const inlineSync = group[0]?.inlineSync ?? false;
    // Tries share what they read: otherwise a loser with many known ids is so slow that it loses the next turn as well.
    const rowsRead = new Map<number, IdsRow>();
    const { composition, seq } = await this.#untilSettled(async () => {
      if (!this.#headKnown) await this.#catchUp(rowsRead);
      const next = this.#index.tail + 1;
      const identities = await identify(this.#tables, this.partitionKey, this.#index, lines, rowsRead);
      const composed = composeGroup(next, requests, identities);
      if (composed.fresh.length > 0) await this.#write((batch) => acceptedBatch(batch, composed, inlineSync));
      return { composition: composed, seq: next };
    });
    group.forEach((request, index) => {
      const outcomes = composition.outcomes[index] ?? [];
      const began = inlineSync && composition.fresh.length > 0;
      request.resolve(began ? { outcomes, sync: seq } : { outcomes });
    });
  }

  /** One entity group transaction: the batch, its ids, its state row and the head. */
  async #write(compose: ComposeBatch): Promise<void> {
    if (!this.#listed) {
      await ensureLogListed(this.#tables, this.#environmentKey, this.#organizationKey, this.#organizationId);
      this.#listed = true;
    }
    const { entropy, clock } = this.#runtime;
    const seq = this.#index.tail + 1;
    const batchId = entropy.uuid();
    const previousBatchId = this.#index.tailBatchId;
    const { ids, operations } = compose({ seq, batchId, previousBatchId, at: clock.now() });
    const head: Head = { ...(this.#head ?? this.#firstHead()), tail: seq, batchId };
    this.#headKnown = false;
    const etags = await this.#tables.transact(ADJUSTMENT_LOG, this.partitionKey, [
      ...operations,
      headWrite(head, this.#head),
    ]);
    const etag = etags.at(-1);
    this.#fairness.won(clock.now());
    this.#rewound = false;
    this.#index.extend(ids);
    this.#noteEpoch(head);
    if (etag === undefined) return;
    this.#head = { ...head, etag };
    this.#headKnown = true;
  }

  /** A log that begins after its past was lost begins held. */
  #firstHead(): Pick<Head, 'epoch' | 'releasedEpoch'> {
    const epoch = this.#runtime.entropy.uuid();
    return { epoch, releasedEpoch: this.#rewound ? '' : epoch };
  }

  async #catchUp(rowsRead?: Map<number, IdsRow>): Promise<void> {
    this.#headKnown = false;
    const { head, rewound } = await this.#index.catchUp(rowsRead);
    if (rewound || (head && this.#pastEpochs.has(head.epoch))) {
      this.#rewound = true;
      this.#listed = false;
      this.#runtime.logger.error(
        'The log went back in time; outward hops are held until an operator releases them.',
        { log: this.partitionKey, tail: head?.tail ?? 0 },
      );
    }
    this.#head = head;
    if (head && this.#rewound) this.#head = await this.#renewEpoch(head);
    this.#noteEpoch(this.#head);
    this.#headKnown = true;
  }

  #noteEpoch(head: Head | undefined): void {
    if (this.#epoch !== undefined && this.#epoch !== head?.epoch) this.#pastEpochs.add(this.#epoch);
    this.#epoch = head?.epoch;
  }

  async #renewEpoch(head: StoredHead): Promise<StoredHead> {
    const renewed = await this.#updateHead(head, { ...head, epoch: this.#runtime.entropy.uuid() });
    this.#pastEpochs.add(head.epoch);
    this.#rewound = false;
    return renewed;
  }

  async #updateHead(stored: StoredHead, head: Head): Promise<StoredHead> {
    const [etag] = await this.#tables.transact(ADJUSTMENT_LOG, this.partitionKey, [
      { kind: 'update', rowKey: HEAD_KEY, properties: headProperties(head), etag: stored.etag },
    ]);
    if (etag === undefined)
      throw new TableError('unknown', `No ETag came back for the head of ${this.partitionKey}.`);
    return { ...head, etag };
  }

  /** Tries until it is settled; whatever a failure leaves in doubt is read anew. */
  #untilSettled<Result>(attempt: () => Promise<Result>): Promise<Result> {
    return untilSettled(this.#runtime, this.partitionKey, attempt, (error) => {
      this.#headKnown = false;
      if (error instanceof LogRewoundError) this.#index.drop();
      if (error instanceof CheckpointDamagedError) this.#index.dropWithout(error.checkpointId);
      if (lostToAnother(error)) this.#fairness.lost();
    });
  }

  #dropIndex(drop: (index: IdIndex) => void): Promise<void> {
    return this.#inTurn(async () => {
      this.#headKnown = false;
      drop(this.#index);
    });
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    const note = (): void => this.#memory.used(this, this.#index.isLoaded ? this.#index.bytes : 0);
    this.#turn = result.then(note, note);
    return result;
  }
}
