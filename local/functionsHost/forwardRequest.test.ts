import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { RequestForwarder } from './forwardRequest.ts';
import { parseRouteTemplate } from './routeTemplate.ts';

const servers: Server[] = [];

async function listening(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const ROUTE = { functionName: 'echo', methods: [], template: parseRouteTemplate('echo') };

it('leaves no connection to rest until the other end closes it', async () => {
  const proxy = createServer((_request, response) => response.end('answered'));
  proxy.keepAliveTimeout = 0;
  const connected = once(proxy, 'connection') as Promise<[Socket]>;
  const forwarder = new RequestForwarder(await listening(proxy), () => Promise.resolve(true), {
    write: () => undefined,
  });
  const front = await listening(
    createServer((request, response) => {
      void forwarder.forward(request, response, { route: ROUTE, parameters: {} });
    }),
  );
  const [answer] = (await once(get(front), 'response')) as [IncomingMessage];
  expect(answer.statusCode).toBe(200);
  answer.resume();
  const [socket] = await connected;
  // This end keeps it open for ever: it ends because the forwarder ends it.
  await once(socket, 'end');
  forwarder.close();
});
