import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { brokerFor, clientOf, receiveOne } from './fixture.ts';
import { ManualClock } from './manualClock.ts';

function child(path: string, argument: string): ChildProcess {
  const process = fork(fileURLToPath(new URL(path, import.meta.url)), [argument]);
  onTestFinished(() => void process.kill('SIGKILL'));
  return process;
}

async function message(process: ChildProcess): Promise<unknown> {
  const [received] = (await once(process, 'message')) as [unknown];
  return received;
}

test('a message that a killed client held comes back when its lock has ended, as a failed delivery', async () => {
  const clock = new ManualClock();
  const broker = await brokerFor({ queues: { orders: { lockDurationMs: 30_000 } }, clock });
  const client = clientOf(broker.connectionString);
  await client.createSender('orders').sendMessages({ body: 'held' });
  const holder = child('./holdMessage.ts', broker.connectionString);
  expect(await message(holder)).toBe('held');
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const waiting = receiveOne(client.createReceiver('orders'));
  clock.advance(29_999);
  expect(broker.counts('orders')).toMatchObject({ active: 0, locked: 1 });
  clock.advance(1);
  expect(await waiting).toMatchObject({ body: 'held', deliveryCount: 1 });
});

test('the broker runs as a process of its own, says where, and ends when it is told to', async () => {
  const broker = child('../main.ts', JSON.stringify({ queues: { orders: {} } }));
  const { ready } = (await message(broker)) as { ready: { port: number; connectionString: string } };
  expect(ready.connectionString).toContain(`sb://127.0.0.1:${ready.port};`);
  const client = clientOf(ready.connectionString);
  await client.createSender('orders').sendMessages({ body: 1 });
  expect((await receiveOne(client.createReceiver('orders'))).body).toBe(1);
  await client.close();
  broker.send('shutdown');
  expect(await once(broker, 'exit')).toEqual([0, null]);
});
