/** One HTTP exchange over a socket of its own, with the body exactly as the test gives it. */
import { type Agent, request } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';

export interface HttpCall {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text and bytes go with their length, a sequence of chunks goes chunked. */
  readonly body?: string | Uint8Array | readonly Uint8Array[];
  readonly agent?: Agent;
  readonly timeoutMs?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  /** Parsed on demand. @throws SyntaxError */
  json<Value = unknown>(): Value;
}

/** A bound for calls that hang. */
const TIMEOUT_MS = 60_000;

/** @throws Error when the connection fails before the answer is complete */
export async function httpCall(call: HttpCall): Promise<HttpAnswer> {
  const { url, method = 'GET', headers = {}, body, agent, timeoutMs = TIMEOUT_MS } = call;
  const chunked = Array.isArray(body);
  const length = body === undefined || chunked ? undefined : Buffer.byteLength(body as string | Uint8Array);
  const outgoing = request(url, {
    method,
    agent: agent ?? false,
    signal: AbortSignal.timeout(timeoutMs),
    headers: { ...(length === undefined ? {} : { 'content-length': String(length) }), ...headers },
  });
  const answered = new Promise<HttpAnswer>((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers as Record<string, string | undefined>,
          text,
          json: <Value>() => JSON.parse(text) as Value,
        });
      });
    });
  });
  // An answer may come before the body is through; what then happens to the rest of it is of no interest.
  if (chunked) pipeline(Readable.from(body as readonly Uint8Array[]), outgoing).catch(() => undefined);
  else outgoing.end(body as string | Uint8Array | undefined);
  return answered;
}
