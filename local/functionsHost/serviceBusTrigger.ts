/**
 * Receives the messages of one queue in peek-lock for one function: completed when the handler succeeds, abandoned
 * when it throws (the service counts the delivery and dead-letters in the end), the lock renewed meanwhile.
 */
import type {
  ProcessErrorArgs,
  ServiceBusClient,
  ServiceBusReceivedMessage,
  ServiceBusReceiver,
} from '@azure/service-bus';
import type { RegisteredFunction } from './coreModule.ts';
import { describeError } from './hostLog.ts';
import type { HostLog } from './hostLog.ts';
import type { HostJson } from './hostJson.ts';
import type { Invoker } from './invoker.ts';
import { messageBody, messageMetadata } from './serviceBusMessage.ts';

export interface ServiceBusTriggerOptions {
  readonly queueName: string;
  readonly serviceBus: HostJson['serviceBus'];
  /** False: the function leaves a message that it handled to its lock's expiry. */
  readonly autoComplete: boolean;
  /** `dataType: 'binary'`: the body as bytes. */
  readonly binary: boolean;
}

export class ServiceBusTrigger {
  readonly #fn: RegisteredFunction;
  readonly #options: ServiceBusTriggerOptions;
  readonly #receiver: ServiceBusReceiver;
  readonly #invoker: Invoker;
  readonly #log: HostLog;
  readonly #stop = new AbortController();
  readonly #handling = new Set<Promise<void>>();
  #subscription: { close(): Promise<void> } | undefined;
  #connection: 'unknown' | 'up' | 'down' = 'unknown';

  constructor(
    fn: RegisteredFunction,
    client: ServiceBusClient,
    options: ServiceBusTriggerOptions,
    parts: { invoker: Invoker; log: HostLog },
  ) {
    this.#fn = fn;
    this.#options = options;
    this.#invoker = parts.invoker;
    this.#log = parts.log;
    this.#receiver = client.createReceiver(options.queueName, {
      receiveMode: 'peekLock',
      maxAutoLockRenewalDurationInMs: options.serviceBus.maxAutoLockRenewalMs,
      skipParsingBodyAsJson: true,
    });
  }

  /** Begins to receive. A broker that is not there is tried again until it is. */
  start(): void {
    const handlers = {
      processMessage: (message: ServiceBusReceivedMessage) => this.#track(this.#process(message)),
      processError: async (problem: ProcessErrorArgs) => {
        this.#onError(problem);
      },
      // Not in the SDK's public types: called each time the receiving link is there. Only the log hangs on it.
      postInitialize: async () => {
        this.#connected();
      },
    };
    this.#subscription = this.#receiver.subscribe(handlers, {
      autoCompleteMessages: false,
      maxConcurrentCalls: this.#options.serviceBus.maxConcurrentCalls,
      abortSignal: this.#stop.signal,
    });
  }

  /** Takes no further message. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#subscription?.close();
  }

  /** Resolves when every message at hand is settled. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#handling);
  }

  async #track(work: Promise<void>): Promise<void> {
    this.#handling.add(work);
    await work.finally(() => this.#handling.delete(work));
  }

  async #process(message: ServiceBusReceivedMessage): Promise<void> {
    this.#connected();
    if (this.#stop.signal.aborted) {
      await this.#settle(message, 'abandon');
      return;
    }
    try {
      await this.#invoker.invoke(this.#fn, {
        trigger: messageBody(message.body, this.#options.binary),
        triggerMetadata: messageMetadata(message),
      });
    } catch (error) {
      const delivery = (message.deliveryCount ?? 0) + 1;
      this.#write(
        'error',
        `failed for message "${String(message.messageId)}" (delivery ${delivery}): ${describeError(error)}`,
      );
      await this.#settle(message, 'abandon');
      return;
    }
    if (this.#options.autoComplete) await this.#settle(message, 'complete');
  }

  /** Settles; a message whose lock is lost comes again, so that is worth a line and nothing else. */
  async #settle(message: ServiceBusReceivedMessage, how: 'complete' | 'abandon'): Promise<void> {
    try {
      if (how === 'complete') await this.#receiver.completeMessage(message);
      else await this.#receiver.abandonMessage(message);
    } catch (error) {
      this.#write(
        'warning',
        `could not ${how} message "${String(message.messageId)}", so it is delivered again: ${(error as Error).message}`,
      );
    }
  }

  #onError({ error, errorSource }: ProcessErrorArgs): void {
    if (this.#stop.signal.aborted) return;
    if (errorSource !== 'receive') {
      this.#write('warning', `Service Bus (${errorSource}): ${error.message}`);
      return;
    }
    if (this.#connection === 'down') return;
    this.#connection = 'down';
    this.#write(
      'warning',
      `cannot receive from queue "${this.#options.queueName}", trying on: ${error.message}`,
    );
  }

  #connected(): void {
    if (this.#connection === 'down')
      this.#write('information', `receives from queue "${this.#options.queueName}" again`);
    this.#connection = 'up';
  }

  #write(level: 'information' | 'warning' | 'error', message: string): void {
    this.#log.write({ level, category: 'system', message, functionName: this.#fn.metadata.name });
  }
}
