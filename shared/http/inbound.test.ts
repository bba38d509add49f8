/** The wrapper and the body reader behind a real server: requests become what the functions library makes of them. */

import { HttpRequest } from '@azure/functions';
import type { HttpResponseInit } from '@azure/functions';
import { createServer, request as httpRequest } from 'node:http';
import type { OutgoingHttpHeaders, Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RefusedRequestError } from '../adjustments/parseAdjustments.ts';
import { AuthError } from '../auth/authError.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import type { LogFields } from '../runtime/ports.ts';
import { systemClock, systemEntropy } from '../runtime/systemRuntime.ts';
import { TableError } from '../tables/tableStore.ts';
import { checkApiVersion } from './apiVersion.ts';
import { handleHttp } from './handleHttp.ts';
import type { HttpHandling } from './handleHttp.ts';
import { ApiError } from './problem.ts';
import { readJsonBody } from './readBody.ts';

const LIMIT = 1000;

let server: Server;
let handle: HttpHandling;
const logged: { message: string; fields: LogFields | undefined }[] = [];
const note = (message: string, fields?: LogFields): void => void logged.push({ message, fields });

/** Answers with what arrived. */
const echo: HttpHandling = async (request) => {
  checkApiVersion(request);
  const bytes = await readJsonBody(request, LIMIT);
  return { jsonBody: { bytes: bytes.length, text: Buffer.from(bytes).toString('utf8').slice(0, 50) } };
};

// The library's own way to make a request of a stream is not exported; it hands the incoming message to `Request`.
const Streamed = HttpRequest as unknown as new (init: { nativeRequest: Request }) => HttpRequest;

beforeAll(async () => {
  const runtime = {
    clock: systemClock,
    entropy: systemEntropy,
    logger: { debug: note, info: note, warn: note, error: note },
  };
  const registered = handleHttp(runtime, (request, context) => handle(request, context));
  server = createServer((incoming, outgoing) => {
    const init = { method: incoming.method, headers: incoming.headers, body: incoming, duplex: 'half' };
    const nativeRequest = new Request(`http://localhost${incoming.url}`, init as unknown as RequestInit);
    void registered(new Streamed({ nativeRequest })).then((response: HttpResponseInit) => {
      const body = response.jsonBody === undefined ? response.body : JSON.stringify(response.jsonBody);
      outgoing.writeHead(response.status ?? 200, response.headers as OutgoingHttpHeaders);
      outgoing.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  handle = echo;
  logged.length = 0;
});

const port = (): number => (server.address() as AddressInfo).port;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Record<string, unknown>;
}

/** Chunked unless a content-length is among the headers. */
function post(body: Uint8Array | string, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = { 'content-type': 'application/json', ...headers };
    const request = httpRequest(
      { port: port(), host: '127.0.0.1', method: 'POST', headers: sent, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: JSON.parse(text) as Record<string, unknown>,
          });
        });
      },
    );
    request.on('error', reject);
    const bytes = Buffer.from(body);
    if (bytes.length > 0) request.write(bytes.subarray(0, 1));
    request.end(bytes.subarray(1));
  });
}

const codeOf = ({ status, body }: Answer): string =>
  `${status} ${String((body['error'] as { code?: string })?.code)}`;

describe('a body', () => {
  test('arrives in chunks, with a length, and compressed', async () => {
    const text = '[{"id":"é"}]';
    const arrived = { bytes: Buffer.byteLength(text), text };
    expect((await post(text)).body).toEqual(arrived);
    expect((await post(text, { 'content-length': Buffer.byteLength(text) })).body).toEqual(arrived);
    expect((await post(gzipSync(text), { 'content-encoding': 'gzip' })).body).toEqual(arrived);
    expect((await post(text, { 'content-encoding': 'identity' })).body).toEqual(arrived);
    expect((await post('')).body).toEqual({ bytes: 0, text: '' });
    expect((await post('', { 'content-encoding': 'gzip' })).body).toEqual({ bytes: 0, text: '' });
  });

  test('may be as large as the limit', async () => {
    expect((await post('x'.repeat(LIMIT))).body).toMatchObject({ bytes: LIMIT });
    expect((await post(gzipSync('x'.repeat(LIMIT)), { 'content-encoding': 'gzip' })).body).toMatchObject({
      bytes: LIMIT,
    });
  });

  test.each<[string, () => Promise<Answer>]>([
    ['in chunks', () => post('x'.repeat(LIMIT + 1))],
    ['with its length', () => post('x'.repeat(LIMIT + 1), { 'content-length': LIMIT + 1 })],
    ['in many chunks', () => post(Buffer.alloc(5_000_000))],
    ['with its length, much too large', () => post(Buffer.alloc(5_000_000), { 'content-length': 5_000_000 })],
    ['compressed', () => post(gzipSync('x'.repeat(LIMIT + 1)), { 'content-encoding': 'gzip' })],
    ['a bomb', () => post(gzipSync(Buffer.alloc(900_000), { level: 9 }), { 'content-encoding': 'gzip' })],
    [
      'too large even before it is decompressed',
      () => post(Buffer.alloc(LIMIT + 1), { 'content-encoding': 'gzip' }),
    ],
  ])('too large is refused: %s', async (_what, send) => {
    const answer = await send();
    expect(codeOf(answer)).toBe('413 BodyTooLarge');
    expect(answer.body['detail']).toContain('1000 bytes');
  });

  test('without end is refused before it has ended', async () => {
    const socket = connect(port(), '127.0.0.1');
    socket.on('error', () => {});
    const head = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
    socket.write(`${head}transfer-encoding: chunked\r\n\r\n`);
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const pump = (): void => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', pump);
    pump();
    const answer = await new Promise<string>((resolve) =>
      socket.once('data', (data) => resolve(data.toString())),
    );
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    socket.destroy();
  });

  test('whose sender leaves is no fault of ours', async () => {
    let outcome: unknown;
    const settled = new Promise<void>((resolve) => {
      handle = async (request) => {
        try {
          await readJsonBody(request, LIMIT);
        } catch (error) {
          outcome = error;
          throw error;
        } finally {
          resolve();
        }
        return {};
      };
    });
    const socket = connect(port(), '127.0.0.1');
    socket.write(
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n[1,',
      () => socket.destroy(),
    );
    await settled;
    expect(outcome).toBeInstanceOf(ApiError);
    expect((outcome as ApiError).code).toBe('IncompleteBody');
    expect(logged).toEqual([]);
  });

  test.each([
    'application/json',
    'Application/JSON; charset=UTF-8',
    'application/json;charset="utf-8"',
    'application/json; odata=verbose',
  ])('of type %s is read', async (type) => {
    expect((await post('[]', { 'content-type': type })).status).toBe(200);
  });

  test.each([
    '',
    'text/json',
    'text/plain',
    'application/jsonp',
    'application/xml',
    'multipart/form-data',
    'application/json; charset=utf-16',
    'application/json; charset=iso-8859-1',
  ])('of type %j is not', async (type) => {
    const answer = await post('[]', { 'content-type': type });
    expect(codeOf(answer)).toBe('415 UnsupportedMediaType');
  });

  test.each(['br', 'deflate', 'gzip, gzip', 'compress'])('in encoding %s is not read', async (encoding) => {
    const answer = await post('[]', { 'content-encoding': encoding });
    expect(codeOf(answer)).toBe('415 UnsupportedContentEncoding');
    expect(answer.headers['accept-encoding']).toBe('gzip');
  });

  test.each<[string, Uint8Array]>([
    ['is not', Buffer.from('[]')],
    ['is cut off', gzipSync('[1,2,3]').subarray(0, 20)],
    ['is damaged', gzipSync('[1,2,3]').fill(0, 12, 16)],
  ])('that says gzip and %s is refused', async (_what, bytes) => {
    expect(codeOf(await post(bytes, { 'content-encoding': 'gzip' }))).toBe('400 MalformedContent');
  });
});

describe('the API version', () => {
  test.each([
    ['1.0', 200],
    [' 1.0 ', 200],
    ['2.0', 400],
    ['1', 400],
    ['', 400],
    ['latest', 400],
  ])('%j: %i', async (version, status) => {
    const answer = await post('[]', { 'api-version': version });
    expect(answer.status).toBe(status);
    if (status !== 200) expect(codeOf(answer)).toBe('400 UnsupportedApiVersion');
  });
});

describe('every answer', () => {
  test('carries a request id of its own and the headers that keep browsers out', async () => {
    const [one, two] = [await post('[]'), await post('[')];
    expect(one.headers['x-ms-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(one.headers['x-ms-request-id']).not.toBe(two.headers['x-ms-request-id']);
    expect(one.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
    });
  });

  test('echoes the caller’s request id if it is one', async () => {
    expect(
      (await post('[]', { 'x-ms-client-request-id': 'till-7:42' })).headers['x-ms-client-request-id'],
    ).toBe('till-7:42');
    for (const strange of ['a b', '{"level":"error"}', 'x'.repeat(129), 'é']) {
      const answer = await post('[]', { 'x-ms-client-request-id': Buffer.from(strange).toString('latin1') });
      expect(answer.headers['x-ms-client-request-id']).toBeUndefined();
    }
  });

  test('keeps the headers that the handler set', async () => {
    handle = async () => ({ headers: { 'Cache-Control': 'max-age=60', etag: '"1"' }, body: '{}' });
    expect((await post('')).headers).toMatchObject({
      'cache-control': 'max-age=60',
      etag: '"1"',
      'x-frame-options': 'DENY',
    });
  });
});

describe('what a handler throws', () => {
  const throwing = (error: unknown): Promise<Answer> => {
    handle = async () => {
      throw error;
    };
    return post('[]', { 'x-ms-client-request-id': 'mine' });
  };

  test('is a problem that both problem+json and Azure clients can read', async () => {
    const lines = [
      { code: 'WrongType', line: 3, field: 'dimensions.a/b.c', value: '1', message: 'wrong' },
      { code: 'NotAnObject', line: 4, field: '', message: 'no line' },
    ];
    const error = new ApiError('InvalidLines', {
      detail: '2 lines are wrong.',
      target: 'body',
      lines,
      extensions: { accepted: 0 },
    });
    const answer = await throwing(error);
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['x-ms-error-code']).toBe('InvalidLines');
    expect(answer.body).toEqual({
      type: 'urn:problem-type:inventory-visibility-business-layer:InvalidLines',
      title: 'Lines of the request cannot be accepted',
      status: 400,
      detail: '2 lines are wrong.',
      instance: `urn:uuid:${String(answer.headers['x-ms-request-id'])}`,
      accepted: 0,
      error: {
        code: 'InvalidLines',
        message: '2 lines are wrong.',
        target: 'body',
        details: [
          { code: 'WrongType', message: 'wrong', target: '[3].dimensions.a/b.c' },
          { code: 'NotAnObject', message: 'no line', target: '[4]' },
        ],
      },
      errors: [
        { ...lines[0], pointer: '/3/dimensions/a~1b.c' },
        { ...lines[1], pointer: '/4' },
      ],
    });
    expect(logged).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    ['a refused request', new RefusedRequestError('TooManyLines', 'Too many.'), '413 TooManyLines'],
    ['a caller without a token', new AuthError('MissingToken', 'Send one.'), '401 MissingToken'],
    ['a caller with a bad token', new AuthError('ExpiredToken', 'Expired.'), '401 ExpiredToken'],
    ['a caller without the right', new AuthError('Forbidden', 'No.'), '403 Forbidden'],
  ])('%s is answered and not logged as a fault', async (_what, error, code) => {
    expect(codeOf(await throwing(error))).toBe(code);
    expect(logged).toEqual([]);
  });

  test('names the challenge of a 401, without an error where there was no token', async () => {
    expect((await throwing(new AuthError('MissingToken', 'x'))).headers['www-authenticate']).toBe('Bearer');
    expect((await throwing(new AuthError('InvalidToken', 'x'))).headers['www-authenticate']).toBe(
      'Bearer error="invalid_token"',
    );
  });

  test.each<[string, unknown, string]>([
    ['a dependency', new DependencyError('token issuer', 'gone'), '5'],
    ['a dependency that says when', new DependencyError('storage', 'busy', { retryAfterMs: 1_500 }), '2'],
    ['storage', new TableError('unknown', 'reset'), '5'],
  ])('%s that is away is a 503 with Retry-After', async (_what, error, seconds) => {
    const answer = await throwing(error);
    expect(codeOf(answer)).toBe('503 Unavailable');
    expect(answer.headers['retry-after']).toBe(seconds);
    expect(logged).toHaveLength(1);
  });

  test.each<[string, unknown]>([
    ['an error', new Error('secret-connection-string')],
    ['a limit of storage that we broke', new TableError('invalid', 'secret-connection-string')],
    ['a text', 'secret-connection-string'],
    ['nothing', undefined],
  ])('%s is a 500 that tells nothing, logged under the request id', async (_what, error) => {
    const answer = await throwing(error);
    expect(codeOf(answer)).toBe('500 InternalError');
    expect(JSON.stringify(answer.body)).not.toContain('secret');
    expect(logged).toEqual([
      {
        message: 'request failed',
        fields: expect.objectContaining({
          requestId: answer.headers['x-ms-request-id'],
          clientRequestId: 'mine',
          code: 'InternalError',
          reason: expect.stringContaining(String(error instanceof Error ? error.message : error)) as string,
        }) as LogFields,
      },
    ]);
  });

  test('also at once, or instead of an answer, is a 500', async () => {
    handle = () => {
      throw new Error('at once');
    };
    expect(codeOf(await post('[]'))).toBe('500 InternalError');
    handle = async () => undefined as unknown as HttpResponseInit;
    expect(codeOf(await post('[]'))).toBe('500 InternalError');
    handle = async () => ({ headers: { 'x-bad': 'a\nb' } });
    expect(codeOf(await post('[]'))).toBe('500 InternalError');
  });
});
