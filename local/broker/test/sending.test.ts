import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { brokerFor, clientOf, orders, receive, receiveOne } from './fixture.ts';

describe('sending', () => {
  test('one message brings it to a receiver with its fields, its id and its sequence number', async () => {
    const { sender, receiver, broker } = await orders();
    const body = { item: 'A-1', quantity: '2.50' };
    await sender.sendMessages({
      body,
      messageId: 'order-1',
      correlationId: 'c',
      subject: 's',
      contentType: 'application/json',
      replyTo: 'r',
      to: 't',
      applicationProperties: { text: 'x', whole: 7, fraction: 0.5, flag: true, when: new Date(86_400_000) },
    });
    const message = await receiveOne(receiver);
    expect(message).toMatchObject({
      body,
      messageId: 'order-1',
      correlationId: 'c',
      subject: 's',
      contentType: 'application/json',
      replyTo: 'r',
      to: 't',
      applicationProperties: { text: 'x', whole: 7, fraction: 0.5, flag: true, when: 86_400_000 },
      deliveryCount: 0,
      state: 'active',
    });
    expect(message.sequenceNumber?.toNumber()).toBe(1);
    await receiver.completeMessage(message);
    expect(broker.counts('orders')).toEqual({
      active: 0,
      locked: 0,
      deferred: 0,
      scheduled: 0,
      deadLettered: 0,
    });
  });

  test('an array keeps its order', async () => {
    const { sender, receiver } = await orders();
    await sender.sendMessages(Array.from({ length: 300 }, (_, index) => ({ body: index })));
    const bodies = (await receive(receiver, 300)).map((message) => message.body as number);
    expect(bodies).toEqual(Array.from({ length: 300 }, (_, index) => index));
  });

  test('goes on beyond the credit that a sender is given at first', async () => {
    const { sender, broker } = await orders();
    for (let sent = 0; sent < 2400; sent += 100) {
      await Promise.all(Array.from({ length: 100 }, () => sender.sendMessages({ body: sent })));
    }
    expect(broker.counts('orders').active).toBe(2400);
  });

  test('a batch is full at the size limit of the queue', async () => {
    const { sender, receiver } = await orders({ maxMessageSizeBytes: 20_000 });
    const batch = await sender.createMessageBatch();
    expect(batch.maxSizeInBytes).toBe(20_000);
    const body = 'x'.repeat(1000);
    let added = 0;
    while (batch.tryAddMessage({ body })) added += 1;
    expect(added).toBeGreaterThan(10);
    await sender.sendMessages(batch);
    await receive(receiver, added);
  });

  test('a message without an id gives it one, without which the SDK could not settle it nor close', async () => {
    const { sender, receiver } = await orders();
    await sender.sendMessages([{ body: 1 }, { body: 2 }]);
    const [first, second] = await receive(receiver, 2);
    expect(first?.messageId).toMatch(/^[0-9a-f]{32}$/);
    expect(second?.messageId).not.toBe(first?.messageId);
    if (first) await receiver.completeMessage(first);
    await receiver.close();
  });

  test('a message beyond the size limit is refused at once, and the sender goes on', async () => {
    const { sender, receiver } = await orders();
    await expect(sender.sendMessages({ body: randomBytes(300_000) })).rejects.toMatchObject({
      code: 'MessageSizeExceeded',
      retryable: false,
    });
    const results = await Promise.allSettled([
      sender.sendMessages({ body: 'before' }),
      sender.sendMessages({ body: randomBytes(300_000) }),
      sender.sendMessages({ body: 'after' }),
    ]);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await receive(receiver, 2)).map((message) => message.body as string)).toEqual([
      'before',
      'after',
    ]);
  });

  test('large messages come through whole where the queue allows them', async () => {
    const { sender, receiver } = await orders({ maxMessageSizeBytes: 8_000_000 });
    for (const size of [200_000, 5_000_000]) {
      const body = randomBytes(size);
      await sender.sendMessages({ body });
      const message = await receiveOne(receiver);
      expect(body.equals(message.body as Buffer)).toBe(true);
      await receiver.completeMessage(message);
    }
  });

  test('to a queue that does not exist names the queue', async () => {
    const { client } = await orders();
    await expect(client.createSender('nowhere').sendMessages({ body: 1 })).rejects.toMatchObject({
      code: 'MessagingEntityNotFound',
    });
    await expect(client.createReceiver('nowhere').peekMessages(1)).rejects.toMatchObject({
      code: 'MessagingEntityNotFound',
    });
    await expect(client.createReceiver('nowhere').receiveMessages(1)).rejects.toMatchObject({
      code: 'MessagingEntityNotFound',
    });
  });

  test('finds a queue whatever the case of its name', async () => {
    const { client, receiver } = await orders();
    await client.createSender('ORDERS').sendMessages({ body: 1 });
    await receiveOne(receiver);
  });
});

describe('with a key', () => {
  test('a client that has it works, one with another key is unauthorized', async () => {
    const broker = await brokerFor({ queues: { orders: {} }, sharedAccessKey: 'c2VjcmV0+/8=' });
    const client = clientOf(broker.connectionString);
    await client.createSender('orders').sendMessages({ body: 1 });
    await receiveOne(client.createReceiver('orders'));

    const stranger = clientOf(broker.connectionString.replace('c2VjcmV0+/8=', 'b3RoZXI='));
    await expect(stranger.createSender('orders').sendMessages({ body: 1 })).rejects.toMatchObject({
      code: 'UnauthorizedAccess',
    });
    expect(broker.counts('orders')).toMatchObject({ active: 0, locked: 1 });
  });
});
