/** HttpClient over the machine's own network: node:http and node:https with kept-alive connections. */
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { Clock } from '../runtime/ports.ts';
import { HttpFailure } from './httpClient.ts';
import type { HttpClient, OutboundRequest, OutboundResponse } from './httpClient.ts';

const DEFAULT_MAX_RESPONSE_BYTES = 8 * 1024 * 1024;

/** Idle connections are dropped well before the other side does, so that few requests meet a closed one. */
const IDLE_CONNECTION_MS = 15_000;

/** A connection attempt that ended like this never carried a byte. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/**
 * Every failure is `unknown` unless it is certain that no byte of the request left: the name was not found or the
 * connection was refused, on a connection made for this very request. A reset of a reused connection is `unknown`,
 * because the other side may have read the request before it closed. TLS and certificate failures are `unknown` too.
 */
export class OutboundHttp implements HttpClient {
  readonly #clock: Clock;
  readonly #http = new HttpAgent({ keepAlive: true, timeout: IDLE_CONNECTION_MS });
  readonly #https = new HttpsAgent({ keepAlive: true, timeout: IDLE_CONNECTION_MS });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async send(outbound: OutboundRequest): Promise<OutboundResponse> {
    const url = parseUrl(outbound.url);
    // Without query: it may carry a signature.
    const label = `${outbound.method} ${url.origin}${url.pathname}`;
    const settled = new AbortController();
    try {
      return await this.#exchange(url, label, outbound, settled.signal);
    } finally {
      settled.abort();
    }
  }

  /** Closes all connections; requests under way fail as `unknown`. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  #exchange(
    url: URL,
    label: string,
    outbound: OutboundRequest,
    settled: AbortSignal,
  ): Promise<OutboundResponse> {
    return new Promise((resolve, reject) => {
      const request = this.#open(url, label, outbound);
      let connected = false;
      let overdue = false;
      request.on('socket', (socket: Socket) => {
        if (socket.connecting) socket.once('connect', () => (connected = true));
        else connected = true;
      });
      const fail = (error: Error): void => {
        const kind = !connected && NOT_CONNECTED.has(codeOf(error)) ? 'refused' : 'unknown';
        const reason = overdue ? `no complete answer within ${outbound.timeoutMs} ms` : reasonOf(error);
        reject(new HttpFailure(kind, `${label}: ${reason}`, { cause: error }));
      };
      request.on('error', fail);
      request.on('response', (response) => {
        collect(response, outbound.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES).then(
          resolve,
          (error: Error) => {
            request.destroy();
            fail(error);
          },
        );
      });
      request.end(outbound.body);
      this.#clock.sleep(outbound.timeoutMs, settled).then(
        () => {
          overdue = true;
          request.destroy(new Error('deadline passed'));
        },
        () => undefined,
      );
    });
  }

  #open(url: URL, label: string, outbound: OutboundRequest): ClientRequest {
    const secure = url.protocol === 'https:';
    const headers: Record<string, string | number> = { 'accept-encoding': 'identity', ...outbound.headers };
    if (outbound.body !== undefined) headers['content-length'] = Buffer.byteLength(outbound.body);
    const options: RequestOptions = {
      method: outbound.method,
      headers,
      agent: secure ? this.#https : this.#http,
    };
    try {
      return secure ? httpsRequest(url, options) : httpRequest(url, options);
    } catch (error) {
      // A header or path that node refuses to send; the value may be secret, so only the code is told.
      throw new HttpFailure('refused', `${label}: the request cannot be sent (${codeOf(error)})`);
    }
  }
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === 'https:' || url.protocol === 'http:')) return url;
  throw new HttpFailure('refused', `"${text.slice(0, 100)}" is not an http or https address`);
}

async function collect(response: IncomingMessage, maxBytes: number): Promise<OutboundResponse> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  if (!response.complete) throw new Error('the answer ended early');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return { status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks) };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Several addresses of one name fail as an AggregateError, whose own message is empty. */
function reasonOf(error: Error): string {
  if (error instanceof AggregateError) {
    return error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ');
  }
  return error.message;
}
