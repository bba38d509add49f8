/**
 * Queue messages on their way to the function of a scripted layer: through the AMQP broker and the Service Bus client, by
 * the layer's own clock. The broker's queue counts deliveries, and dead-letters what fails too often.
 */
import { ServiceBusClient } from '@azure/service-bus';
import { startBroker } from '../../local/broker/broker.ts';
import { postQueuedPackage } from '../../shared/app/postQueuedPackage.ts';
import { JOURNAL_PACKAGE_QUEUE, type JournalPackageQueue } from '../../shared/queue/journalPackageQueue.ts';
import { serviceBusQueue } from '../../shared/queue/serviceBusQueue.ts';
import type { Clock } from '../../shared/runtime/ports.ts';
import { systemClock } from '../../shared/runtime/systemRuntime.ts';
import { ScriptedLayer } from './scriptedLayer.ts';
import { type FakeClock, NumberedEntropy } from './scriptedPorts.ts';
import { until } from './until.ts';

export interface QueueDelivery {
  /** The layer whose messages are delivered. */
  readonly instance: ScriptedLayer;
  /** Delivers what is due, each in its time, until the clock is there. */
  until(end: number): Promise<void>;
  /** Messages that wait, now or for their time. */
  waiting(): number;
  /** Messages that were delivered too often in vain. */
  deadLettered(): number;
  close(): Promise<void>;
}

/** The scripted clock, as the broker waits by it. */
class BrokerClock implements Clock {
  readonly #clock: FakeClock;
  readonly #sleepers = new Map<() => void, number>();

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sleepers.set(resolve, this.now() + milliseconds);
      signal?.addEventListener(
        'abort',
        () => {
          this.#sleepers.delete(resolve);
          reject(signal.reason as Error);
        },
        { once: true },
      );
    });
  }

  goTo(time: number): void {
    this.#clock.advance(Math.max(0, time - this.now()));
    for (const [wake, due] of this.#sleepers) {
      if (due > this.now()) continue;
      this.#sleepers.delete(wake);
      wake();
    }
  }
}

/**
 * Another instance on the tables and ends of the layer, whose messages go through a broker of their own. They are settled
 * as the Functions host does it: completed, or, when the function throws, given back at once.
 */
export async function throughBroker({ ends, tables }: ScriptedLayer): Promise<QueueDelivery> {
  const clock = new BrokerClock(ends.clock);
  const broker = await startBroker({ queues: { [JOURNAL_PACKAGE_QUEUE]: {} }, clock });
  const queue = serviceBusQueue({
    clock: systemClock,
    entropy: new NumberedEntropy(),
    connect: (options) => Promise.resolve(new ServiceBusClient(broker.connectionString, options)),
  });
  const times = new Set<number>();
  const noting: JournalPackageQueue = {
    send: (messages, notBefore) => {
      if (notBefore !== undefined) times.add(notBefore);
      return queue.send(messages, notBefore);
    },
  };
  const instance = new ScriptedLayer(tables, ends, { queue: noting, dynamics: () => ends });
  const client = new ServiceBusClient(broker.connectionString);
  const receiver = client.createReceiver(JOURNAL_PACKAGE_QUEUE, { maxAutoLockRenewalDurationInMs: 0 });
  receiver.subscribe(
    {
      processMessage: ({ body }) => postQueuedPackage(instance.layer, body),
      processError: () => Promise.resolve(),
    },
    { autoCompleteMessages: true, maxConcurrentCalls: 32 },
  );
  const counts = () => broker.counts(JOURNAL_PACKAGE_QUEUE);
  const allHandled = () =>
    until(
      'all messages that are due are settled',
      () => Promise.resolve(counts().active + counts().locked === 0),
      { pauseMs: 2 },
    );
  return {
    instance,
    until: async (end) => {
      for (;;) {
        await allHandled();
        const next = Math.min(...[...times].filter((time) => time > ends.clock.now()));
        if (next > end) return;
        times.delete(next);
        clock.goTo(next);
      }
    },
    waiting: () => counts().active + counts().locked + counts().scheduled,
    deadLettered: () => counts().deadLettered,
    close: async () => {
      await client.close();
      await queue.close();
      await broker.close();
    },
  };
}
