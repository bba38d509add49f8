import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { startStreamingProxy } from './streamingProxy.ts';

const http = createRequire(import.meta.url)('node:http') as { createServer: typeof createServer };

test('the server that the library opens on every interface is kept to this machine, and closed', async () => {
  const opened: Server[] = [];
  const proxy = await startStreamingProxy({
    name: 'test',
    version: '1',
    getInvocationModel: () => {
      throw new Error('not asked for here');
    },
    // As the library does it.
    getCapabilities: async (capabilities) => {
      const server = http.createServer();
      opened.push(server);
      await new Promise<void>((resolve) => server.listen(resolve));
      return { ...capabilities, HttpUri: `http://localhost:${(server.address() as AddressInfo).port}/` };
    },
  });
  const address = opened[0]?.address() as AddressInfo;
  expect(address.address).toBe('127.0.0.1');
  expect(proxy?.origin).toBe(`http://127.0.0.1:${address.port}`);
  proxy?.close();
  expect(opened[0]?.listening).toBe(false);
  expect(http.createServer).toBe(createServer);
});
