import { on, once } from 'node:events';
import { ServiceBusClient } from '@azure/service-bus';
import type { ServiceBusMessage } from '@azure/service-bus';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startBroker } from '../broker/broker.ts';
import type { Broker } from '../broker/broker.ts';
import type { FixtureProbe } from './fixture/app.ts';
import { buildFixtureApp } from './fixture/buildApp.ts';
import type { AppFolder } from './fixture/buildApp.ts';
import { startFunctionsHost } from './functionsHost.ts';
import type { FunctionsHost } from './functionsHost.ts';
import type { LogEntry } from './hostLog.ts';

let app: AppFolder;
let broker: Broker;
let host: FunctionsHost | undefined;
let logged: LogEntry[];

const queues = { fixture: { maxDeliveryCount: 3, lockDurationMs: 2_000 } };

beforeAll(async () => {
  app = await buildFixtureApp();
});
afterAll(() => {
  app.remove();
});
beforeEach(async () => {
  logged = [];
  broker = await startBroker({ queues });
});
afterEach(async () => {
  await host?.close();
  host = undefined;
  await broker.close();
});

async function start(connectionString = broker.connectionString): Promise<FixtureProbe> {
  host = await startFunctionsHost({
    appRoot: app.root,
    env: { TICK_SCHEDULE: '0 0 0 1 1 *', RECEIVE_QUEUE: 'fixture', FIXTURE_BUS: connectionString },
    log: { write: (entry) => logged.push(entry) },
  });
  return (globalThis as unknown as { functionsHostProbe: FixtureProbe }).functionsHostProbe;
}

/** Through a client of its own, so that no connection of an earlier broker is in the way. */
async function send(messages: ServiceBusMessage | ServiceBusMessage[]): Promise<void> {
  const client = new ServiceBusClient(broker.connectionString);
  await client.createSender('fixture').sendMessages(messages);
  await client.close();
}

/** Polls the broker, which has no event for it, until the queue looks as expected. */
async function queueBecomes(expected: object): Promise<void> {
  await expect.poll(() => broker.counts('fixture'), { timeout: 20_000 }).toMatchObject(expected);
}

test('a message reaches the function with its metadata and is completed', async () => {
  const { events } = await start();
  const received = once(events, 'message');
  await send({
    body: { package: 7 },
    messageId: 'm-1',
    contentType: 'application/json',
    correlationId: 'c-1',
    subject: 'packages',
    applicationProperties: { Attempt: 2 },
  });
  const [body, metadata] = (await received) as [unknown, Record<string, unknown>];
  expect(body).toEqual({ package: 7 });
  expect(metadata).toMatchObject({
    messageId: 'm-1',
    deliveryCount: 0,
    contentType: 'application/json',
    correlationId: 'c-1',
    subject: 'packages',
    label: 'packages',
    sequenceNumber: expect.any(Number) as number,
    enqueuedTimeUtc: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    lockToken: expect.any(String) as string,
    applicationProperties: { attempt: 2 },
  });
  await queueBecomes({ active: 0, locked: 0, deadLettered: 0 });
});

test('a handler that throws gives the message back until the queue dead-letters it', async () => {
  const probe = await start();
  const counts: unknown[] = [];
  probe.events.on('message', (_body, metadata: Record<string, unknown>) =>
    counts.push(metadata['deliveryCount']),
  );
  probe.onMessage = () => Promise.reject(new Error('not today'));
  await send({ body: 'x', messageId: 'm-1' });
  await queueBecomes({ active: 0, locked: 0, deadLettered: 1 });
  expect(counts).toEqual([0, 1, 2]);
  const failures = logged.filter(({ level }) => level === 'error');
  expect(failures).toHaveLength(3);
  expect(failures[0]?.message).toContain('message "m-1" (delivery 1): Error: not today');
});

test('as many messages at once as host.json says, and the lock outlasts its own duration', async () => {
  const probe = await start();
  const releases: (() => void)[] = [];
  probe.onMessage = () => new Promise((resolve) => releases.push(resolve));
  const arrivals = on(probe.events, 'message');
  await send([{ body: 'a' }, { body: 'b' }, { body: 'c' }]);
  await arrivals.next();
  await arrivals.next();
  const lockedUntil = Date.now() + 2_500;
  // Longer than the lock: without renewal the two would come again.
  await expect.poll(() => Date.now() > lockedUntil, { timeout: 5_000 }).toBe(true);
  expect(broker.counts('fixture')).toMatchObject({ active: 1, locked: 2 });
  expect(releases).toHaveLength(2);
  releases.forEach((release) => {
    release();
  });
  await arrivals.next();
  releases[2]?.();
  await queueBecomes({ active: 0, locked: 0, deadLettered: 0 });
});

test('a broker that comes later, or comes back, is found, with one line for each change', async () => {
  const { port, connectionString } = broker;
  const changes = (): string[] =>
    logged.filter(({ message }) => message.includes('queue "fixture"')).map(({ level }) => level);
  await broker.close();
  const { events } = await start(connectionString);
  await expect.poll(() => changes().length, { timeout: 10_000 }).toBe(1);
  const first = once(events, 'message');
  broker = await startBroker({ port, queues });
  await send({ body: 1 });
  await first;
  await broker.close();
  await expect.poll(() => changes().length, { timeout: 10_000 }).toBe(3);
  const second = once(events, 'message');
  broker = await startBroker({ port, queues });
  await send({ body: 2 });
  expect(await second).toMatchObject([2, {}]);
  expect(changes()).toEqual(['warning', 'information', 'warning', 'information']);
});

test('close lets a message at hand end and be settled', async () => {
  const probe = await start();
  let release = (): void => undefined;
  probe.onMessage = () =>
    new Promise((resolve) => {
      release = resolve;
    });
  const received = once(probe.events, 'message');
  await send({ body: 'x' });
  await received;
  const closed = host?.close();
  release();
  await closed;
  expect(broker.counts('fixture')).toMatchObject({ active: 0, locked: 0, deadLettered: 0 });
  expect(logged.filter(({ level }) => level !== 'debug' && level !== 'information')).toEqual([]);
});
