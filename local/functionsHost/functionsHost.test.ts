import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FixtureProbe } from './fixture/app.ts';
import { buildFixtureApp } from './fixture/buildApp.ts';
import type { AppFolder } from './fixture/buildApp.ts';
import { startFunctionsHost } from './functionsHost.ts';
import type { FunctionsHost } from './functionsHost.ts';
import type { LogEntry } from './hostLog.ts';

let app: AppFolder;
let host: FunctionsHost;
const logged: LogEntry[] = [];

const settings = {
  TICK_SCHEDULE: '0 0 0 1 1 *',
  RECEIVE_QUEUE: 'fixture',
  FIXTURE_BUS:
    'Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=k;SharedAccessKey=s;UseDevelopmentEmulator=true',
  'AzureWebJobs.switchedOff.Disabled': 'true',
  'AzureWebJobs.receive.Disabled': '1',
};

function probe(): FixtureProbe {
  return (globalThis as unknown as { functionsHostProbe: FixtureProbe }).functionsHostProbe;
}

interface Echo {
  method: string;
  url: string;
  params: Record<string, string>;
  headers: Record<string, string>;
  length: number;
  sha256: string;
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

beforeAll(async () => {
  app = await buildFixtureApp();
  host = await startFunctionsHost({
    appRoot: app.root,
    env: settings,
    log: { write: (entry) => logged.push(entry) },
  });
});
afterAll(async () => {
  await host.close();
  app.remove();
});

describe('requests', () => {
  test('arrive with their method, URL, headers and route parameters', async () => {
    const response = await fetch(`${host.url}/api/Things/abc/7?q=%C3%A4`, {
      method: 'POST',
      body: 'hello',
      headers: { 'x-mine': 'yes', 'x-ms-invocation-id': 'forged' },
    });
    const echo = (await response.json()) as Echo;
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(echo).toMatchObject({ method: 'POST', params: { group: 'abc', id: '7' }, length: 5 });
    expect(echo.url).toBe(`${host.url}/api/Things/abc/7?q=%C3%A4`);
    expect(echo.headers['x-mine']).toBe('yes');
  });

  test('may be chunked and arrive whole', async () => {
    const parts = Array.from({ length: 40 }, (_, index) => Buffer.alloc(50_000, String(index % 10)));
    const request = httpRequest(`${host.url}/api/things/abc`, { method: 'POST' });
    const answered = once(request, 'response') as Promise<[IncomingMessage]>;
    for (const part of parts) if (!request.write(part)) await once(request, 'drain');
    request.end();
    const [response] = await answered;
    const echo = JSON.parse(Buffer.concat(await response.toArray()).toString()) as Echo;
    expect(echo.headers['transfer-encoding']).toBe('chunked');
    expect(echo).toMatchObject({
      length: 2_000_000,
      sha256: sha256(Buffer.concat(parts)),
      params: { group: 'abc' },
    });
  });

  test('keep a compressed body byte for byte', async () => {
    const body = gzipSync('x'.repeat(10_000));
    const response = await fetch(`${host.url}/api/things/abc/1`, {
      method: 'POST',
      body,
      headers: { 'content-encoding': 'gzip' },
    });
    expect(await response.json()).toMatchObject({ length: body.length, sha256: sha256(body) });
  });

  test('of another method on the same route go to the other function', async () => {
    const response = await fetch(`${host.url}/api/things/abc/1?q=x`);
    expect(await response.json()).toEqual({ read: { group: 'abc', id: '1' }, query: 'x' });
    expect(logged).toContainEqual({
      level: 'information',
      category: 'user',
      functionName: 'readThing',
      message: 'read (hooked)',
    });
  });

  test.each([
    ['an unknown route', 'GET', '/api/unknown'],
    ['the homepage', 'GET', '/'],
    ['a method no function takes', 'PUT', '/api/things/abc/1'],
    ['a parameter against its constraint', 'GET', '/api/things/abc/x'],
    ['a disabled function', 'GET', '/api/switchedOff'],
    ['the prefix left out', 'GET', '/things/abc/1'],
  ])('for %s are answered 404', async (_what, method, path) => {
    const response = await fetch(host.url + path, { method });
    expect(response.status).toBe(404);
    expect(await response.text()).toBe('');
  });

  test('over the size limit are answered 413, announced or not', async () => {
    const request = httpRequest(`${host.url}/api/things/abc`, {
      method: 'POST',
      headers: { 'content-length': 104_857_601 },
    });
    request.on('error', () => undefined);
    request.flushHeaders();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(413);
    request.destroy();

    const chunked = httpRequest(`${host.url}/api/things/abc`, { method: 'POST' });
    chunked.on('error', () => undefined);
    const answered = once(chunked, 'response') as Promise<[IncomingMessage]>;
    const part = Buffer.alloc(4 * 1024 * 1024);
    for (let index = 0; index <= 26; index += 1) chunked.write(part);
    expect((await answered)[0].statusCode).toBe(413);
    chunked.destroy();
  });
});

describe('responses', () => {
  test('stream back as they are made, without hop-by-hop headers', async () => {
    const response = await fetch(`${host.url}/api/download/a/b%20c`);
    expect(response.headers.get('x-rest')).toBe('a/b c');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(response.headers.get('x-hop')).toBeNull();
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('first ');
    probe().events.emit('continue');
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('second');
    expect((await reader.read()).done).toBe(true);
  });

  test('of many bytes arrive whole', async () => {
    const body = Buffer.from(await (await fetch(`${host.url}/api/large`)).arrayBuffer());
    expect(body.equals(Buffer.alloc(8 * 1024 * 1024, 'x'))).toBe(true);
  });

  test('may be 204, also for a handler that returns nothing', async () => {
    expect((await fetch(`${host.url}/api/nothing`, { method: 'DELETE' })).status).toBe(204);
    expect((await fetch(`${host.url}/api/undefinedResult`)).status).toBe(204);
  });

  test('are 500 and empty when the handler throws', async () => {
    const response = await fetch(`${host.url}/api/throwing`, { method: 'POST', body: 'x' });
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('');
    expect(logged.find(({ functionName }) => functionName === 'throwing')?.message).toContain(
      'the handler broke',
    );
  });

  test('are 500 as well for a client that is still sending', async () => {
    const request = httpRequest(`${host.url}/api/throwing`, { method: 'POST' });
    request.write('begun');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(500);
    const ended = once(response.resume(), 'end');
    request.end('rest');
    await ended;
  });

  test('leave the connection usable after a body that nobody read', async () => {
    const socket = connect(Number(new URL(host.url).port), '127.0.0.1');
    const body = Buffer.alloc(32 * 1024 * 1024);
    socket.write(`POST /api/throwing HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`);
    socket.write(body);
    socket.write('GET /api/things/abc/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    const answers = Buffer.concat(await socket.toArray()).toString();
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 500', 'HTTP/1.1 200']);
  });

  test('break off when the body breaks off', async () => {
    const response = await fetch(`${host.url}/api/throwingMidBody`);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    probe().events.emit('break');
    await expect(reader.read()).rejects.toThrow();
  });

  test('use what the hooks left', async () => {
    const response = await fetch(`${host.url}/api/hooked`);
    expect(await response.json()).toEqual({ result: 'handled replaced by a hook', seen: 'hooked' });
  });
});

describe('a client that goes away', () => {
  test('in the middle of its body cuts the handler off and leaves the host alone', async () => {
    const waiting = once(probe().events, 'waiting');
    const cutOff = once(probe().events, 'cut off');
    const socket = connect(Number(new URL(host.url).port), '127.0.0.1');
    socket.write('POST /api/waiting HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf');
    await waiting;
    socket.destroy();
    await cutOff;
    expect((await fetch(`${host.url}/api/things/abc/1`)).status).toBe(200);
  });

  test('in the middle of the response stops no other request', async () => {
    const leaving = new AbortController();
    const response = await fetch(`${host.url}/api/download/x`, { signal: leaving.signal });
    await (response.body as ReadableStream<Uint8Array>).getReader().read();
    leaving.abort();
    // The handler goes on and writes to a client that is gone.
    probe().events.emit('continue');
    expect((await fetch(`${host.url}/api/things/abc/1`)).status).toBe(200);
  });
});

describe('the admin endpoint', () => {
  test('fires a timer function now', async () => {
    const tick = once(probe().events, 'tick');
    const response = await fetch(`${host.url}/admin/functions/Tick`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(202);
    const [timer, metadata] = (await tick) as [Record<string, unknown>, unknown];
    expect(timer).toMatchObject({
      isPastDue: false,
      schedule: { adjustForDST: true },
      scheduleStatus: { last: expect.any(String) as string, next: expect.any(String) as string },
    });
    expect(metadata).toBeUndefined();
  });

  test('knows its functions', async () => {
    expect((await fetch(`${host.url}/admin/functions/unknown`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${host.url}/admin/functions/echo`, { method: 'POST' })).status).toBe(400);
  });
});

test('the functions are listed with what the settings made of them', () => {
  const byName = new Map(host.functions.map((fn) => [fn.name, fn]));
  expect(byName.get('echo')).toEqual({
    name: 'echo',
    type: 'httpTrigger',
    disabled: false,
    route: 'api/things/{group:alpha}/{id:int?}',
    methods: ['POST'],
  });
  expect(byName.get('tick')).toMatchObject({ type: 'timerTrigger', schedule: '0 0 0 1 1 *' });
  expect(byName.get('receive')).toMatchObject({
    type: 'serviceBusTrigger',
    queueName: 'fixture',
    disabled: true,
  });
});
