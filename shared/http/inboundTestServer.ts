/** For tests: a real server that hands its requests to a handler as the functions library does. */

import { HttpRequest } from '@azure/functions';
import { createServer, request as httpRequest } from 'node:http';
import type { OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LogFields } from '../runtime/ports.ts';
import { systemClock, systemEntropy } from '../runtime/systemRuntime.ts';
import { handleHttp } from './handleHttp.ts';
import type { HttpHandling } from './handleHttp.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Record<string, unknown>;
}

export interface InboundTestServer {
  readonly port: number;
  /** What the next requests are handled by. */
  handle: HttpHandling;
  readonly logged: { readonly message: string; readonly fields: LogFields | undefined }[];
  /** Posts a body, chunked unless a content-length is among the headers. */
  post(body: Uint8Array | string, headers?: OutgoingHttpHeaders): Promise<Answer>;
  close(): Promise<void>;
}

// The library's own way to make a request of a stream is not exported; it hands the incoming message to `Request`.
const Streamed = HttpRequest as unknown as new (init: { nativeRequest: Request }) => HttpRequest;

export async function startInboundTestServer(): Promise<InboundTestServer> {
  const logged: { message: string; fields: LogFields | undefined }[] = [];
  const note = (message: string, fields?: LogFields): void => void logged.push({ message, fields });
  const logger = { debug: note, info: note, warn: note, error: note };
  const runtime = { clock: systemClock, entropy: systemEntropy, logger };
  const registered = handleHttp(runtime, (request, context) => started.handle(request, context));
  const server = createServer((incoming, outgoing) => {
    const init = { method: incoming.method, headers: incoming.headers, body: incoming, duplex: 'half' };
    const nativeRequest = new Request(`http://localhost${incoming.url}`, init as unknown as RequestInit);
    void registered(new Streamed({ nativeRequest })).then((response) => {
      const body = response.jsonBody === undefined ? response.body : JSON.stringify(response.jsonBody);
      outgoing.writeHead(response.status ?? 200, response.headers as OutgoingHttpHeaders);
      outgoing.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const started: InboundTestServer = {
    port,
    handle: async () => ({}),
    logged,
    post: (body, headers) => post(port, body, headers),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return started;
}

function post(port: number, body: Uint8Array | string, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      port,
      host: '127.0.0.1',
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      agent: false,
    };
    const request = httpRequest(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const parsed = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed });
      });
    });
    request.on('error', reject);
    const bytes = Buffer.from(body);
    if (bytes.length > 0) request.write(bytes.subarray(0, 1));
    request.end(bytes.subarray(1));
  });
}

/** Status and code of an error answer, e.g. `413 BodyTooLarge`. */
export function codeOf({ status, body }: Answer): string {
  return `${status} ${String((body['error'] as { code?: string } | undefined)?.code)}`;
}
