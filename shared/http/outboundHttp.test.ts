import { afterEach, beforeEach, expect, test } from 'vitest';
import { deadAddress, json, startHttpPeer } from '../../test/support/httpPeer.ts';
import type { Answer, HttpPeer } from '../../test/support/httpPeer.ts';
import { systemClock } from '../runtime/systemRuntime.ts';
import { HttpFailure } from './httpClient.ts';
import { OutboundHttp } from './outboundHttp.ts';

const http = new OutboundHttp(systemClock);
const peers: HttpPeer[] = [];

async function peer(answer: Answer): Promise<HttpPeer> {
  const started = await startHttpPeer(answer);
  peers.push(started);
  return started;
}

async function failureOf(exchange: Promise<unknown>): Promise<HttpFailure> {
  const failure = await exchange.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(HttpFailure);
  return failure as HttpFailure;
}

beforeEach(() => {
  peers.length = 0;
});

afterEach(async () => {
  http.close();
  await Promise.all(peers.map((each) => each.close()));
});

test('carries method, headers and body there, status, headers and body back', async () => {
  const { url, received } = await peer((_request, response) => {
    response.writeHead(418, { 'X-Some': 'Value' });
    response.end('short and stout');
  });
  const body = new Uint8Array([0, 1, 255]);
  const answer = await http.send({
    method: 'PUT',
    url: `${url}/a?b=c`,
    headers: { 'x-mine': '1' },
    body,
    timeoutMs: 5000,
  });
  expect(received[0]).toMatchObject({ method: 'PUT', url: '/a?b=c', headers: { 'x-mine': '1' } });
  expect([...(received[0]?.body ?? [])]).toEqual([0, 1, 255]);
  expect(answer.status).toBe(418);
  expect(answer.headers['x-some']).toBe('Value');
  expect(Buffer.from(answer.body).toString()).toBe('short and stout');
});

test('sends text as UTF-8 with its length in bytes', async () => {
  const { url, received } = await peer((_request, response) => void response.end());
  await http.send({ method: 'POST', url, body: 'Größe', timeoutMs: 5000 });
  expect(received[0]?.body.toString('utf8')).toBe('Größe');
  expect(received[0]?.headers['content-length']).toBe('7');
});

test('returns a redirect instead of following it', async () => {
  const { url, received } = await peer((_request, response) =>
    json(response, 307, {}, { location: '/elsewhere' }),
  );
  const answer = await http.send({ method: 'POST', url, body: 'x', timeoutMs: 5000 });
  expect(answer.status).toBe(307);
  expect(answer.headers.location).toBe('/elsewhere');
  expect(received).toHaveLength(1);
});

test('a port nobody listens on is refused', async () => {
  const failure = await failureOf(
    http.send({ method: 'POST', url: await deadAddress(), body: 'x', timeoutMs: 5000 }),
  );
  expect(failure.kind).toBe('refused');
  expect(failure.message).toContain('ECONNREFUSED');
});

test('an address or header that cannot be sent is refused, without telling the header', async () => {
  const noUrl = await failureOf(http.send({ method: 'GET', url: 'ftp://example.com/', timeoutMs: 5000 }));
  expect(noUrl.kind).toBe('refused');
  const { url } = await peer((_request, response) => void response.end());
  const badHeader = await failureOf(
    http.send({ method: 'GET', url, headers: { authorization: 'Bearer sec\nret' }, timeoutMs: 5000 }),
  );
  expect(badHeader.kind).toBe('refused');
  expect(badHeader.message).not.toContain('sec');
});

test('a peer that never answers is unknown after the deadline', async () => {
  const { url } = await peer(() => undefined);
  const failure = await failureOf(http.send({ method: 'POST', url: `${url}/x?sig=secret`, timeoutMs: 50 }));
  expect(failure.kind).toBe('unknown');
  expect(failure.message).toContain('within 50 ms');
  expect(failure.message).not.toContain('secret');
});

test('the deadline covers the answer to its end', async () => {
  const { url } = await peer((_request, response) => {
    response.writeHead(200);
    response.write('begun');
  });
  const failure = await failureOf(http.send({ method: 'POST', url, timeoutMs: 100 }));
  expect(failure.kind).toBe('unknown');
  expect(failure.message).toContain('within 100 ms');
});

test('a connection reset before the answer, or in it, is unknown', async () => {
  const before = await peer((_request, _response, incoming) => void incoming.socket.resetAndDestroy());
  expect((await failureOf(http.send({ method: 'POST', url: before.url, timeoutMs: 5000 }))).kind).toBe(
    'unknown',
  );
  const within = await peer((_request, response, incoming) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => void incoming.socket.destroy());
  });
  expect((await failureOf(http.send({ method: 'POST', url: within.url, timeoutMs: 5000 }))).kind).toBe(
    'unknown',
  );
});

test('a reset of a reused connection is unknown, even when nobody listens any more', async () => {
  const reused = await peer((request, response, incoming) => {
    if (request.url === '/first') response.end('kept alive');
    else void reused.close().then(() => incoming.socket.resetAndDestroy());
  });
  await http.send({ method: 'GET', url: `${reused.url}/first`, timeoutMs: 5000 });
  const failure = await failureOf(
    http.send({ method: 'POST', url: `${reused.url}/second`, timeoutMs: 5000 }),
  );
  expect(reused.received).toHaveLength(2);
  expect(reused.received[1]?.remotePort).toBe(reused.received[0]?.remotePort);
  expect(failure.kind).toBe('unknown');
});

test('an answer longer than allowed fails the call', async () => {
  const { url } = await peer((_request, response) => void response.end('x'.repeat(1001)));
  const failure = await failureOf(http.send({ method: 'GET', url, timeoutMs: 5000, maxResponseBytes: 1000 }));
  expect(failure.kind).toBe('unknown');
  expect(failure.message).toContain('1000 bytes');
  const answer = await http.send({ method: 'GET', url, timeoutMs: 5000, maxResponseBytes: 1001 });
  expect(answer.body).toHaveLength(1001);
});
