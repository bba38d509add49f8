/** What the Service Bus SDK for JavaScript does not do, but AMQP 1.0 lets other clients do. */
import { once } from 'node:events';
import rhea from 'rhea';
import type { Connection, EventContext, Receiver } from 'rhea';
import { expect, onTestFinished, test } from 'vitest';
import type { Broker } from '../broker.ts';
import { decodeMessage } from '../messageCodec.ts';
import { adaptSession } from '../rheaInternals.ts';
import { brokerFor, orders, receiveOne } from './fixture.ts';

const PEEK_LOCK = { autoaccept: false, credit_window: 0, rcv_settle_mode: 1, snd_settle_mode: 0 } as const;

async function connected(broker: Broker): Promise<Connection> {
  const connection = rhea
    .create_container()
    .connect({ host: '127.0.0.1', port: broker.port, username: 'any', reconnect: false });
  connection.on('disconnected', () => undefined);
  onTestFinished(() => connection.close());
  await once(connection, 'connection_open');
  return connection;
}

async function next(receiver: Receiver): Promise<EventContext> {
  receiver.add_credit(1);
  const [context] = (await once(receiver, 'message')) as [EventContext];
  return context;
}

test('the types of values come through', async () => {
  const { broker } = await orders();
  const connection = await connected(broker);
  const { types } = rhea;
  const message = rhea.message.encode({
    message_id: 'm',
    message_annotations: { 'x-opt-symbol': types.wrap_symbol('symbol') },
    application_properties: {
      long: types.wrap_long(5),
      short: types.wrap_short(5),
      double: types.wrap_double(5),
      uuid: types.wrap_uuid(Buffer.alloc(16, 1)),
    },
    body: rhea.message.sequence_section([types.wrap_ubyte(5)]) as unknown,
  });
  const sender = connection.open_sender('orders');
  await once(sender, 'sendable');
  sender.send(message, undefined, 0);
  await once(sender, 'accepted');

  const session = connection.create_session();
  adaptSession(session, () => undefined);
  session.begin();
  const receiver = session.open_receiver({ ...PEEK_LOCK, source: 'orders' });
  const received = decodeMessage((await next(receiver)).message as unknown as Buffer);
  const sent = decodeMessage(message);
  expect(received.applicationProperties).toEqual(sent.applicationProperties);
  expect(received.annotations.get('x-opt-symbol')).toEqual(sent.annotations.get('x-opt-symbol'));
  expect(received.properties).toEqual(sent.properties);
  expect(received.body).toEqual(sent.body);
});

test('a client without room gets more as soon as it has room, though it asks on no link', async () => {
  const { broker, sender } = await orders();
  for (let batches = 0; batches < 2; batches += 1) {
    await sender.sendMessages(Array.from({ length: 1500 }, (_, index) => ({ body: index })));
  }
  const receiver = (await connected(broker)).open_receiver({ ...PEEK_LOCK, source: 'orders' });
  const held: NonNullable<EventContext['delivery']>[] = [];
  let received = 0;
  const all = Promise.withResolvers<void>();
  receiver.on('message', ({ delivery }: EventContext) => {
    received += 1;
    if (delivery) held.push(delivery);
    // All at once when the client's 2,048 places are taken, and one by one from then on.
    if (received >= 2048) for (const one of held.splice(0)) one.accept();
    if (received === 3000) all.resolve();
  });
  receiver.add_credit(3000);
  await all.promise;
  await expect.poll(() => broker.counts('orders')).toMatchObject({ active: 0, locked: 0 });
});

test('a released message has not failed, a rejected one is dead-lettered with the condition as its reason', async () => {
  const { broker, sender, deadLetters } = await orders({ maxDeliveryCount: 1 });
  await sender.sendMessages({ body: 1 });
  const receiver = (await connected(broker)).open_receiver({ ...PEEK_LOCK, source: 'orders' });
  const first = await next(receiver);
  first.delivery?.release();
  const second = await next(receiver);
  expect(second.message?.delivery_count ?? 0).toBe(0);
  second.delivery?.reject({ condition: 'app:unreadable', description: 'line 3' });
  expect(await receiveOne(deadLetters)).toMatchObject({
    deadLetterReason: 'app:unreadable',
    deadLetterErrorDescription: 'line 3',
  });
});

test('a session that ends takes its links along', async () => {
  const { broker, sender, receiver } = await orders();
  const connection = await connected(broker);
  const session = connection.create_session();
  session.begin();
  session.open_receiver({ ...PEEK_LOCK, source: 'orders' }).add_credit(5);
  await sender.sendMessages({ body: 1 });
  await expect.poll(() => broker.counts('orders').locked).toBe(1);
  session.close();
  await once(session, 'session_close');
  await sender.sendMessages({ body: 2 });
  expect((await receiveOne(receiver)).body).toBe(2);
});

test('with a key, a link without a token before it is refused', async () => {
  const connection = await connected(await brokerFor({ queues: { orders: {} }, sharedAccessKey: 'secret' }));
  const [{ sender }] = (await once(connection.open_sender('orders'), 'sender_error')) as [EventContext];
  expect(sender?.error).toMatchObject({ condition: 'amqp:unauthorized-access' });
});
