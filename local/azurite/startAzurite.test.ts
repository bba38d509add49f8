import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../shared/runtime/systemRuntime.ts';
import { tableStoreFromSettings } from '../../shared/tables/tableConnection.ts';
import type { TableOperation } from '../../shared/tables/tableStore.ts';
import { startAzurite } from './startAzurite.ts';

let folder: string;
const cleanUp: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'azurite-'));
});
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
  await rm(folder, { recursive: true, force: true });
});

async function start(options: Parameters<typeof startAzurite>[0]) {
  const azurite = await startAzurite(options);
  cleanUp.push(() => azurite.close());
  return azurite;
}
const storeAt = (connectionString: string) =>
  tableStoreFromSettings({ TABLES_CONNECTION: connectionString }, systemClock);
const keys = Array.from({ length: 20 }, (_, n) => `row${n}`);
async function writeRows(connectionString: string): Promise<void> {
  const store = storeAt(connectionString);
  await store.createTables(['Rows']);
  const inserts = keys.map((rowKey): TableOperation => ({ kind: 'insert', rowKey, properties: { n: 1 } }));
  await store.transact('Rows', 'p', inserts);
}
const countRows = async (connectionString: string) =>
  (await storeAt(connectionString).query('Rows', 'p', { from: 'a', before: 'z' })).length;

describe('Azurite', () => {
  it('has every acknowledged row again after it was closed', async () => {
    const before = await startAzurite({ folder });
    await writeRows(before.connectionString);
    await before.close();
    expect(await before.exited).toEqual({ code: 0, signal: null });
    expect(await countRows((await start({ folder })).connectionString)).toBe(keys.length);
  });

  it('can be closed while clients keep their connections', async () => {
    const azurite = await startAzurite();
    await writeRows(azurite.connectionString);
    const socket = connect(azurite.tablePort, '127.0.0.1');
    await once(socket, 'connect');
    await azurite.close();
    socket.destroy();
    await expect(countRows(azurite.connectionString)).rejects.toMatchObject({ failure: 'unreachable' });
  });

  it('is refused on a folder that another one is using, by the names of both', async () => {
    const first = await start({ folder });
    await expect(startAzurite({ folder, waitForFolderMs: 0 })).rejects.toThrow(
      `${folder} is in use by process ${first.pid}`,
    );
  });

  it('starts again in its folder after it was killed', async () => {
    const killed = await startAzurite({ folder });
    await killed.kill();
    await writeRows((await start({ folder })).connectionString);
  });

  it('says so when its port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(startAzurite({ port })).rejects.toThrow(`Azurite did not start: listen EADDRINUSE`);
    server.close();
  });

  it('writes its data and ends when the process that started it is killed', async () => {
    const script = `
      import { startAzurite } from ${JSON.stringify(new URL('startAzurite.ts', import.meta.url).href)};
      const { connectionString, tablePort } = await startAzurite({ folder: ${JSON.stringify(folder)} });
      console.log(JSON.stringify({ connectionString, tablePort }));`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    cleanUp.push(async () => parent.kill('SIGKILL'));
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
    const { connectionString, tablePort } = JSON.parse(line) as {
      connectionString: string;
      tablePort: number;
    };
    await writeRows(connectionString);
    const socket = connect(tablePort, '127.0.0.1');
    await once(socket, 'connect');
    socket.resume();
    parent.kill('SIGKILL');
    await once(socket, 'close');
    // Its lock is held until its data is written, so the next one waits for it.
    expect(await countRows((await start({ folder })).connectionString)).toBe(keys.length);
  });
});
