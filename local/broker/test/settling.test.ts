import { describe, expect, test } from 'vitest';
import { orders, receive, receiveOne } from './fixture.ts';

describe('receiving', () => {
  test('from an empty queue answers with nothing when the wait is over, and the link goes on working', async () => {
    const { sender, receiver } = await orders();
    expect(await receiver.receiveMessages(5, { maxWaitTimeInMs: 50 })).toEqual([]);
    await sender.sendMessages({ body: 1 });
    expect((await receiveOne(receiver)).body).toBe(1);
  });

  test('with delete takes the message off the queue', async () => {
    const { client, sender, broker } = await orders();
    const receiver = client.createReceiver('orders', { receiveMode: 'receiveAndDelete' });
    await sender.sendMessages([{ body: 1 }, { body: 2 }]);
    await receive(receiver, 2);
    expect(broker.counts('orders')).toMatchObject({ active: 0, locked: 0 });
  });

  test('takes no more than was asked for', async () => {
    const { sender, receiver, broker } = await orders();
    const receiving = receiver.receiveMessages(1, { maxWaitTimeInMs: 10_000 });
    await sender.sendMessages(Array.from({ length: 10 }, (_, index) => ({ body: index })));
    expect(await receiving).toMatchObject([{ body: 0 }]);
    expect(broker.counts('orders')).toMatchObject({ active: 9, locked: 1 });
  });

  test('by several receivers gives each message to one of them', async () => {
    const { client, sender } = await orders();
    const receivers = [client.createReceiver('orders'), client.createReceiver('orders')];
    const receiving = receivers.map((receiver) => receiver.receiveMessages(1, { maxWaitTimeInMs: 10_000 }));
    await sender.sendMessages([{ body: 1 }, { body: 2 }]);
    const bodies = (await Promise.all(receiving)).flat().map((message) => message.body as number);
    expect(bodies.sort()).toEqual([1, 2]);
  });
});

describe('settling', () => {
  test('abandon brings the message back with its changed properties and one more delivery', async () => {
    const { sender, receiver } = await orders();
    await sender.sendMessages({ body: 1, applicationProperties: { kept: 1, tries: 0 } });
    await receiver.abandonMessage(await receiveOne(receiver), { tries: 1 });
    expect(await receiveOne(receiver)).toMatchObject({
      deliveryCount: 1,
      applicationProperties: { kept: 1, tries: 1 },
    });
  });

  test('deadLetter moves the message to the dead-letter queue with reason, description and more', async () => {
    const { sender, receiver, deadLetters, broker } = await orders();
    await sender.sendMessages({ body: 'bad', messageId: 'm' });
    await receiver.deadLetterMessage(await receiveOne(receiver), {
      deadLetterReason: 'Unreadable',
      deadLetterErrorDescription: 'no such item',
      line: 3,
    });
    expect(broker.counts('orders')).toMatchObject({ active: 0, locked: 0, deadLettered: 1 });
    const message = await receiveOne(deadLetters);
    expect(message).toMatchObject({
      body: 'bad',
      messageId: 'm',
      deadLetterReason: 'Unreadable',
      deadLetterErrorDescription: 'no such item',
      deadLetterSource: 'orders',
      applicationProperties: { line: 3 },
    });
    expect(message.sequenceNumber?.toNumber()).toBe(1);
    await deadLetters.completeMessage(message);
    expect(broker.counts('orders').deadLettered).toBe(0);
  });

  test('deadLetter without a reason works as well', async () => {
    const { sender, receiver, deadLetters } = await orders();
    await sender.sendMessages({ body: 1 });
    await receiver.deadLetterMessage(await receiveOne(receiver));
    expect((await receiveOne(deadLetters)).deadLetterReason).toBeUndefined();
  });

  test('nothing can be sent to a dead-letter queue', async () => {
    const { client } = await orders();
    await expect(client.createSender('orders/$DeadLetterQueue').sendMessages({ body: 1 })).rejects.toThrow(
      /Nothing can be sent to the dead-letter queue/,
    );
  });

  test('defer sets the message aside until it is asked for by number; then it is renewed and completed', async () => {
    const { sender, receiver, broker } = await orders();
    await sender.sendMessages([{ body: 'later' }, { body: 'now' }]);
    const [later, now] = await receive(receiver, 2);
    if (!later?.sequenceNumber || !now) throw new Error('two messages were expected');
    await receiver.deferMessage(later, { why: 'too early' });
    await receiver.completeMessage(now);
    expect(broker.counts('orders')).toMatchObject({ active: 0, locked: 0, deferred: 1 });
    expect(await receiver.peekMessages(1)).toMatchObject([{ state: 'deferred' }]);

    const [deferred] = await receiver.receiveDeferredMessages(later.sequenceNumber);
    if (!deferred) throw new Error('the deferred message did not come');
    expect(deferred).toMatchObject({ body: 'later', applicationProperties: { why: 'too early' } });
    await expect(receiver.receiveDeferredMessages(later.sequenceNumber)).rejects.toMatchObject({
      code: 'MessageNotFound',
    });
    await receiver.renewMessageLock(deferred);
    await receiver.completeMessage(deferred);
    expect(broker.counts('orders')).toMatchObject({ deferred: 0, locked: 0 });
  });

  test.each(['abandonMessage', 'deferMessage', 'deadLetterMessage'] as const)(
    '%s of a deferred message goes over the management node',
    async (settle) => {
      const { sender, receiver, broker } = await orders();
      await sender.sendMessages({ body: 1 });
      const message = await receiveOne(receiver);
      await receiver.deferMessage(message);
      const [deferred] = await receiver.receiveDeferredMessages(message.sequenceNumber ?? []);
      if (!deferred) throw new Error('the deferred message did not come');
      await receiver[settle](deferred);
      const dead = settle === 'deadLetterMessage' ? 1 : 0;
      expect(broker.counts('orders')).toMatchObject({ locked: 0, deferred: 1 - dead, deadLettered: dead });
    },
  );

  test('works after the receiver was closed', async () => {
    const { client, sender, receiver, broker } = await orders();
    await sender.sendMessages({ body: 1 });
    const [message] = await receive(receiver, 1);
    if (!message) throw new Error('no message came');
    // The link is gone, so the SDK settles by lock token over the management node.
    await receiver.close();
    await client.createReceiver('orders').completeMessage(message);
    expect(broker.counts('orders')).toMatchObject({ active: 0, locked: 0 });
  });

  test('a failed delivery too many leads to the dead-letter queue', async () => {
    const { sender, receiver, deadLetters } = await orders({ maxDeliveryCount: 3 });
    await sender.sendMessages({ body: 1 });
    for (let delivery = 0; delivery < 3; delivery += 1) {
      const message = await receiveOne(receiver);
      expect(message.deliveryCount).toBe(delivery);
      await receiver.abandonMessage(message);
    }
    expect(await receiveOne(deadLetters)).toMatchObject({
      deadLetterReason: 'MaxDeliveryCountExceeded',
      deliveryCount: 3,
    });
  });
});
