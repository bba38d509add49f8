// The simulator's own control API: each kind of misbehaviour does what it says, and only that.
import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startDynamics } from '../startDynamics.ts';
import type { RunningDynamics } from '../startDynamics.ts';
import { call, CLIENT, DynamicsClient } from './dynamicsClient.ts';
import { headerFile, lineFile, packageZip } from './samplePackage.ts';

let dynamics: RunningDynamics;
let client: DynamicsClient;
let token: string;

beforeAll(async () => {
  dynamics = await startDynamics({ clients: [CLIENT] });
  client = new DynamicsClient(dynamics.url);
  token = await client.ivToken();
});
beforeEach(() => client.control('DELETE', 'faults'));
afterAll(() => dynamics.close());

function postEvent(id: string, productId = 'P'): ReturnType<DynamicsClient['postIv']> {
  const event = { id, organizationId: 'u', productId, quantities: { pos: { inbound: 1 } } };
  return client.postIv('onhand/bulk', JSON.stringify([event]), token);
}
const eventIds = async (): Promise<unknown> =>
  ((await client.control('GET', 'state')).json as { eventIds: number }).eventIds;

describe('faults', () => {
  it('answers with a status, as often as asked, without effect', async () => {
    const before = await eventIds();
    const rule = { target: 'iv', path: 'onhand/bulk', kind: 'status', status: 429, retryAfter: 7, count: 2 };
    await client.control('POST', 'faults', rule);
    for (let time = 0; time < 2; time += 1) {
      const answer = await postEvent('status');
      expect(answer.status).toBe(429);
      expect(answer.headers.get('retry-after')).toBe('7');
    }
    expect(await eventIds()).toBe(before);
    expect((await postEvent('status')).status).toBe(200);
    expect((await client.control('GET', 'faults')).json).toMatchObject({ faults: [{ hits: 2 }] });
  });

  it('drops the connection before or after the work', async () => {
    const before = (await eventIds()) as number;
    await client.control('POST', 'faults', { target: 'iv', kind: 'reset', count: 1 });
    await expect(postEvent('reset')).rejects.toThrow();
    expect(await eventIds()).toBe(before);
    await client.control('POST', 'faults', { target: 'iv', kind: 'lostResponse', count: 1 });
    await expect(postEvent('lost')).rejects.toThrow();
    expect(await eventIds()).toBe(before + 1);
  });

  it('loses the answer to an enqueued package that is then imported', async () => {
    await client.control('POST', 'faults', {
      target: 'scm',
      path: 'enqueue',
      kind: 'lostResponse',
      count: 1,
    });
    const zip = packageZip([headerFile([['J1', 'J1', 'Created']]), lineFile([{}])]);
    await expect(client.enqueue(zip)).rejects.toThrow();
    await client.control('POST', 'import/run');
    expect(await client.rows('InventoryServiceAdjustmentJournalEntries')).toHaveLength(1);
  });

  it('never answers', async () => {
    await client.control('POST', 'faults', { target: 'entra', kind: 'hang', count: 1 });
    const url = `${client.url}/entra/common/discovery/v2.0/keys`;
    const hanging = call(url, { signal: AbortSignal.timeout(200) });
    await expect(hanging).rejects.toThrow();
    expect((await call(url)).status).toBe(400);
  });

  it('answers late, or lets the request arrive late', async () => {
    const before = (await eventIds()) as number;
    await client.control('POST', 'faults', { target: 'iv', kind: 'slow', delayMs: 20, count: 1 });
    expect((await postEvent('slow')).status).toBe(200);
    const late = { target: 'iv', kind: 'lateArrival', delayMs: 3600_000, count: 2 };
    await client.control('POST', 'faults', late);
    await expect(postEvent('late')).rejects.toThrow();
    expect(await eventIds()).toBe(before + 1);
    expect((await client.control('POST', 'late-requests/deliver')).json).toEqual({ delivered: 1 });
    expect(await eventIds()).toBe(before + 2);
  });

  it('lets a request with an expired token arrive in vain', async () => {
    const before = await eventIds();
    await client.control('POST', 'faults', {
      target: 'iv',
      kind: 'lateArrival',
      delayMs: 3600_000,
      count: 1,
    });
    await expect(postEvent('zombie')).rejects.toThrow();
    await client.control('POST', 'clock', { advanceMs: 3600_000 });
    await client.control('POST', 'late-requests/deliver');
    expect(await eventIds()).toBe(before);
    token = await client.ivToken();
  });

  it('passes over the first calls, and acts in a window of the clock', async () => {
    const rule = { target: 'iv', kind: 'status', skip: 1, count: 1, afterMs: 60_000, forMs: 60_000 };
    await client.control('POST', 'faults', rule);
    const answers = async (): Promise<number[]> => [
      (await postEvent('window')).status,
      (await postEvent('window')).status,
    ];
    expect(await answers()).toEqual([200, 200]);
    await client.control('POST', 'clock', { advanceMs: 60_000 });
    expect(await answers()).toEqual([200, 503]);
    expect(await answers()).toEqual([200, 200]);
  });

  it('forgets event ids, or answers repeats as failures', async () => {
    await postEvent('repeat');
    const before = (await eventIds()) as number;
    await client.control('POST', 'faults', { kind: 'repeatedEventId', statusCode: 409, count: 1 });
    expect((await postEvent('repeat')).json).toMatchObject([
      { processingStatus: 'failure', statusCode: 409 },
    ]);
    await client.control('DELETE', 'faults');
    const applied = async (): Promise<string | undefined> =>
      (await client.totals()).inventoryVisibility.find(({ dataSource }) => dataSource === 'pos')?.applied;
    const quantity = await applied();
    await postEvent('repeat');
    expect(await applied()).toBe(quantity);
    await client.control('POST', 'faults', { kind: 'forgetEventIds', windowMs: 60_000 });
    await postEvent('repeat');
    expect(await applied()).toBe(quantity);
    await client.control('POST', 'clock', { advanceMs: 60_000 });
    await postEvent('repeat');
    expect(await applied()).toBe(String(Number(quantity) + 1));
    expect(await eventIds()).toBe(before);
  });

  it('refuses events of one product and counts the others', async () => {
    const fault = { kind: 'rejectProduct', productId: 'Bad', statusCode: 500, message: 'No such product.' };
    await client.control('POST', 'faults', fault);
    expect((await postEvent('bad', 'bad')).json).toEqual([
      { id: 'bad', processingStatus: 'failure', message: 'No such product.', statusCode: 500 },
    ]);
    expect((await postEvent('good', 'good')).json).toMatchObject([{ processingStatus: 'success' }]);
    await client.control('DELETE', 'faults');
    expect((await postEvent('bad', 'bad')).json).toMatchObject([{ processingStatus: 'success' }]);
  });

  it('refuses a whole batch for one product, without saying which', async () => {
    await client.control('POST', 'faults', { kind: 'refuseBatch', productId: 'Poison' });
    const before = await eventIds();
    const events = ['good', 'poison'].map((productId) => ({ id: `batch-${productId}`, productId }));
    const answer = await client.postEvents(
      events.map((event) => ({ ...event, quantities: { pos: { inbound: 1 } } })),
    );
    expect([answer.status, answer.text.includes('oison')]).toEqual([400, false]);
    expect(await eventIds()).toBe(before);
    expect((await postEvent('batch-good', 'good')).status).toBe(200);
  });

  it('refuses rules it does not understand, and foreign hosts', async () => {
    expect((await client.control('POST', 'faults', { target: 'iv', kind: 'explode' })).status).toBe(400);
    expect((await client.control('POST', 'faults', { target: 'control', kind: 'hang' })).status).toBe(400);
    expect((await client.control('POST', 'faults', { target: 'iv', kind: 'status', count: -1 })).status).toBe(
      400,
    );
    expect((await client.control('GET', 'nothing')).status).toBe(404);
    const status = await new Promise((resolve, reject) => {
      const headers = { Host: 'pages.example' };
      request(`${client.url}/control/state`, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });
});
