import { describe, expect, test } from 'vitest';
import type { QueueOptions } from '../queueOptions.ts';
import { orders, receive, receiveOne } from './fixture.ts';
import { ManualClock } from './manualClock.ts';

async function timed(queue: QueueOptions = {}) {
  const clock = new ManualClock();
  return { clock, ...(await orders(queue, { clock })) };
}

describe('a lock', () => {
  test('that ends gives the message to the one who waits; settling or renewing it late fails', async () => {
    const { clock, client, sender, receiver } = await timed({ lockDurationMs: 5000 });
    await sender.sendMessages({ body: 1 });
    const late = await receiveOne(receiver);
    const waiting = receiveOne(client.createReceiver('orders'));
    clock.advance(5000);
    expect(await waiting).toMatchObject({ deliveryCount: 1 });
    await expect(receiver.renewMessageLock(late)).rejects.toMatchObject({ code: 'MessageLockLost' });
    await expect(receiver.completeMessage(late)).rejects.toMatchObject({ code: 'MessageLockLost' });
  });

  test('that is lost spoils no neighbour that is settled in the same moment', async () => {
    const { clock, sender, receiver, broker } = await timed({ lockDurationMs: 5000 });
    await sender.sendMessages([{ body: 'kept' }, { body: 'lost' }]);
    const [kept, lost] = await receive(receiver, 2);
    if (!kept || !lost) throw new Error('two messages were expected');
    clock.advance(4000);
    await receiver.renewMessageLock(kept);
    clock.advance(1000);
    const results = await Promise.allSettled([
      receiver.completeMessage(kept),
      receiver.completeMessage(lost),
    ]);
    expect(results).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'MessageLockLost' } }]);
    expect(broker.counts('orders')).toMatchObject({ active: 1, locked: 0 });
  });

  test('says until when it holds', async () => {
    const { clock, sender, receiver } = await timed({ lockDurationMs: 5000 });
    await sender.sendMessages({ body: 1 });
    expect(await receiveOne(receiver)).toMatchObject({
      enqueuedTimeUtc: new Date(clock.now()),
      lockedUntilUtc: new Date(clock.now() + 5000),
    });
  });

  test('can be renewed', async () => {
    const { clock, sender, receiver } = await timed({ lockDurationMs: 5000 });
    await sender.sendMessages({ body: 1 });
    const message = await receiveOne(receiver);
    clock.advance(4000);
    const until = await receiver.renewMessageLock(message);
    expect(until.getTime()).toBe(clock.now() + 5000);
    clock.advance(4000);
    await receiver.completeMessage(message);
  });

  test('ends again and again until the message is dead-lettered', async () => {
    const { clock, sender, receiver, deadLetters } = await timed({
      lockDurationMs: 5000,
      maxDeliveryCount: 2,
    });
    await sender.sendMessages({ body: 1 });
    for (let delivery = 0; delivery < 2; delivery += 1) {
      await receiveOne(receiver);
      clock.advance(5000);
    }
    expect(await receiveOne(deadLetters)).toMatchObject({ deadLetterReason: 'MaxDeliveryCountExceeded' });
  });
});

describe('time to live', () => {
  test('over leads to the dead-letter queue where the queue says so', async () => {
    const { clock, sender, receiver, deadLetters } = await timed({ deadLetterOnExpiration: true });
    await sender.sendMessages([
      { body: 'short', timeToLive: 1000 },
      { body: 'long', timeToLive: 60_000 },
    ]);
    clock.advance(1000);
    expect(await receiveOne(deadLetters)).toMatchObject({
      body: 'short',
      deadLetterReason: 'TTLExpiredException',
      deadLetterSource: 'orders',
    });
    expect(await receiveOne(receiver)).toMatchObject({ body: 'long', timeToLive: 60_000 });
  });

  test('of the queue is shown on its messages, and they are gone afterwards', async () => {
    const { clock, sender, receiver, broker } = await timed({ defaultTtlMs: 1000 });
    await sender.sendMessages({ body: 1 });
    expect(await receiver.peekMessages(1)).toMatchObject([{ timeToLive: 1000 }]);
    clock.advance(1000);
    expect(await receiver.peekMessages(1)).toEqual([]);
    expect(broker.counts('orders')).toMatchObject({ active: 0, deadLettered: 0 });
  });
});

describe('duplicate detection', () => {
  test('drops an id seen in the window, in a batch too, and forgets it afterwards', async () => {
    const { clock, sender, broker } = await timed({ duplicateDetectionWindowMs: 60_000 });
    await sender.sendMessages([
      { body: 1, messageId: 'a' },
      { body: 2, messageId: 'b' },
      { body: 3, messageId: 'a' },
    ]);
    await sender.sendMessages({ body: 4, messageId: 'b' });
    expect(broker.counts('orders').active).toBe(2);
    clock.advance(60_000);
    await sender.sendMessages({ body: 5, messageId: 'a' });
    expect(broker.counts('orders').active).toBe(3);
  });
});

describe('scheduling', () => {
  test('holds a message back until its time, however it was scheduled', async () => {
    const { clock, sender, receiver, broker } = await timed();
    const at = new Date(clock.now() + 60_000);
    const [number] = await sender.scheduleMessages({ body: 'scheduled', messageId: 'id' }, at);
    await sender.sendMessages({ body: 'sent', scheduledEnqueueTimeUtc: at });
    expect(broker.counts('orders')).toMatchObject({ active: 0, scheduled: 2 });
    expect(await receiver.peekMessages(1)).toMatchObject([
      { state: 'scheduled', messageId: 'id', sequenceNumber: number, scheduledEnqueueTimeUtc: at },
    ]);
    const waiting = receive(receiver, 2);
    clock.advance(60_000);
    const messages = await waiting;
    expect(messages.map((message) => message.body as string)).toEqual(['scheduled', 'sent']);
    expect(messages[0]).toMatchObject({ state: 'active', enqueuedTimeUtc: at });
  });

  test('can be cancelled, once', async () => {
    const { clock, sender, broker } = await timed();
    const numbers = await sender.scheduleMessages([{ body: 1 }, { body: 2 }], new Date(clock.now() + 60_000));
    expect(numbers).toHaveLength(2);
    await sender.cancelScheduledMessages(numbers);
    expect(broker.counts('orders').scheduled).toBe(0);
    await expect(sender.cancelScheduledMessages(numbers)).rejects.toMatchObject({ code: 'MessageNotFound' });
  });

  test('refuses a message beyond the size limit', async () => {
    const { sender } = await timed({ maxMessageSizeBytes: 1000 });
    await expect(sender.scheduleMessages({ body: 'x'.repeat(2000) }, new Date())).rejects.toMatchObject({
      code: 'MessageSizeExceeded',
    });
  });
});
