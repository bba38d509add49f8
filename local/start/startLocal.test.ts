import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requestToken } from './localToken.ts';
import { readRunningFile } from './runningFile.ts';
import { startLocal } from './startLocal.ts';
import type { Local, LocalOptions } from './startLocal.ts';

const NEVER = '0 0 0 1 1 *';
const ANY_PORTS = { functionsHost: 0, dynamics: 0, azurite: 0, broker: 0 };

let folder: string;
const running: Local[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'start-local-'));
});
afterEach(async () => {
  for (const local of running.splice(0)) await local.close();
  await rm(folder, { recursive: true, force: true });
});

/** A run without timers of its own; `until` waits for a line that it reports. */
async function start(changes: Partial<LocalOptions> = {}) {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const local = await startLocal({
    dataFolder: folder,
    ports: ANY_PORTS,
    appSettings: {
      SYNC_CACHE_SCHEDULE: NEVER,
      PACKAGE_JOURNALS_SCHEDULE: NEVER,
      TRACK_JOURNALS_SCHEDULE: NEVER,
      APPLY_RETENTION_SCHEDULE: NEVER,
      AUDIT_LOGS_SCHEDULE: NEVER,
    },
    report: (line) => {
      lines.push(line);
      for (const look of waiting) look();
    },
    ...changes,
  });
  running.push(local);
  const until = (pattern: RegExp) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!lines.some((line) => pattern.test(line))) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { local, lines, until };
}

async function api(local: Local, path: string, body?: unknown): Promise<unknown> {
  const { functionsUrl, environmentId, token } = local.running();
  const response = await fetch(`${functionsUrl}/api/environment/${environmentId}/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${await requestToken(token)}`,
      'api-version': '1.0',
      'content-type': 'application/json',
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return response.json();
}
const line = {
  id: 'receipt-1-line-1',
  organizationId: 'USMF',
  productId: 'T0001',
  quantityDataSource: 'pos',
  physicalMeasure: 'inbound',
  dimensions: { Store: '1', StockRoom: '13' },
  quantity: 5,
};
const post = (local: Local) => api(local, 'transaction/adjustment/bulk', [line]);
const storedLines = async (local: Local) =>
  ((await api(local, `adjustmentLines?id=${line.id}`)) as { value: unknown[] }).value;

describe('the local start', () => {
  it('finds its data again after a stop, and forgets it on request', async () => {
    const first = (await start()).local;
    expect(await post(first)).toMatchObject([{ id: line.id, statusCode: 200, status: 'Created' }]);
    await first.close();
    const second = (await start()).local;
    expect(await storedLines(second)).toMatchObject([{ id: line.id, quantity: '5' }]);
    expect(second.running().functionsUrl).toBe(first.running().functionsUrl);
    await second.close();
    const third = (await start({ reset: true })).local;
    expect(await storedLines(third)).toEqual([]);
  });

  it('is refused on a folder that another run uses, and leaves that run alone', async () => {
    const { local } = await start();
    await expect(start({ reset: true })).rejects.toThrow(`${folder} is in use by process ${process.pid}`);
    expect(await post(local)).toMatchObject([{ statusCode: 200 }]);
  });

  it('tells other programs what runs, until it stops', async () => {
    const { local } = await start();
    expect(await readRunningFile(folder)).toEqual(local.running());
    await local.close();
    await expect(readRunningFile(folder)).rejects.toThrow(/nothing runs .* "npm start"/);
    expect((await readdir(folder)).sort()).toEqual([
      'azurite',
      'client-secret',
      'dynamics',
      'environment.json',
      'ports.json',
    ]);
  });

  it('steps around ports of other programs, and moves stored addresses along', async () => {
    const first = (await start()).local;
    const before = first.running();
    // The first use stores the settings.
    await post(first);
    await first.close();
    const foreign = createServer();
    const { port } = new URL(before.dynamicsUrl);
    await new Promise<void>((resolve) => foreign.listen(Number(port), '127.0.0.1', resolve));
    const { local, until } = await start();
    await until(/The Dynamics side has moved/);
    expect(local.running().dynamicsUrl).not.toBe(before.dynamicsUrl);
    const next = { ...line, id: 'receipt-2-line-1' };
    const answer = await api(local, 'transaction/adjustment/bulk?createWithIVSync=true', [next]);
    expect(answer).toMatchObject([{ status: 'IVPosted' }]);
    await new Promise((resolve) => foreign.close(resolve));
  });

  it('starts each part again that has crashed, on its old port', async () => {
    const { local, until } = await start();
    const before = local.running();
    for (const part of ['broker', 'dynamics', 'azurite', 'functionsHost'] as const) {
      await local.kill(part);
      await until(new RegExp(`^${part} ended \\(SIGKILL\\) and is started again`));
      await until(new RegExp(`^${part} runs again`));
    }
    const after = local.running();
    expect({ ...after, processIds: undefined }).toEqual({ ...before, processIds: undefined });
    for (const part of ['broker', 'dynamics', 'azurite', 'functionsHost'] as const) {
      expect(after.processIds[part]).not.toBe(before.processIds[part]);
    }
    const answer = await api(local, 'transaction/adjustment/bulk?createWithIVSync=true', [line]);
    expect(answer).toMatchObject([{ status: 'IVPosted' }]);
  });

  it('ends what it has started when a part cannot be started', async () => {
    const prepare = () => Promise.reject(new Error('the build failed'));
    await expect(start({ prepare })).rejects.toThrow('the build failed');
    await start();
  });
});
