import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { ServiceBusClient } from '@azure/service-bus';
import { afterEach, describe, expect, it } from 'vitest';
import { startBroker } from '../../local/broker/broker.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import { systemClock, systemEntropy } from '../runtime/systemRuntime.ts';
import { JOURNAL_PACKAGE_QUEUE } from './journalPackageQueue.ts';
import type { JournalPackageMessage } from './journalPackageQueue.ts';
import { queueFromSettings } from './queueConnection.ts';
import { serviceBusQueue } from './serviceBusQueue.ts';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});
const runtime = { clock: systemClock, entropy: systemEntropy };
const packageOf = (run: number): JournalPackageMessage => ({
  environmentId: '22222222-2222-4222-8222-222222222222',
  organizationKey: 'usmf',
  run,
  package: 1,
});

async function start(port = 0) {
  const broker = await startBroker({ port, queues: { [JOURNAL_PACKAGE_QUEUE]: {} } });
  cleanUp.push(() => broker.close());
  return broker;
}
function queueAt(connectionString: string) {
  const queue = queueFromSettings({ SERVICE_BUS_CONNECTION: connectionString }, runtime);
  cleanUp.push(() => queue.close());
  return queue;
}
async function receive(connectionString: string, count: number) {
  const client = new ServiceBusClient(connectionString);
  cleanUp.push(() => client.close());
  const receiver = client.createReceiver(JOURNAL_PACKAGE_QUEUE, { receiveMode: 'receiveAndDelete' });
  const received = [];
  while (received.length < count) received.push(...(await receiver.receiveMessages(count - received.length)));
  return received;
}

describe('the journal package queue on Service Bus', () => {
  it('carries messages as JSON objects, each under an id of its own', async () => {
    const { connectionString } = await start();
    const queue = queueAt(connectionString);
    await queue.send([packageOf(1), packageOf(2)]);
    await queue.send([packageOf(1)]);
    const received = await receive(connectionString, 3);
    expect(received.map((message) => message.body as unknown)).toEqual([
      packageOf(1),
      packageOf(2),
      packageOf(1),
    ]);
    expect(new Set(received.map((message) => message.messageId)).size).toBe(3);
    expect(received[0]?.messageId).toMatch(/^22222222-2222-4222-8222-222222222222~usmf~1~1~/);
  });

  it('sends more messages than one batch holds', async () => {
    const { connectionString } = await start();
    const messages = Array.from({ length: 1_500 }, (_, run) => packageOf(run));
    await queueAt(connectionString).send(messages);
    const received = await receive(connectionString, messages.length);
    expect(received.map((message) => message.body as unknown)).toEqual(messages);
  });

  it('keeps a message back until its time', async () => {
    const broker = await start();
    const queue = queueAt(broker.connectionString);
    await queue.send([packageOf(1)], Date.now() + 3_600_000);
    await queue.send([packageOf(2)], Date.now() - 1_000);
    const [message] = await receive(broker.connectionString, 1);
    expect(message?.body).toEqual(packageOf(2));
    expect(broker.counts(JOURNAL_PACKAGE_QUEUE)).toMatchObject({ scheduled: 1, active: 0 });
  });

  it('sends nothing when there is nothing to send, not even a greeting', async () => {
    await queueAt(
      'Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true',
    ).send([]);
  });

  it('fails as a dependency when nobody listens, and goes on when the broker is back', async () => {
    const first = await start();
    const queue = queueAt(first.connectionString);
    await queue.send([packageOf(1)]);
    await first.close();
    await expect(queue.send([packageOf(2)])).rejects.toBeInstanceOf(DependencyError);
    const second = await start(first.port);
    await queue.send([packageOf(3)]);
    expect((await receive(second.connectionString, 1)).map((message) => message.body as unknown)).toEqual([
      packageOf(3),
    ]);
  });

  it('gives up a broker that accepts and stays silent', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const queue = serviceBusQueue({
      ...runtime,
      sendDeadlineMs: 300,
      connect: async (options) =>
        new ServiceBusClient(
          `Endpoint=sb://127.0.0.1:${port};SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true`,
          options,
        ),
    });
    await expect(queue.send([packageOf(1)])).rejects.toThrow(/Service Bus: .* no answer within 300 ms/);
    server.close();
  });

  it('says when the queue does not exist', async () => {
    const broker = await startBroker({ queues: {} });
    cleanUp.push(() => broker.close());
    await expect(queueAt(broker.connectionString).send([packageOf(1)])).rejects.toThrow(/journal-packages/);
  });

  it.each([
    [{}, /SERVICE_BUS_CONNECTION is missing/],
    [
      {
        SERVICE_BUS_CONNECTION:
          'Endpoint=sb://10.0.0.1;SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true',
      },
      /must be on this machine/,
    ],
  ])('refuses %o', (settings, message) => {
    expect(() => queueFromSettings(settings, runtime)).toThrow(message);
  });
});
