import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkApiVersion } from './apiVersion.ts';
import type { Answer, InboundTestServer } from './inboundTestServer.ts';
import { codeOf, startInboundTestServer } from './inboundTestServer.ts';
import { ApiError } from './problem.ts';
import { readJsonBody } from './readBody.ts';

const LIMIT = 1000;

let server: InboundTestServer;

beforeAll(async () => {
  server = await startInboundTestServer();
});

afterAll(async () => {
  await server.close();
});

beforeEach(() => {
  server.logged.length = 0;
  server.handle = async (request) => {
    checkApiVersion(request);
    const bytes = await readJsonBody(request, LIMIT);
    return { jsonBody: { bytes: bytes.length, text: Buffer.from(bytes).toString('utf8').slice(0, 50) } };
  };
});

describe('a body', () => {
  test('arrives in chunks, with a length, and compressed', async () => {
    const text = '[{"id":"é"}]';
    const arrived = { bytes: Buffer.byteLength(text), text };
    expect((await server.post(text)).body).toEqual(arrived);
    expect((await server.post(text, { 'content-length': Buffer.byteLength(text) })).body).toEqual(arrived);
    expect((await server.post(gzipSync(text), { 'content-encoding': 'gzip' })).body).toEqual(arrived);
    expect((await server.post(text, { 'content-encoding': 'identity' })).body).toEqual(arrived);
    expect((await server.post('')).body).toEqual({ bytes: 0, text: '' });
    expect((await server.post('', { 'content-encoding': 'gzip' })).body).toEqual({ bytes: 0, text: '' });
  });

  test('may be as large as the limit', async () => {
    expect((await server.post('x'.repeat(LIMIT))).body).toMatchObject({ bytes: LIMIT });
    expect(
      (await server.post(gzipSync('x'.repeat(LIMIT)), { 'content-encoding': 'gzip' })).body,
    ).toMatchObject({
      bytes: LIMIT,
    });
  });

  test.each<[string, () => Promise<Answer>]>([
    ['in chunks', () => server.post('x'.repeat(LIMIT + 1))],
    ['with its length', () => server.post('x'.repeat(LIMIT + 1), { 'content-length': LIMIT + 1 })],
    ['in many chunks', () => server.post(Buffer.alloc(5_000_000))],
    [
      'with its length, much too large',
      () => server.post(Buffer.alloc(5_000_000), { 'content-length': 5_000_000 }),
    ],
    ['compressed', () => server.post(gzipSync('x'.repeat(LIMIT + 1)), { 'content-encoding': 'gzip' })],
    [
      'a bomb',
      () => server.post(gzipSync(Buffer.alloc(900_000), { level: 9 }), { 'content-encoding': 'gzip' }),
    ],
    [
      'too large even before it is decompressed',
      () => server.post(Buffer.alloc(LIMIT + 1), { 'content-encoding': 'gzip' }),
    ],
  ])('too large is refused: %s', async (_what, send) => {
    const answer = await send();
    expect(codeOf(answer)).toBe('413 BodyTooLarge');
    expect(answer.body['detail']).toContain('1000 bytes');
  });

  test('without end is refused before it has ended', async () => {
    const socket = connect(server.port, '127.0.0.1');
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
      server.handle = async (request) => {
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
    const socket = connect(server.port, '127.0.0.1');
    socket.write(
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n[1,',
      () => socket.destroy(),
    );
    await settled;
    expect(outcome).toBeInstanceOf(ApiError);
    expect((outcome as ApiError).code).toBe('IncompleteBody');
    expect(server.logged).toEqual([]);
  });

  test.each([
    'application/json',
    'Application/JSON; charset=UTF-8',
    'application/json;charset="utf-8"',
    'application/json; odata=verbose',
  ])('of type %s is read', async (type) => {
    expect((await server.post('[]', { 'content-type': type })).status).toBe(200);
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
    const answer = await server.post('[]', { 'content-type': type });
    expect(codeOf(answer)).toBe('415 UnsupportedMediaType');
  });

  test.each(['br', 'deflate', 'gzip, gzip', 'compress'])('in encoding %s is not read', async (encoding) => {
    const answer = await server.post('[]', { 'content-encoding': encoding });
    expect(codeOf(answer)).toBe('415 UnsupportedContentEncoding');
    expect(answer.headers['accept-encoding']).toBe('gzip');
  });

  test.each<[string, Uint8Array]>([
    ['is not', Buffer.from('[]')],
    ['is cut off', gzipSync('[1,2,3]').subarray(0, 20)],
    ['is damaged', gzipSync('[1,2,3]').fill(0, 12, 16)],
  ])('that says gzip and %s is refused', async (_what, bytes) => {
    expect(codeOf(await server.post(bytes, { 'content-encoding': 'gzip' }))).toBe('400 MalformedContent');
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
    const answer = await server.post('[]', { 'api-version': version });
    expect(answer.status).toBe(status);
    if (status !== 200) expect(codeOf(answer)).toBe('400 UnsupportedApiVersion');
  });
});
