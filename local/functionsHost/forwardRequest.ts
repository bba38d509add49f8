/**
 * Takes one HTTP request to its function: the raw bytes go to the library's streaming proxy while the invocation of
 * the same id runs, and the proxy's answer goes back as it comes.
 */
import { randomUUID } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { Transform, pipeline } from 'node:stream';
import { answer } from './answer.ts';
import type { TypedData } from './coreTypes.ts';
import type { HostLog } from './hostLog.ts';
import type { HttpInvocation } from './frontMessages.ts';
import type { Route } from './routeTable.ts';

/** The platform's limit of a request body (`FUNCTIONS_REQUEST_BODY_SIZE_LIMIT`), in bytes. */
export const maxBodyBytes = 104_857_600;

/** The platform gives up a forwarded request when nothing moved for 240 s. */
const idleTimeoutMs = 240_000;

/**
 * A connection to the library's server that rests is closed after this, in milliseconds: the server closes it after 6 s,
 * and a request sent at that very moment would be lost.
 */
const restingConnectionMs = 3_000;

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The name and value pairs of a message that belong to its end-to-end part. */
function endToEndHeaders(message: IncomingMessage, without: readonly string[] = []): string[] {
  const named = (message.headers.connection ?? '').toLowerCase().split(/\s*,\s*/);
  const kept: string[] = [];
  for (let index = 0; index < message.rawHeaders.length; index += 2) {
    const name = message.rawHeaders[index] ?? '';
    const lower = name.toLowerCase();
    if (!hopByHop.has(lower) && !named.includes(lower) && !without.includes(lower))
      kept.push(name, message.rawHeaders[index + 1] ?? '');
  }
  return kept;
}

/** What the platform tells the library about the request: its headers and route parameters. */
function triggerMetadata(
  request: IncomingMessage,
  parameters: Record<string, string>,
): Record<string, TypedData> {
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headersDistinct))
    headers[name] = (values ?? []).join(', ');
  const metadata: Record<string, TypedData> = { Headers: { json: JSON.stringify(headers) } };
  for (const [name, value] of Object.entries(parameters)) metadata[name] = { string: value };
  return metadata;
}

function traceContext(request: IncomingMessage): { traceParent: string; traceState?: string } | undefined {
  const { traceparent, tracestate } = request.headers;
  if (typeof traceparent !== 'string') return undefined;
  return { traceParent: traceparent, ...(typeof tracestate === 'string' ? { traceState: tracestate } : {}) };
}

/**
 * Runs an invocation; resolves with whether the handler returned something. The signal gives it up while it waits for a
 * request that was cut off. @throws what the handler threw
 */
export type Invoke = (invocation: HttpInvocation, givenUp: AbortSignal) => Promise<boolean>;

export class RequestForwarder {
  readonly #agent = new Agent({
    keepAlive: true,
    maxFreeSockets: 256,
    timeout: restingConnectionMs,
  });
  readonly #origin: URL;
  readonly #invoke: Invoke;
  readonly #log: HostLog;

  /** @param origin of the library's streaming proxy */
  constructor(origin: string, invoke: Invoke, log: HostLog) {
    this.#origin = new URL(origin);
    this.#invoke = invoke;
    this.#log = log;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Resolves when the exchange is over: answered in full, failed, or given up by the client. */
  async forward(
    request: IncomingMessage,
    response: ServerResponse,
    { route, parameters }: { route: Route; parameters: Record<string, string> },
  ): Promise<void> {
    if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) {
      answer(response, 413);
      return;
    }
    const invocationId = randomUUID();
    const { functionName } = route;
    const cutOff = new AbortController();
    const upstream = this.#openUpstream(request, invocationId);
    const over = Promise.withResolvers<undefined>();
    // One way out for everything that goes wrong: stop the forward, answer if that is still possible. Stopping makes
    // errors of its own, which must not undo the answer.
    const fail = (status: number, reason: string): void => {
      if (cutOff.signal.aborted) return;
      cutOff.abort(new Error(reason));
      // What is left of the body is read and dropped, so that a client that still sends gets to read the answer.
      request.unpipe();
      request.resume();
      upstream.destroy();
      if (response.destroyed || response.writableFinished) return;
      if (!response.headersSent) answer(response, status);
      else response.destroy();
    };
    response.on('close', () => {
      if (!response.writableFinished) fail(499, 'the client went away');
      over.resolve(undefined);
    });
    upstream.on('response', (incoming) => {
      this.#sendBack(incoming, response);
    });
    upstream.on('timeout', () => {
      fail(504, 'nothing was sent for 240 s');
    });
    upstream.on('error', (error) => {
      fail(502, `the forwarded request broke off: ${error.message}`);
    });
    // No pipeline(): on an error it would destroy the request, and with it the connection the answer must go out on.
    const limited = limitBytes(() => {
      fail(413, `the body is over ${maxBodyBytes} bytes`);
    });
    request.pipe(limited).pipe(upstream);

    const trace = traceContext(request);
    try {
      const answered = await this.#invoke(
        {
          functionName,
          invocationId,
          triggerMetadata: triggerMetadata(request, parameters),
          ...(trace ? { traceContext: trace } : {}),
        },
        cutOff.signal,
      );
      // The library answers nothing for a handler without a result; the request would hang.
      if (!answered) {
        this.#log.write({
          level: 'warning',
          category: 'system',
          functionName,
          message: 'returned no response; answered 204',
        });
        fail(204, 'the handler returned nothing');
      }
    } catch (error) {
      // A client that has left explains why the handler could not go on; that is no fault of the app.
      const level = cutOff.signal.aborted ? 'debug' : 'error';
      this.#log.write({
        level,
        category: 'system',
        functionName,
        message: `failed: ${error instanceof Error ? error.message : String(error)}`,
      });
      fail(500, 'the invocation failed');
    }
    await over.promise;
  }

  #openUpstream(request: IncomingMessage, invocationId: string): ClientRequest {
    const { localAddress = '127.0.0.1', localPort = 0 } = request.socket;
    return httpRequest({
      agent: this.#agent,
      host: this.#origin.hostname,
      port: this.#origin.port,
      method: request.method,
      path: request.url,
      timeout: idleTimeoutMs,
      headers: [
        ...endToEndHeaders(request, [
          'host',
          'expect',
          'x-ms-invocation-id',
          'x-forwarded-host',
          'x-forwarded-proto',
        ]),
        ...['host', this.#origin.host],
        ...['x-ms-invocation-id', invocationId],
        ...['x-forwarded-host', request.headers.host ?? `${localAddress}:${localPort}`],
        ...['x-forwarded-proto', 'http'],
        ...(request.headers['transfer-encoding'] === undefined ? [] : ['transfer-encoding', 'chunked']),
      ],
    });
  }

  #sendBack(incoming: IncomingMessage, response: ServerResponse): void {
    if (response.headersSent || response.destroyed) {
      incoming.destroy();
      return;
    }
    response.writeHead(incoming.statusCode ?? 502, endToEndHeaders(incoming));
    response.flushHeaders();
    // A proxy answer that breaks off breaks the client's off too: the client must not take it for whole.
    pipeline(incoming, response, () => undefined);
  }
}

/** Passes bytes on until there are too many. */
function limitBytes(onExcess: () => void): Transform {
  let total = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      total += chunk.length;
      // Later, because the pipe that is just writing here would pause the request again.
      if (total > maxBodyBytes) setImmediate(onExcess);
      else this.push(chunk);
      callback();
    },
  });
}
