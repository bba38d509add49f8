/**
 * Appends to one log, in one instance. Requests that arrive while an append is in flight are committed together in the
 * next one. A group is looked up against one snapshot of the index at tail t and written as batch t+1 and nothing
 * else; anything but success means: catch up, look the whole group up again, compose it anew.
 */
import type { Runtime } from '../runtime/ports.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import { TableError, type TableOperation, type TableStore } from '../tables/tableStore.ts';
import { type AppendLine, composeGroup, type Composition } from './appendGroup.ts';
import { AppendQueue, type AppendRequest, type AppendResult, type WaitingAppend } from './appendQueue.ts';
import { batchInsert } from './batchRow.ts';
import { CheckpointDamagedError } from './checkpoints/loadedCheckpoint.ts';
import { Fairness } from './fairness.ts';
import { type Head, headProperties, isHeld, type StoredHead } from './headRow.ts';
import { IdIndex } from './idIndex.ts';
import { identify, type Identity, LogRewoundError } from './identify.ts';
import { idsInsert, type IdsRow, newIdsRow } from './idsRow.ts';
import { DamagedRowError, UnknownRowVersionError } from './packedRow.ts';
import { ADJUSTMENT_LOG, HEAD_KEY, partitionKeyOf } from './rowKeys.ts';
import { ensureLogListed } from './logDirectory.ts';
import { createdInsert } from './stateRows.ts';
import { inlineSyncInserts } from './syncRow.ts';

/** How long an append tries before the request is told to come back. */
const APPEND_BUDGET_MS = 15_000;
const PAUSE_AFTER_UNKNOWN_MS = 100;

export class LogWriter {
  readonly partitionKey: string;
  readonly #tables: TableStore;
  readonly #runtime: Runtime;
  readonly #environmentKey: string;
  readonly #organizationKey: string;
  readonly #organizationId: string;
  readonly #index: IdIndex;
  readonly #fairness = new Fairness();
  readonly #queue = new AppendQueue();
  #head: StoredHead | undefined;
  /** Whether #head is what storage said last, or what this writer wrote last. */
  #headKnown = false;
  #rewound = false;
  #listed = false;
  #running = false;
  /** Tail of the chain of calls that use the index one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    tables: TableStore,
    runtime: Runtime,
    log: { environmentKey: string; organizationKey: string; organizationId: string },
  ) {
    this.#tables = tables;
    this.#runtime = runtime;
    this.#environmentKey = log.environmentKey;
    this.#organizationKey = log.organizationKey;
    this.#organizationId = log.organizationId;
    this.partitionKey = partitionKeyOf(log.environmentKey, log.organizationKey);
    this.#index = new IdIndex(tables, this.partitionKey);
  }

  /**
   * Stores the new lines of a request; resolves when all of its lines, duplicates included, are durable.
   * @throws DependencyError when it could not be stored or the outcome is unknown; BatchTooLargeError
   */
  append(request: AppendRequest): Promise<AppendResult> {
    const result = this.#queue.push(request);
    if (!this.#running) void this.#drain();
    return result;
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
        await this.#catchUp();
        return this.#head;
      }),
    );
    return head !== undefined && isHeld(head);
  }

  /**
   * Lets outward hops go on in the log's present epoch. Resolves with whether they had been held.
   * @throws DependencyError
   */
  release(): Promise<boolean> {
    return this.#inTurn(() =>
      this.#untilSettled(async () => {
        await this.#catchUp();
        const head = this.#head;
        if (head === undefined || !isHeld(head)) return false;
        this.#head = await this.#updateHead(head, { ...head, releasedEpoch: head.epoch });
        return true;
      }),
    );
  }

  /** Writes a checkpoint of the id index when `dueIds` ids or more stand after the newest one. @throws DependencyError */
  async checkpoint(dueIds: number): Promise<boolean> {
    if (this.#index.recentCount < dueIds) return false;
    await this.#inTurn(() =>
      this.#untilSettled(async () => {
        this.#headKnown = false;
        await this.#index.writeCheckpoint(this.#runtime.entropy.uuid());
        await this.#catchUp();
      }),
    );
    return true;
  }

  async #drain(): Promise<void> {
    this.#running = true;
    try {
      while (!this.#queue.isEmpty) {
        const wait = this.#fairness.waitBeforeNext(this.#runtime.clock.now());
        if (wait > 0) await this.#runtime.clock.sleep(wait);
        const group = this.#queue.takeGroup();
        try {
          await this.#inTurn(() => this.#commit(group));
        } catch (error) {
          for (const request of group) request.reject(error);
        }
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
      if (composed.fresh.length > 0) await this.#write(next, composed, inlineSync);
      return { composition: composed, seq: next };
    });
    group.forEach((request, index) => {
      const outcomes = composition.outcomes[index] ?? [];
      const began = inlineSync && composition.fresh.length > 0;
      request.resolve(began ? { outcomes, sync: seq } : { outcomes });
    });
  }

  /** One entity group transaction: the batch, its ids, its state row and the head. */
  async #write(seq: number, { fresh }: Composition, inlineSync: boolean): Promise<void> {
    if (!this.#listed) {
      await ensureLogListed(this.#tables, this.#environmentKey, this.#organizationKey, this.#organizationId);
      this.#listed = true;
    }
    const { entropy, clock } = this.#runtime;
    const batchId = entropy.uuid();
    const now = clock.now();
    const ids = newIdsRow(seq, batchId, this.#index.tailBatchId, fresh);
    const head: Head = { ...(this.#head ?? this.#firstHead()), tail: seq, batchId };
    const state = inlineSync
      ? inlineSyncInserts(seq, fresh.length, now)
      : [createdInsert(seq, fresh.length, now)];
    const operations: TableOperation[] = [
      batchInsert(
        seq,
        batchId,
        now,
        fresh.map(({ line }) => line),
      ),
      idsInsert(ids),
      ...state,
      this.#head
        ? { kind: 'update', rowKey: HEAD_KEY, properties: headProperties(head), etag: this.#head.etag }
        : { kind: 'insert', rowKey: HEAD_KEY, properties: headProperties(head) },
    ];
    this.#headKnown = false;
    const etags = await this.#tables.transact(ADJUSTMENT_LOG, this.partitionKey, operations);
    const etag = etags.at(-1);
    this.#fairness.won(clock.now());
    this.#rewound = false;
    this.#index.extend(ids);
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
    if (rewound) {
      this.#rewound = true;
      this.#listed = false;
      this.#runtime.logger.error(
        'The log went back in time; outward hops are held until an operator releases them.',
        {
          log: this.partitionKey,
          tail: head?.tail ?? 0,
        },
      );
    }
    this.#head = head;
    if (head && this.#rewound) this.#head = await this.#renewEpoch(head);
    this.#headKnown = true;
  }

  async #renewEpoch(head: StoredHead): Promise<StoredHead> {
    const renewed = await this.#updateHead(head, { ...head, epoch: this.#runtime.entropy.uuid() });
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

  /** Runs a try until it succeeds or the budget is spent; every failure of storage makes the next one start over. */
  async #untilSettled<Result>(attempt: () => Promise<Result>): Promise<Result> {
    const { clock } = this.#runtime;
    const deadline = clock.now() + APPEND_BUDGET_MS;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        this.#headKnown = false;
        if (error instanceof LogRewoundError) this.#index.drop();
        else if (error instanceof CheckpointDamagedError) this.#index.dropWithout(error.checkpointId);
        else if (!(error instanceof TableError) || error.failure === 'invalid') {
          throw error instanceof UnknownRowVersionError || error instanceof DamagedRowError
            ? new DependencyError('Table Storage', error.message, { cause: error })
            : error;
        } else if (error.failure === 'unreachable' || clock.now() >= deadline) {
          throw new DependencyError('Table Storage', error.message, { cause: error, retryAfterMs: 1_000 });
        } else if (error.failure === 'unknown' || error.failure === 'busy') {
          await clock.sleep(PAUSE_AFTER_UNKNOWN_MS * (1 + this.#runtime.entropy.fraction()));
        } else {
          this.#fairness.lost();
        }
        if (clock.now() >= deadline)
          throw new DependencyError(
            'Table Storage',
            `the log ${this.partitionKey} could not be written in time`,
            {
              cause: error,
              retryAfterMs: 1_000,
            },
          );
      }
    }
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
