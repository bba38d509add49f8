import type { Clock } from '../../shared/runtime/ports.ts';
import { Alarm } from './alarm.ts';
import type { QueueState } from './queueState.ts';
import type { QueuedMessage, ReceiveMode } from './queuedMessage.ts';

/** Somebody who is waiting for messages. */
export interface Consumer {
  readonly mode: ReceiveMode;
  /** Whether one more message can go out now. */
  ready(): boolean;
  deliver(message: QueuedMessage): void;
}

/** A queue, or a dead-letter queue, with its waiting consumers: its state machine set into time. */
export class QueueEntity {
  /** The path that clients address, e.g. `orders/$DeadLetterQueue`. */
  readonly path: string;
  readonly maxMessageSizeBytes: number;
  readonly #state: QueueState;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  #consumers: Consumer[] = [];

  constructor(path: string, maxMessageSizeBytes: number, state: QueueState, clock: Clock) {
    this.path = path;
    this.maxMessageSizeBytes = maxMessageSizeBytes;
    this.#state = state;
    this.#clock = clock;
    this.#alarm = new Alarm(clock, () => this.wake());
  }

  /** Runs `action` on the state as it is now, then hands out what has become ready. */
  run<Result>(action: (state: QueueState, now: number) => Result): Result {
    const now = this.#clock.now();
    this.#state.advance(now);
    const result = action(this.#state, now);
    this.#handOut(now);
    return result;
  }

  /** A consumer may have become ready, or time has passed. */
  wake(): void {
    this.run(() => undefined);
  }

  addConsumer(consumer: Consumer): void {
    this.#consumers.push(consumer);
    this.wake();
  }

  removeConsumer(consumer: Consumer): void {
    this.#consumers = this.#consumers.filter((other) => other !== consumer);
  }

  close(): void {
    this.#consumers = [];
    this.#alarm.stop();
  }

  #handOut(now: number): void {
    while (this.#state.hasActive()) {
      const turn = this.#consumers.findIndex((consumer) => consumer.ready());
      const [consumer] = turn < 0 ? [] : this.#consumers.splice(turn, 1);
      if (!consumer) break;
      // Whoever gets a message goes to the end of the line.
      this.#consumers.push(consumer);
      const message = this.#state.receive(consumer.mode, now);
      if (message) consumer.deliver(message);
    }
    const due = this.#state.nextDue();
    if (due !== undefined) this.#alarm.set(due);
  }
}
