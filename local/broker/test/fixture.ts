/** A broker of its own for each test, and clients of it that are closed again. */
import {
  ServiceBusClient,
  type RetryOptions,
  type ServiceBusReceivedMessage,
  type ServiceBusReceiver,
} from '@azure/service-bus';
import { onTestFinished } from 'vitest';
import { startBroker, type Broker, type BrokerOptions } from '../broker.ts';

/** Fails at once instead of trying again, and waits no minute for an answer that does not come. */
const NO_RETRY: RetryOptions = { maxRetries: 0, timeoutInMs: 10_000 };

export async function brokerFor(options: BrokerOptions): Promise<Broker> {
  const broker = await startBroker(options);
  onTestFinished(() => broker.close());
  return broker;
}

export function clientOf(connectionString: string, retryOptions: RetryOptions = NO_RETRY): ServiceBusClient {
  const client = new ServiceBusClient(connectionString, { retryOptions });
  onTestFinished(() => client.close());
  return client;
}

/** A broker with one queue named `orders`, a sender and a peek-lock receiver for it. */
export async function orders(
  queue: BrokerOptions['queues'][string] = {},
  options: Partial<BrokerOptions> = {},
) {
  const broker = await brokerFor({ ...options, queues: { orders: queue } });
  const client = clientOf(broker.connectionString);
  return {
    broker,
    client,
    sender: client.createSender('orders'),
    receiver: client.createReceiver('orders'),
    deadLetters: client.createReceiver('orders', { subQueueType: 'deadLetter' }),
  };
}

/** Receives exactly `count` messages. */
export async function receive(
  receiver: ServiceBusReceiver,
  count: number,
): Promise<ServiceBusReceivedMessage[]> {
  const received: ServiceBusReceivedMessage[] = [];
  while (received.length < count) {
    const more = await receiver.receiveMessages(count - received.length, { maxWaitTimeInMs: 10_000 });
    if (more.length === 0) throw new Error(`only ${received.length} of ${count} messages came`);
    received.push(...more);
  }
  return received;
}

/** Receives one message. */
export async function receiveOne(receiver: ServiceBusReceiver): Promise<ServiceBusReceivedMessage> {
  const [message] = await receive(receiver, 1);
  if (!message) throw new Error('no message came');
  return message;
}
