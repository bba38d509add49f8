import { afterEach, expect, test } from 'vitest';
import { deadAddress, json, startHttpPeer } from '../../test/support/httpPeer.ts';
import type { Answer, HttpPeer } from '../../test/support/httpPeer.ts';
import { OutboundHttp } from '../http/outboundHttp.ts';
import { systemClock } from '../runtime/systemRuntime.ts';
import type { InventoryVisibilitySettings } from '../settings/environmentSettings.ts';
import type { OnHandAnswer, OnHandEvent } from './inventoryVisibility.ts';
import type { OnHandKey } from './onHandQuery.ts';
import { InventoryVisibilityClient } from './inventoryVisibilityClient.ts';

const ENVIRONMENT = '22222222-2222-4222-8222-222222222222';
const A = 'aaaaaaaa-0000-8000-8000-000000000001';
const B = 'bbbbbbbb-0000-8000-8000-000000000002';
const C = 'cccccccc-0000-8000-8000-000000000003';
const token = { value: 'iv-token', expiresAt: Number.MAX_SAFE_INTEGER };
const http = new OutboundHttp(systemClock);
let peer: HttpPeer | undefined;

afterEach(async () => {
  http.close();
  await peer?.close();
  peer = undefined;
});

function clientOf(root: string, callTimeoutMs = 5000): InventoryVisibilityClient {
  const settings: InventoryVisibilitySettings = {
    endpoint: `${root}/iv`,
    authority: `${root}/entra`,
    securityService: `${root}/securityservice/token`,
    redirectHosts: ['127.0.0.1'],
    credential: { kind: 'clientSecret', tenantId: 'tenant', clientId: 'client', secretSetting: 'SECRET' },
    eventIdWindowHours: 24,
    processingBoundSeconds: 300,
  };
  return new InventoryVisibilityClient({
    http,
    clock: systemClock,
    environmentId: ENVIRONMENT,
    settings,
    readSecret: () => 'secret',
    tokenTimeoutMs: 5000,
    callTimeoutMs,
  });
}

async function setUp(answer: Answer, callTimeoutMs?: number): Promise<InventoryVisibilityClient> {
  peer = await startHttpPeer(answer);
  return clientOf(peer.url, callTimeoutMs);
}

function event(id: string, quantity = '1'): OnHandEvent {
  return {
    id,
    organizationId: 'USMF',
    productId: 'D0001 "red"',
    dataSource: '@iv',
    physicalMeasure: 'adjustment',
    dimensions: [
      ['LocationId', '13'],
      ['SiteId', '1'],
    ],
    quantity,
  };
}

const success = (id: string) => ({ id, processingStatus: 'success', message: '', statusCode: 200 });
const failure = (id: string, statusCode: number) => ({
  id,
  processingStatus: 'failure',
  message: `no ${id}`,
  statusCode,
});

function results(answer: OnHandAnswer): Record<string, boolean> {
  if (answer.kind !== 'answered') throw new Error(`${answer.kind}: ${answer.message}`);
  return Object.fromEntries([...answer.results].map(([id, result]) => [id, result.applied]));
}

test('sends the documented body, with quantities digit by digit', async () => {
  const client = await setUp((_request, response) => json(response, 200, [success(A), success(B)]));
  const exact = '-99999999999.1234567891';
  expect(results(await client.postOnHand(token, [event(A, exact), event(B, '0.1')]))).toEqual({
    [A]: true,
    [B]: true,
  });
  const request = peer?.received[0];
  expect(request?.method).toBe('POST');
  expect(request?.url).toBe(`/iv/api/environment/${ENVIRONMENT}/onhand/bulk`);
  expect(request?.headers).toMatchObject({ authorization: 'Bearer iv-token', 'api-version': '1.0' });
  const text = request?.body.toString() ?? '';
  expect(text).toContain(`{"adjustment":${exact}}`);
  expect(JSON.parse(text)).toEqual(
    [exact, '0.1'].map((quantity, index) => ({
      id: [A, B][index],
      organizationId: 'USMF',
      productId: 'D0001 "red"',
      dimensions: { LocationId: '13', SiteId: '1' },
      quantities: { '@iv': { adjustment: Number(quantity) } },
    })),
  );
});

test('matches results by id: shuffled, partial, foreign, unreadable and contradicting ones', async () => {
  const client = await setUp((_request, response) =>
    json(response, 200, [
      failure(C, 400),
      success('dddddddd-0000-8000-8000-000000000004'),
      null,
      { processingStatus: 'success', statusCode: 200 },
      success(A.toUpperCase()),
    ]),
  );
  const answer = await client.postOnHand(token, [event(A), event(B), event(C)]);
  expect(results(answer)).toEqual({ [A]: true, [C]: false });
  expect(answer).toMatchObject({ kind: 'answered' });
  if (answer.kind === 'answered')
    expect(answer.results.get(C)).toEqual({ applied: false, statusCode: 400, message: `no ${C}` });

  await peer?.close();
  const contradicting = await setUp((_request, response) =>
    json(response, 200, [success(A), failure(A, 400), success(B), success(B)]),
  );
  expect(results(await contradicting.postOnHand(token, [event(A), event(B)]))).toEqual({ [B]: true });
});

test.each([
  ['failed with 500', failure(A, 500)],
  ['failed with 429', failure(A, 429)],
  ['failed without a status', { id: A, processingStatus: 'failure', message: '' }],
  ['success with 500', { ...success(A), statusCode: 500 }],
  ['partial success', { ...success(A), processingStatus: 'partialSuccess' }],
])('an event that %s is neither applied nor refused', async (_what, result) => {
  const client = await setUp((_request, response) => json(response, 200, [result, success(B)]));
  expect(results(await client.postOnHand(token, [event(A), event(B)]))).toEqual({ [B]: true });
});

test.each(['', 'garbage', '{"value":[]}', '[{"id":'])('an answer 200 of %j is unknown', async (body) => {
  const client = await setUp((_request, response) => void response.end(body));
  expect((await client.postOnHand(token, [event(A)])).kind).toBe('unknown');
});

test.each([
  [400, 'refused'],
  [413, 'refused'],
  [422, 'refused'],
  [401, 'noEffect'],
  [403, 'noEffect'],
  [404, 'noEffect'],
  [307, 'noEffect'],
  [429, 'noEffect'],
  [302, 'unknown'],
  [408, 'unknown'],
  [409, 'unknown'],
  [500, 'unknown'],
  [502, 'unknown'],
  [503, 'unknown'],
  [202, 'unknown'],
])('status %i is %s and keeps the words of the service', async (status, kind) => {
  const client = await setUp((_request, response) => json(response, status, { message: 'its own words' }));
  const answer = await client.postOnHand(token, [event(A)]);
  expect(answer.kind).toBe(kind);
  if (answer.kind !== 'answered') expect(answer.message).toContain('its own words');
  if (answer.kind === 'refused') expect(answer.statusCode).toBe(status);
});

test('a refusal that lists a success is not a refusal of the whole call', async () => {
  const client = await setUp((_request, response) => json(response, 400, [failure(A, 400), success(B)]));
  expect(results(await client.postOnHand(token, [event(A), event(B)]))).toEqual({ [A]: false, [B]: true });
});

test('says when to come back: Retry-After, and ten seconds for a partition that is being loaded', async () => {
  const throttled = await setUp((_request, response) => json(response, 429, {}, { 'retry-after': '3' }));
  expect(await throttled.postOnHand(token, [event(A)])).toMatchObject({
    kind: 'noEffect',
    retryAfterMs: 3000,
  });
  await peer?.close();
  const loading = await setUp((_request, response) =>
    json(response, 500, { message: 'Waiting for partition 7' }),
  );
  expect(await loading.postOnHand(token, [event(A)])).toMatchObject({
    kind: 'unknown',
    retryAfterMs: 10_000,
  });
});

test('silence and a reset are unknown; a dead address had no effect', async () => {
  const silent = await setUp(() => undefined, 50);
  expect((await silent.postOnHand(token, [event(A)])).kind).toBe('unknown');
  await peer?.close();
  const reset = await setUp((_request, response, incoming) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('[', () => incoming.socket.resetAndDestroy());
  });
  expect((await reset.postOnHand(token, [event(A)])).kind).toBe('unknown');
  expect((await clientOf(await deadAddress()).postOnHand(token, [event(A)])).kind).toBe('noEffect');
});

test('what cannot be written as a request is refused without a call', async () => {
  const client = await setUp((_request, response) => json(response, 200, []));
  const bad = await client.postOnHand(token, [event(A, '1e5')]);
  expect(bad).toMatchObject({ kind: 'refused' });
  if (bad.kind === 'refused') expect(bad.message).toContain(A);
  const many = await client.postOnHand(token, new Array<OnHandEvent>(513).fill(event(A)));
  expect(many.kind).toBe('refused');
  expect(peer?.received).toHaveLength(0);
});

test('signs in with two steps, once for all callers, and anew after a 401', async () => {
  let exchanges = 0;
  const client = await setUp((request, response) => {
    if (request.url.startsWith('/entra')) {
      json(response, 200, { token_type: 'Bearer', expires_in: 3600, access_token: 'entra-token' });
    } else if (request.url.startsWith('/securityservice')) {
      exchanges += 1;
      json(response, 200, { token_type: 'bearer', expires_in: 3600, access_token: `iv-${exchanges}` });
    } else json(response, request.headers.authorization === 'Bearer iv-1' ? 401 : 200, [success(A)]);
  });
  const [first, same] = await Promise.all([client.token(), client.token()]);
  expect(first.value).toBe('iv-1');
  expect(same).toBe(first);
  expect((await client.postOnHand(first, [event(A)])).kind).toBe('noEffect');
  const second = await client.token();
  expect(second.value).toBe('iv-2');
  expect((await client.postOnHand(second, [event(A)])).kind).toBe('answered');
  expect(peer?.received.filter((request) => request.url.startsWith('/entra'))).toHaveLength(1);
});

test('reads the cache exactly', async () => {
  const client = await setUp((_request, response) => {
    response.end(
      '[{"productId":"D0001","dimensions":{"siteid":"1","ColorId":"red"},' +
        '"quantities":{"@iv":{"adjustment":12345678901234567.5,"other":-0.10},"fno":{"arrived":1E+3}}}]',
    );
  });
  const query = {
    organizationId: 'usmf',
    productIds: ['D0001'],
    dimensions: { siteId: ['1'], locationId: ['13'] },
    groupBy: ['ColorId'],
  };
  expect(await client.queryOnHand(token, query)).toEqual([
    {
      productId: 'D0001',
      dimensions: { siteid: '1', ColorId: 'red' },
      quantities: [
        { dataSource: '@iv', physicalMeasure: 'adjustment', quantity: '12345678901234567.5' },
        { dataSource: '@iv', physicalMeasure: 'other', quantity: '-0.1' },
        { dataSource: 'fno', physicalMeasure: 'arrived', quantity: '1000' },
      ],
    },
  ]);
  expect(peer?.received[0]?.url).toBe(`/iv/api/environment/${ENVIRONMENT}/onhand/indexquery`);
  expect(JSON.parse(peer?.received[0]?.body.toString() ?? '')).toEqual({
    filters: { organizationId: ['usmf'], productId: ['D0001'], siteId: ['1'], locationId: ['13'] },
    groupByValues: ['ColorId'],
    returnNegative: true,
  });
});

test('the quantity of a key is looked up by it, however the service spells names', async () => {
  const key: OnHandKey = {
    organizationId: 'USMF',
    productId: 'd0001',
    dimensions: [
      ['ColorId', 'RED'],
      ['LocationId', '13'],
      ['SiteId', '1'],
    ],
    dataSource: '@IV',
    physicalMeasure: 'Adjustment',
  };
  const group = (color: string, adjustment: number) => ({
    productId: 'D0001',
    dimensions: { ColorId: color, siteid: '1', locationid: '13' },
    quantities: { '@iv': { adjustment, other: 9 }, fno: { adjustment: 7 } },
  });
  const client = await setUp((_request, response) =>
    json(response, 200, [group('red', 2.5), group('blue', 4), group('Red', -1.000000000001)]),
  );
  expect(await client.quantityOf(token, key)).toBe('1.499999999999');
  expect(await client.quantityOf(token, { ...key, physicalMeasure: 'sold' })).toBe('0');
  expect(JSON.parse(peer?.received[0]?.body.toString() ?? '')).toEqual({
    filters: {
      organizationId: ['USMF'],
      productId: ['d0001'],
      ColorId: ['RED'],
      LocationId: ['13'],
      SiteId: ['1'],
    },
    groupByValues: ['ColorId'],
    returnNegative: true,
  });
});

// Source: "Inventory Visibility public APIs" (2022): an island may answer 307, and the body is to be sent again.
test('events follow a redirect to a listed host, once, with their token and body', async () => {
  const island = await startHttpPeer((_request, response) => json(response, 200, [success(A)]));
  try {
    const client = await setUp((_request, response) =>
      json(response, 307, {}, { location: `${island.url}/elsewhere` }),
    );
    expect(results(await client.postOnHand(token, [event(A)]))).toEqual({ [A]: true });
    expect(island.received[0]).toMatchObject({
      url: '/elsewhere',
      method: 'POST',
      headers: { authorization: 'Bearer iv-token' },
      body: peer?.received[0]?.body,
    });
  } finally {
    await island.close();
  }
});

test('a partition that is being loaded says when to ask again', async () => {
  const client = await setUp((_request, response) =>
    json(response, 500, { message: 'Waiting for partition 13 to be loaded' }),
  );
  const query = { organizationId: 'usmf', productIds: ['x'], dimensions: {}, groupBy: [] };
  await expect(client.queryOnHand(token, query)).rejects.toMatchObject({ retryAfterMs: 10_000 });
});

test('a service that asked to be left alone is', async () => {
  const client = await setUp((_request, response) => json(response, 429, {}, { 'retry-after': '60' }));
  expect(await client.postOnHand(token, [event(A)])).toMatchObject({
    kind: 'noEffect',
    retryAfterMs: 60_000,
  });
  expect(await client.postOnHand(token, [event(A)])).toMatchObject({ kind: 'noEffect' });
  const query = { organizationId: 'usmf', productIds: ['x'], dimensions: {}, groupBy: [] };
  await expect(client.queryOnHand(token, query)).rejects.toMatchObject({ name: 'DependencyError' });
  expect(peer?.received).toHaveLength(1);
});

test('an endless answer is cut off: what it says is unknown', async () => {
  const client = await setUp((_request, response) => {
    response.writeHead(200);
    response.write('[');
    const chunk = ' '.repeat(1024 * 1024);
    for (let count = 0; count < 6; count++) response.write(chunk);
  });
  const answer = await client.postOnHand(token, [event(A)]);
  expect(answer).toMatchObject({ kind: 'unknown' });
  expect(answer.kind === 'unknown' && answer.message).toContain('longer than');
});

test.each([
  [200, '{"value":1}'],
  [200, '[{"productId":"x","dimensions":{},"quantities":{"a":{"b":"1"}}}]'],
  [503, 'closed'],
])('a query answered with %i %s is a DependencyError', async (status, body) => {
  const client = await setUp((_request, response) => void response.writeHead(status).end(body));
  const query = { organizationId: 'usmf', productIds: ['x'], dimensions: {}, groupBy: [] };
  await expect(client.queryOnHand(token, query)).rejects.toMatchObject({ name: 'DependencyError' });
});
