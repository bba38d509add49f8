/**
 * One connection's life: a client and its receiver on a queue, from the attempt to connect until the connection is
 * lost. The SDK would reconnect by itself, but after 30 s by default, and it stands still for a minute or more when
 * the connection breaks while it opens its management link. So a lost session is thrown away whole.
 */
import type { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { abortable } from './abortable.ts';
import type {
  ProcessErrorArgs,
  ServiceBusClient,
  ServiceBusReceivedMessage,
  ServiceBusReceiver,
} from '@azure/service-bus';

export interface QueueSessionOptions {
  readonly queueName: string;
  /** Messages handed over at once. */
  readonly maxConcurrentCalls: number;
  /** Milliseconds for which a message's lock is renewed while its handler runs. */
  readonly maxAutoLockRenewalMs: number;
}

export interface QueueSessionEvents {
  /** The queue can be received from. */
  onOpen(): void;
  /** Must settle the message; the next one comes when it is done. */
  onMessage(message: ServiceBusReceivedMessage, session: QueueSession): Promise<void>;
  /** Something failed that does not end the session (a lock could not be renewed). */
  onProblem(problem: ProcessErrorArgs): void;
}

/** The SDK's connection, which is not in its public types. Without it, a loss is noticed by the receiver's error. */
interface WithConnection {
  readonly _connectionContext?: { readonly connection?: EventEmitter };
}

export class QueueSession {
  /** Resolves with the reason when the session can receive no more. */
  readonly lost: Promise<string>;
  readonly #client: ServiceBusClient;
  readonly #receiver: ServiceBusReceiver;
  readonly #subscription: { close(): Promise<void> };
  readonly #ended = new AbortController();
  readonly #lost = new AbortController();

  constructor(client: ServiceBusClient, options: QueueSessionOptions, events: QueueSessionEvents) {
    this.#client = client;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.lost = promise;
    const lose = (reason: string): void => {
      this.#lost.abort(new Error(reason));
      resolve(reason);
    };
    const { connection } = (client as unknown as WithConnection)._connectionContext ?? {};
    connection?.once('disconnected', (context: { error?: Error }) => {
      lose(context.error?.message ?? 'the connection was closed');
    });
    const receiver = client.createReceiver(options.queueName, {
      receiveMode: 'peekLock',
      maxAutoLockRenewalDurationInMs: options.maxAutoLockRenewalMs,
      skipParsingBodyAsJson: true,
    });
    this.#receiver = receiver;
    const handlers = {
      processMessage: async (message: ServiceBusReceivedMessage) => {
        if (this.#ended.signal.aborted) await receiver.abandonMessage(message);
        else await events.onMessage(message, this);
      },
      processError: async (problem: ProcessErrorArgs) => {
        if (this.#ended.signal.aborted) return;
        if (problem.errorSource === 'receive') lose(problem.error.message);
        else events.onProblem(problem);
      },
      // Not in the SDK's public types either: called when the receiving link is there. Only the log hangs on it.
      postInitialize: async () => {
        if (!this.#ended.signal.aborted) events.onOpen();
      },
    };
    this.#subscription = receiver.subscribe(handlers, {
      autoCompleteMessages: false,
      maxConcurrentCalls: options.maxConcurrentCalls,
      abortSignal: this.#ended.signal,
    });
  }

  /**
   * Settles a message.
   * @throws when it cannot be settled (the message then comes again), at once when the session is lost
   */
  async settle(message: ServiceBusReceivedMessage, how: 'complete' | 'abandon'): Promise<void> {
    const { signal } = this.#lost;
    signal.throwIfAborted();
    const settled =
      how === 'complete' ? this.#receiver.completeMessage(message) : this.#receiver.abandonMessage(message);
    await abortable(settled, signal);
  }

  /** Takes no further message; those at hand can still be settled. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#subscription.close();
  }

  /** Throws the session away. A client that cannot even close (its connection is half gone) is left behind. */
  async discard(): Promise<void> {
    this.#ended.abort();
    const closed = this.#receiver
      .close()
      .then(() => this.#client.close())
      .catch(() => undefined);
    await Promise.race([closed, delay(1_000, undefined, { ref: false })]);
  }
}
