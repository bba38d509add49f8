/**
 * The state machine of one queue or dead-letter queue, without time, chance or I/O of its own: every call is told the
 * time. States and moves are those of Azure Service Bus
 * (https://learn.microsoft.com/azure/service-bus-messaging/message-transfers-locks-settlement).
 */
import { withApplicationProperties, type EncodedMap } from './messageCodec.ts';
import { MinHeap } from './minHeap.ts';
import { deadLetterProperties } from './deadLetterProperties.ts';
import { DuplicateIds } from './duplicateIds.ts';
import type { Outcome, QueueCounts, QueuedMessage, ReceiveMode, Submission } from './queuedMessage.ts';
import type { QueueRules } from './queueOptions.ts';

interface Deadline {
  readonly kind: 'lock' | 'expiry' | 'schedule';
  readonly at: number;
  readonly sequenceNumber: number;
}

export class QueueState {
  readonly #rules: QueueRules;
  readonly #newLockToken: () => string;
  readonly #moveToDeadLetter: ((message: QueuedMessage) => void) | undefined;
  readonly #messages = new Map<number, QueuedMessage>();
  readonly #locked = new Map<string, QueuedMessage>();
  /** Sequence numbers that may be active; those that are not any more are skipped when they come up. */
  readonly #ready = new MinHeap<number>((sequenceNumber) => sequenceNumber);
  /** Deadlines that may still hold; checked when they come up. */
  readonly #deadlines = new MinHeap<Deadline>((deadline) => deadline.at);
  readonly #duplicates: DuplicateIds | undefined;
  #lastSequenceNumber = 0;

  /**
   * Without `moveToDeadLetter` the queue is itself a dead-letter queue: what would be dead-lettered stays, however
   * often its delivery fails.
   */
  constructor(
    rules: QueueRules,
    newLockToken: () => string,
    moveToDeadLetter?: (message: QueuedMessage) => void,
  ) {
    this.#rules = rules;
    const window = rules.duplicateDetectionWindowMs;
    this.#duplicates = window === undefined ? undefined : new DuplicateIds(window);
    this.#newLockToken = newLockToken;
    this.#moveToDeadLetter = moveToDeadLetter;
  }

  /** Takes a message in and answers its sequence number; of a duplicate, which is dropped, that of the first one. */
  enqueue(submission: Submission, now: number): number {
    const first = this.#duplicates?.firstWith(submission.messageId, now);
    if (first !== undefined) return first;
    const { content, scheduledFor } = submission;
    const scheduled = scheduledFor !== undefined && scheduledFor > now;
    const limit = Math.min(submission.timeToLiveMs ?? Infinity, this.#rules.defaultTtlMs ?? Infinity);
    const message: QueuedMessage = {
      sequenceNumber: ++this.#lastSequenceNumber,
      content,
      state: scheduled ? 'scheduled' : 'active',
      timeToLiveMs: limit === Infinity ? undefined : limit,
      scheduledFor,
      enqueuedAt: now,
      expiresAt: undefined,
      deliveryCount: 0,
      lock: undefined,
      deadLetterSource: undefined,
    };
    this.#duplicates?.remember(submission.messageId, message.sequenceNumber, now);
    this.#messages.set(message.sequenceNumber, message);
    if (scheduled) this.#setDeadline('schedule', scheduledFor, message);
    else this.#activate(message, now);
    return message.sequenceNumber;
  }

  /** Takes over a message that the main queue dead-lettered; its sequence number stays. */
  adopt(message: QueuedMessage): void {
    message.state = 'active';
    message.expiresAt = undefined;
    this.#messages.set(message.sequenceNumber, message);
    this.#ready.push(message.sequenceNumber);
  }

  /** The next active message: locked, or in receive-and-delete mode removed. */
  receive(mode: ReceiveMode, now: number): QueuedMessage | undefined {
    if (!this.hasActive()) return undefined;
    const message = this.#messages.get(this.#ready.pop() ?? 0);
    if (message) this.#take(message, mode, now);
    return message;
  }

  hasActive(): boolean {
    for (;;) {
      const next = this.#ready.peek();
      if (next === undefined) return false;
      const message = this.#messages.get(next);
      if (message?.state === 'active' && !message.lock) return true;
      this.#ready.pop();
    }
  }

  /** The deferred messages of these sequence numbers; undefined, and nothing is taken, when one is not to be had. */
  receiveDeferred(
    sequenceNumbers: readonly number[],
    mode: ReceiveMode,
    now: number,
  ): QueuedMessage[] | undefined {
    const found = this.#all(sequenceNumbers, (message) => message.state === 'deferred' && !message.lock);
    for (const message of found ?? []) this.#take(message, mode, now);
    return found;
  }

  /** False when the lock is lost or was never given. */
  settle(lockToken: string, outcome: Outcome, now: number): boolean {
    const message = this.#locked.get(lockToken);
    if (!message) return false;
    if ('properties' in outcome) {
      message.content = withApplicationProperties(message.content, outcome.properties);
    }
    switch (outcome.kind) {
      case 'completed':
        this.#remove(message);
        break;
      case 'deferred':
        message.state = 'deferred';
        this.#unlock(message);
        break;
      case 'deadLettered':
        if (this.#moveToDeadLetter) this.#deadLetter(message, new Map());
        else this.#giveBack(message, 1, now);
        break;
      case 'abandoned':
        this.#giveBack(message, 1, now);
        break;
      case 'released':
        this.#giveBack(message, 0, now);
        break;
    }
    return true;
  }

  /** Until when the lock holds now; undefined when it is lost. */
  renewLock(lockToken: string, now: number): number | undefined {
    const message = this.#locked.get(lockToken);
    if (!message?.lock) return undefined;
    message.lock.until = now + this.#rules.lockDurationMs;
    this.#setDeadline('lock', message.lock.until, message);
    return message.lock.until;
  }

  /** False, and nothing is cancelled, when one of the messages is not scheduled. */
  cancelScheduled(sequenceNumbers: readonly number[]): boolean {
    const found = this.#all(sequenceNumbers, (message) => message.state === 'scheduled');
    for (const message of found ?? []) this.#remove(message);
    return found !== undefined;
  }

  /** Up to `limit` messages of any state from sequence number `from` on, in order, left as they are. */
  peek(from: number, limit: number): QueuedMessage[] {
    return Array.from(this.#messages.values())
      .filter((message) => message.sequenceNumber >= from)
      .sort((a, b) => a.sequenceNumber - b.sequenceNumber)
      .slice(0, limit);
  }

  counts(): QueueCounts {
    const counts = { active: 0, locked: 0, deferred: 0, scheduled: 0 };
    for (const message of this.#messages.values()) counts[message.lock ? 'locked' : message.state] += 1;
    return counts;
  }

  /** Applies everything that has become due: locks that ended, times to live, scheduled messages. */
  advance(now: number): void {
    for (let next = this.#nextDeadline(); next && next.at <= now; next = this.#nextDeadline()) {
      this.#deadlines.pop();
      const message = this.#messages.get(next.sequenceNumber);
      if (!message) continue;
      if (next.kind === 'lock') this.#giveBack(message, 1, now);
      else if (next.kind === 'expiry') this.#expire(message);
      else {
        message.state = 'active';
        message.enqueuedAt = next.at;
        this.#activate(message, next.at);
      }
    }
  }

  /** When `advance` has something to do next. */
  nextDue(): number | undefined {
    return this.#nextDeadline()?.at;
  }

  #nextDeadline(): Deadline | undefined {
    for (;;) {
      const next = this.#deadlines.peek();
      if (next === undefined || this.#holds(next)) return next;
      this.#deadlines.pop();
    }
  }

  #holds({ kind, at, sequenceNumber }: Deadline): boolean {
    const message = this.#messages.get(sequenceNumber);
    if (!message) return false;
    if (kind === 'lock') return message.lock?.until === at;
    if (kind === 'schedule') return message.state === 'scheduled';
    return message.state === 'active' && !message.lock && message.expiresAt === at;
  }

  #setDeadline(kind: Deadline['kind'], at: number, { sequenceNumber }: QueuedMessage): void {
    this.#deadlines.push({ kind, at, sequenceNumber });
  }

  #activate(message: QueuedMessage, now: number): void {
    if (message.timeToLiveMs !== undefined) message.expiresAt = now + message.timeToLiveMs;
    this.#offer(message);
  }

  #offer(message: QueuedMessage): void {
    this.#ready.push(message.sequenceNumber);
    if (message.expiresAt !== undefined) this.#setDeadline('expiry', message.expiresAt, message);
  }

  #take(message: QueuedMessage, mode: ReceiveMode, now: number): void {
    if (mode === 'receiveAndDelete') {
      this.#remove(message);
      return;
    }
    message.lock = { token: this.#newLockToken(), until: now + this.#rules.lockDurationMs };
    this.#locked.set(message.lock.token, message);
    this.#setDeadline('lock', message.lock.until, message);
  }

  #unlock(message: QueuedMessage): void {
    if (message.lock) this.#locked.delete(message.lock.token);
    message.lock = undefined;
  }

  #remove(message: QueuedMessage): void {
    this.#unlock(message);
    this.#messages.delete(message.sequenceNumber);
  }

  /** A delivery ended without a decision: the message stands again where it stood, or has failed too often. */
  #giveBack(message: QueuedMessage, failures: 0 | 1, now: number): void {
    this.#unlock(message);
    message.deliveryCount += failures;
    const limit = this.#rules.maxDeliveryCount;
    if (this.#moveToDeadLetter && message.deliveryCount >= limit) {
      const description = `Message could not be consumed after ${limit} delivery attempts.`;
      this.#deadLetter(message, deadLetterProperties('MaxDeliveryCountExceeded', description));
    } else if (message.state === 'active') {
      if (message.expiresAt !== undefined && message.expiresAt <= now) this.#expire(message);
      else this.#offer(message);
    }
  }

  #expire(message: QueuedMessage): void {
    const description = 'The message expired and was dead lettered.';
    if (this.#rules.deadLetterOnExpiration) {
      this.#deadLetter(message, deadLetterProperties('TTLExpiredException', description));
    } else this.#remove(message);
  }

  #deadLetter(message: QueuedMessage, properties: EncodedMap): void {
    this.#remove(message);
    message.content = withApplicationProperties(message.content, properties);
    this.#moveToDeadLetter?.(message);
  }

  #all(
    sequenceNumbers: readonly number[],
    wanted: (message: QueuedMessage) => boolean,
  ): QueuedMessage[] | undefined {
    const found: QueuedMessage[] = [];
    for (const sequenceNumber of new Set(sequenceNumbers)) {
      const message = this.#messages.get(sequenceNumber);
      if (!message || !wanted(message)) return undefined;
      found.push(message);
    }
    return found;
  }
}
