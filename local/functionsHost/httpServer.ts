/** The host's HTTP server on 127.0.0.1: the app's routes, and `POST /admin/functions/{name}` for timer functions. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answer } from './answer.ts';
import type { FireOutcome } from './frontMessages.ts';
import type { RequestForwarder } from './forwardRequest.ts';
import type { RequestGate } from './requestGate.ts';
import type { RouteTable } from './routeTable.ts';

export interface HttpFrontParts {
  readonly routes: RouteTable;
  /** Undefined when the app has no HTTP function. */
  readonly forwarder: RequestForwarder | undefined;
  readonly gate: RequestGate;
  isEnabled(functionName: string): boolean;
  /** Starts a function by name as an operator asked. */
  fire(functionName: string): Promise<FireOutcome>;
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  parts: HttpFrontParts,
): Promise<void> {
  const method = request.method ?? 'GET';
  const [path = '/'] = (request.url ?? '/').split('?');
  const admin = /^\/admin\/functions\/([^/]+)\/?$/i.exec(path);
  if (admin && method === 'POST') {
    const outcome = await parts.fire(admin[1] ?? '');
    answer(response, outcome === 'fired' ? 202 : outcome === 'unknown' ? 404 : 400);
    return;
  }
  const found = parts.routes.find(method, path);
  if (!found || !parts.forwarder || !parts.isEnabled(found.route.functionName)) {
    answer(response, 404);
    return;
  }
  const leave = await parts.gate.enter();
  if (!leave) {
    answer(response, 429);
    return;
  }
  try {
    if (!response.destroyed) await parts.forwarder.forward(request, response, found);
  } finally {
    leave();
  }
}

/** @returns the listening server and its base URL */
export async function listen(port: number, parts: HttpFrontParts): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    handle(request, response, parts)
      .catch(() => {
        // What cannot be forwarded at all (a target that is no URL) is the client's fault.
        if (!response.headersSent) answer(response, 400);
        else response.destroy();
      })
      .finally(() => {
        // A client that keeps its connection open must not hold up a server that is closing.
        if (!server.listening) server.closeIdleConnections();
      });
  });
  // An upload may take as long as it needs; the platform limits only how long nothing moves.
  server.requestTimeout = 0;
  // Longer than clients keep idle connections, so that they are the ones to close them.
  server.keepAliveTimeout = 130_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
