/** The HTTP side: finds the service, lets faults act, reads the body within its limit, answers what is durable. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Refusal } from './exchange.ts';
import type { Exchange, Reply, Service } from './exchange.ts';
import type { CallFault, Faults } from './faults.ts';
import type { LateRequests } from './lateRequests.ts';

export interface HttpParts {
  /** First path segment → service. */
  readonly services: ReadonlyMap<string, Service>;
  readonly faults: Faults;
  readonly lateRequests: LateRequests;
  /** Resolves once everything that happened so far is durable. No answer leaves before. */
  readonly settled: () => Promise<void>;
}

export interface RunningServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1 (port 0: any free one) and builds the services once the address is known. */
export async function listen(
  port: number,
  build: (url: string) => Promise<HttpParts>,
): Promise<RunningServer> {
  // The services need the address, which only the listening server knows.
  const built: { parts?: HttpParts } = {};
  const server: Server = createServer((request, response) => {
    if (built.parts) void serve(built.parts, request, response);
    else response.writeHead(503, { 'Retry-After': '1' }).end();
  });
  // Node ends idle kept-alive connections after 5 s; a client that reuses one at that moment sees a reset.
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const actualPort = (server.address() as AddressInfo).port;
  built.parts = await build(`http://127.0.0.1:${actualPort}`);
  return {
    port: actualPort,
    close: () =>
      new Promise((resolve, reject) => {
        built.parts?.lateRequests.drop();
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function serve(parts: HttpParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.on('error', () => undefined);
  const address = `http://127.0.0.1${request.url ?? '/'}`;
  if (!URL.canParse(address)) {
    send(response, { status: 400, json: { message: `"${request.url ?? ''}" is not a path.` } });
    return;
  }
  const url = new URL(address);
  const [, prefix = ''] = url.pathname.split('/', 2);
  const service = parts.services.get(prefix);
  if (!service) {
    send(response, { status: 404, json: { message: `There is no service under "/${prefix}".` } });
    return;
  }
  const path = url.pathname.slice(prefix.length + 1);
  const fault = parts.faults.forCall(service.name, path);
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'reset') {
    request.socket.resetAndDestroy();
    return;
  }
  if (fault?.kind === 'status' || fault?.kind === 'redirect') {
    request.resume();
    send(response, fault.kind === 'status' ? statusReply(service, fault) : redirectReply(request, fault));
    return;
  }
  const exchange = await read(service, request, url, path).catch((error: unknown) => failure(service, error));
  if ('status' in exchange) {
    send(response, exchange);
    return;
  }
  const work = async (): Promise<Reply> => {
    try {
      const reply = await service.handle(exchange);
      await parts.settled();
      return reply;
    } catch (error) {
      // What happened before the refusal is durable too.
      await parts.settled().catch(() => undefined);
      return failure(service, error);
    }
  };
  if (fault?.kind === 'lateArrival') {
    parts.lateRequests.add(work, fault.delayMs ?? 0);
    request.socket.resetAndDestroy();
    return;
  }
  const reply = await work();
  if (fault?.kind === 'lostResponse') request.socket.resetAndDestroy();
  else if (fault?.kind === 'slow') setTimeout(() => send(response, reply), fault.delayMs).unref();
  else send(response, reply);
}

function statusReply(service: Service, fault: CallFault): Reply {
  const status = fault.status ?? 503;
  const reply = service.errorReply(status, fault.message ?? `Simulated failure ${status}.`);
  const retryAfter = fault.retryAfter === undefined ? {} : { 'Retry-After': String(fault.retryAfter) };
  return { ...reply, headers: { ...reply.headers, ...retryAfter } };
}

/** 307: the same request, body included, is to be sent to another address. */
function redirectReply(request: IncomingMessage, { location }: CallFault): Reply {
  const same = `http://${request.headers.host ?? ''}${request.url ?? '/'}`;
  return { status: 307, headers: { Location: location ?? same } };
}

/** @throws Refusal 413 or 415 */
async function read(service: Service, request: IncomingMessage, url: URL, path: string): Promise<Exchange> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    request.resume();
    throw new Refusal(415, `Content-Encoding "${encoding}" is not supported; send the body as it is.`);
  }
  return {
    method: request.method ?? 'GET',
    path,
    query: url.searchParams,
    headers: request.headers,
    body: await readBody(request, service.maxBodyBytes),
  };
}

async function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    // The rest is read and dropped, so that the client gets to see the answer.
    if (length <= limit) chunks.push(chunk);
  }
  if (length > limit) throw new Refusal(413, `The body has ${length} bytes; at most ${limit} are accepted.`);
  return Buffer.concat(chunks);
}

function failure(service: Service, error: unknown): Reply {
  if (error instanceof Refusal) {
    const reply = service.errorReply(error.status, error.message);
    return { ...reply, headers: { ...reply.headers, ...error.headers } };
  }
  console.error(error);
  return service.errorReply(500, error instanceof Error ? error.message : String(error));
}

function send(response: ServerResponse, reply: Reply): void {
  if (response.destroyed) return;
  const content =
    reply.json === undefined
      ? reply.content
      : { type: 'application/json; charset=utf-8', bytes: Buffer.from(JSON.stringify(reply.json)) };
  response.writeHead(reply.status, {
    ...(content ? { 'Content-Type': content.type } : {}),
    'Content-Length': String(content?.bytes.length ?? 0),
    ...reply.headers,
  });
  response.end(content?.bytes);
}
