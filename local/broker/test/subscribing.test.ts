import type { ProcessErrorArgs, ServiceBusReceivedMessage } from '@azure/service-bus';
import { describe, expect, test } from 'vitest';
import { orders, receiveOne } from './fixture.ts';

/** Resolves when `count` messages have been handled. */
function counter(count: number) {
  const bodies: unknown[] = [];
  const { promise: done, resolve, reject } = Promise.withResolvers<unknown[]>();
  return {
    done,
    processMessage: async (message: ServiceBusReceivedMessage) => {
      bodies.push(message.body);
      if (bodies.length === count) resolve(bodies);
    },
    processError: async ({ error }: ProcessErrorArgs) => reject(error),
  };
}

describe('a subscription', () => {
  test('completes what its handler has handled, many at a time', async () => {
    const { sender, receiver, broker } = await orders();
    const handled = counter(500);
    receiver.subscribe(handled, { maxConcurrentCalls: 20 });
    await sender.sendMessages(Array.from({ length: 500 }, (_, index) => ({ body: index })));
    expect(new Set(await handled.done).size).toBe(500);
    await receiver.close();
    expect(broker.counts('orders')).toMatchObject({ active: 0, locked: 0 });
  });

  test('goes on beyond the 2,048 deliveries that a client holds, and the 8,192 that the broker holds', async () => {
    const { sender, receiver } = await orders();
    const handled = counter(10_000);
    receiver.subscribe(handled, { maxConcurrentCalls: 100 });
    for (let sent = 0; sent < 10_000; sent += 2000) {
      await sender.sendMessages(Array.from({ length: 2000 }, (_, index) => ({ body: sent + index })));
    }
    expect(new Set(await handled.done).size).toBe(10_000);
  });

  test('is handed no more than its client has room for: what cannot be written is not locked', async () => {
    const { sender, receiver, broker } = await orders();
    const handled = counter(2048);
    const never = new Promise<void>(() => undefined);
    receiver.subscribe(
      { ...handled, processMessage: (message) => handled.processMessage(message).then(() => never) },
      { maxConcurrentCalls: 3000 },
    );
    for (let batches = 0; batches < 2; batches += 1) {
      await sender.sendMessages(Array.from({ length: 1500 }, (_, index) => ({ body: index })));
    }
    await handled.done;
    expect(broker.counts('orders')).toMatchObject({ active: 3000 - 2048, locked: 2048 });
  });

  test('whose handler throws has its messages dead-lettered in the end', async () => {
    const { sender, receiver, deadLetters } = await orders({ maxDeliveryCount: 3 });
    const counts: unknown[] = [];
    receiver.subscribe({
      processMessage: async (message) => {
        counts.push(message.deliveryCount);
        throw new Error('cannot handle it');
      },
      processError: async () => undefined,
    });
    await sender.sendMessages({ body: 1 });
    expect(await receiveOne(deadLetters)).toMatchObject({ deadLetterReason: 'MaxDeliveryCountExceeded' });
    expect(counts).toEqual([0, 1, 2]);
  });

  test('settles by hand, and keeps its lock by renewal while the handler works on', async () => {
    const { sender, receiver, broker } = await orders({ lockDurationMs: 1500 });
    const renewed = Promise.withResolvers<void>();
    const settled = Promise.withResolvers<void>();
    receiver.subscribe(
      {
        processMessage: async (message) => {
          const first = message.lockedUntilUtc?.getTime() ?? 0;
          while ((message.lockedUntilUtc?.getTime() ?? 0) < first + 1000) {
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
          renewed.resolve();
          await receiver.completeMessage(message);
          settled.resolve();
        },
        processError: async ({ error }) => settled.reject(error),
      },
      { autoCompleteMessages: false },
    );
    await sender.sendMessages({ body: 1 });
    await renewed.promise;
    await settled.promise;
    expect(broker.counts('orders')).toMatchObject({ active: 0, locked: 0, deadLettered: 0 });
  });
});
