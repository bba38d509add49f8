/**
 * Receives the messages of one queue in peek-lock for one function: completed when the handler succeeds, abandoned
 * when it throws (the service counts the delivery and dead-letters in the end), the lock renewed meanwhile.
 */
import type { ServiceBusClient, ServiceBusReceivedMessage } from '@azure/service-bus';
import type { Clock } from '../../shared/runtime/ports.ts';
import type { RegisteredFunction } from './coreModule.ts';
import { describeError } from './hostLog.ts';
import type { HostLog } from './hostLog.ts';
import type { Invoker } from './invoker.ts';
import { QueueSession } from './queueSession.ts';
import type { QueueSessionOptions } from './queueSession.ts';
import { messageBody, messageMetadata } from './serviceBusMessage.ts';

export interface ServiceBusTriggerOptions extends QueueSessionOptions {
  /** False: the function leaves a message that it handled to its lock's expiry. */
  readonly autoComplete: boolean;
  /** `dataType: 'binary'`: the body as bytes. */
  readonly binary: boolean;
}

const firstPauseMs = 250;
const longestPauseMs = 2_000;

export class ServiceBusTrigger {
  readonly #fn: RegisteredFunction;
  readonly #options: ServiceBusTriggerOptions;
  readonly #connect: () => ServiceBusClient;
  readonly #invoker: Invoker;
  readonly #clock: Clock;
  readonly #log: HostLog;
  readonly #stop = new AbortController();
  readonly #handling = new Set<Promise<void>>();
  #session: QueueSession | undefined;
  #down = false;
  #pauseMs = firstPauseMs;

  constructor(
    fn: RegisteredFunction,
    connect: () => ServiceBusClient,
    options: ServiceBusTriggerOptions,
    parts: { invoker: Invoker; clock: Clock; log: HostLog },
  ) {
    this.#fn = fn;
    this.#connect = connect;
    this.#options = options;
    this.#invoker = parts.invoker;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /** Begins to receive, and begins again within seconds whenever the broker is not there. */
  start(): void {
    this.#keepReceiving().catch((error: unknown) => {
      if (!this.#stop.signal.aborted) this.#write('error', `receives no more: ${describeError(error)}`);
    });
  }

  /** Takes no further message and resolves when those at hand are settled. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#session?.stop().catch(() => undefined);
    await Promise.allSettled(this.#handling);
  }

  /** Closes the connection, whatever still goes on. */
  async disconnect(): Promise<void> {
    this.#stop.abort();
    await this.#session?.discard();
  }

  async #keepReceiving(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const session = new QueueSession(this.#connect(), this.#options, {
        onOpen: () => {
          this.#opened();
        },
        onMessage: (message, from) => this.#track(this.#process(message, from)),
        onProblem: ({ errorSource, error }) => {
          this.#write('warning', `Service Bus (${errorSource}): ${error.message}`);
        },
      });
      this.#session = session;
      const reason = await session.lost;
      if (signal.aborted) return;
      if (!this.#down)
        this.#write(
          'warning',
          `cannot receive from queue "${this.#options.queueName}", trying on: ${reason}`,
        );
      this.#down = true;
      await session.discard();
      await this.#clock.sleep(this.#pauseMs, signal);
      this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
    }
  }

  #opened(): void {
    this.#pauseMs = firstPauseMs;
    if (this.#down) this.#write('information', `receives from queue "${this.#options.queueName}" again`);
    this.#down = false;
  }

  async #track(work: Promise<void>): Promise<void> {
    this.#handling.add(work);
    await work.finally(() => this.#handling.delete(work));
  }

  async #process(message: ServiceBusReceivedMessage, session: QueueSession): Promise<void> {
    let failed = false;
    try {
      await this.#invoker.invoke(this.#fn, {
        trigger: messageBody(message.body, this.#options.binary),
        triggerMetadata: messageMetadata(message),
      });
    } catch (error) {
      failed = true;
      const delivery = (message.deliveryCount ?? 0) + 1;
      this.#write(
        'error',
        `failed for message "${String(message.messageId)}" (delivery ${delivery}): ${describeError(error)}`,
      );
    }
    if (!failed && !this.#options.autoComplete) return;
    try {
      await session.settle(message, failed ? 'abandon' : 'complete');
    } catch (error) {
      // The lock or the connection is lost: the message comes again, and the function must cope with that anyway.
      const what = failed ? 'given back' : 'completed';
      this.#write(
        'warning',
        `message "${String(message.messageId)}" could not be ${what}, so it comes again: ${(error as Error).message}`,
      );
    }
  }

  #write(level: 'information' | 'warning' | 'error', message: string): void {
    this.#log.write({ level, category: 'system', message, functionName: this.#fn.metadata.name });
  }
}
