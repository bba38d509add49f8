import { connect } from 'node:net';
import { once, type EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { startBroker } from '../broker.ts';
import { brokerFor, clientOf, orders, receiveOne } from './fixture.ts';

const QUICK_RETRY = { maxRetries: 10, retryDelayInMs: 50, timeoutInMs: 10_000 };

/**
 * Resolves when the client has noticed that its connection is gone. What it sends before that it takes for sent, and
 * tries again only after its operation timeout.
 */
async function disconnection(client: object): Promise<void> {
  const { connection } = (client as { _connectionContext: { connection: EventEmitter } })._connectionContext;
  await once(connection, 'disconnected');
}

describe('when connections drop', () => {
  test('sender and subscription recover by themselves', async () => {
    const broker = await brokerFor({ queues: { orders: {} } });
    const client = clientOf(broker.connectionString, QUICK_RETRY);
    const sender = client.createSender('orders');
    const handled = [Promise.withResolvers<unknown>(), Promise.withResolvers<unknown>()];
    client.createReceiver('orders').subscribe({
      processMessage: async (message) => handled[message.body as number]?.resolve(message.body),
      processError: async () => undefined,
    });
    await sender.sendMessages({ body: 0 });
    await handled[0]?.promise;
    const lost = disconnection(client);
    broker.dropConnections();
    await lost;
    await sender.sendMessages({ body: 1 });
    expect(await handled[1]?.promise).toBe(1);
  });

  test('nothing is handed out to a receiver that is gone, though its link was never closed', async () => {
    const { broker, receiver } = await orders();
    const gone = receiver.receiveMessages(5, { maxWaitTimeInMs: 60_000 }).catch(() => []);
    const onlooker = clientOf(broker.connectionString, QUICK_RETRY);
    // The receiver has given its credit when it takes this message.
    await onlooker.createSender('orders').sendMessages({ body: 'taken' });
    await expect.poll(() => broker.counts('orders').locked).toBe(1);
    broker.dropConnections();
    await gone;
    await onlooker.createSender('orders').sendMessages({ body: 'next' });
    expect((await receiveOne(onlooker.createReceiver('orders'))).body).toBe('next');
  });

  test('a broker that comes back on the same port has its senders back', async () => {
    const first = await startBroker({ queues: { orders: {} } });
    const client = clientOf(first.connectionString, QUICK_RETRY);
    const sender = client.createSender('orders');
    await sender.sendMessages({ body: 'before' });
    const lost = disconnection(client);
    await first.close();
    await lost;
    const second = await brokerFor({ queues: { orders: {} }, port: first.port });
    expect(second.connectionString).toBe(first.connectionString);
    await sender.sendMessages({ body: 'after' });
    expect(second.counts('orders').active).toBe(1);
    // Before the broker goes: a client waits a minute for an answer to its goodbye.
    await client.close();
  });
});

describe('what is not served', () => {
  test('a port that is taken is said so', async () => {
    const broker = await brokerFor({ queues: {} });
    await expect(startBroker({ queues: {}, port: broker.port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });

  test('bytes that are no AMQP end their own connection only', async () => {
    const { broker, sender } = await orders();
    await sender.sendMessages({ body: 1 });
    for (const bytes of [
      'GET / HTTP/1.1\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      'AMQP\x00\x00\x09\x01',
    ]) {
      const socket = connect(broker.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.resume();
      socket.write(Buffer.from(bytes, 'latin1'));
      await once(socket, 'close');
    }
    await sender.sendMessages({ body: 2 });
    expect(broker.counts('orders').active).toBe(2);
  });

  test('sessions are refused at once', async () => {
    const { client } = await orders();
    await expect(client.acceptSession('orders', 'a')).rejects.toThrow(/session 'a'/);
  });

  test('an option out of range is named', async () => {
    await expect(startBroker({ queues: { orders: { lockDurationMs: 0 } } })).rejects.toThrow(
      'lockDurationMs of queue "orders" (0) must be a whole number above zero',
    );
  });

  test('counts of a queue that does not exist name those that do', async () => {
    const { broker } = await orders();
    expect(() => broker.counts('order')).toThrow('there is no queue "order"; there are: orders');
  });
});
