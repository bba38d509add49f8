import { afterEach, expect, test } from 'vitest';
import { json, startHttpPeer } from '../../test/support/httpPeer.ts';
import type { Answer, HttpPeer } from '../../test/support/httpPeer.ts';
import { OutboundHttp } from '../http/outboundHttp.ts';
import { systemClock } from '../runtime/systemRuntime.ts';
import { securityServiceTokenSource } from './securityServiceToken.ts';
import { TokenCache } from './tokenCache.ts';

const http = new OutboundHttp(systemClock);
let peer: HttpPeer | undefined;

afterEach(async () => {
  http.close();
  await peer?.close();
});

async function setUp(answer: Answer, timeoutMs = 5000, redirectHosts: readonly string[] = []) {
  peer = await startHttpPeer(answer);
  let issued = 0;
  const entra = new TokenCache(async () => {
    issued += 1;
    return { value: `assertion-${issued}`, expiresAt: Date.now() + 3_600_000 };
  }, systemClock);
  const exchange = securityServiceTokenSource({
    http,
    clock: systemClock,
    endpoint: `${peer.url}/token`,
    environmentId: 'environment',
    entra,
    redirectHosts,
    timeoutMs,
  });
  return { exchange, received: peer.received };
}

test('exchanges the Entra token as documented', async () => {
  const { exchange, received } = await setUp((_request, response) =>
    json(response, 200, { access_token: 'iv', token_type: 'bearer', expires_in: 1200 }),
  );
  expect((await exchange()).value).toBe('iv');
  expect(received[0]?.method).toBe('POST');
  expect(received[0]?.headers).toMatchObject({ 'api-version': '1.0', 'content-type': 'application/json' });
  expect(JSON.parse(received[0]?.body.toString() ?? '')).toEqual({
    grant_type: 'client_credentials',
    client_assertion_type: 'aad_app',
    client_assertion: 'assertion-1',
    scope: 'https://inventoryservice.operations365.dynamics.com/.default',
    context: 'environment',
    context_type: 'finops-env',
  });
});

test('a refused Entra token is not used again, and not told', async () => {
  const { exchange, received } = await setUp((request, response) =>
    request.body.includes('assertion-1')
      ? json(response, 401, { error: 'assertion-1 is bad' })
      : json(response, 200, { access_token: 'iv', token_type: 'bearer', expires_in: '3600' }),
  );
  const refusal = await exchange().catch((error: unknown) => String(error));
  expect(refusal).toContain('401');
  expect(refusal).toContain('registered for environment environment');
  expect(refusal).not.toContain('assertion-1');
  expect((await exchange()).value).toBe('iv');
  expect(received).toHaveLength(2);
});

test.each([
  [307, 'redirects to nowhere'],
  [500, 'try again later'],
])('an answer %i says what to do', async (status, remedy) => {
  const { exchange } = await setUp((_request, response) => json(response, status, {}));
  await expect(exchange()).rejects.toThrow(remedy);
});

const token = { access_token: 'iv', token_type: 'bearer', expires_in: 1200 };

// Source: "Inventory Visibility public APIs" (2022): the first answer may be 307 with the address of a regional
// gateway, where the same body is to be posted.
test('a redirect to a listed host is followed with the same body', async () => {
  const gateway = await startHttpPeer((_request, response) => json(response, 200, token));
  try {
    const location = `${gateway.url}/securityservice/token`;
    const { exchange, received } = await setUp(
      (_request, response) => json(response, 307, {}, { location }),
      5000,
      ['127.0.0.1'],
    );
    expect((await exchange()).value).toBe('iv');
    expect(gateway.received[0]).toMatchObject({ url: '/securityservice/token', body: received[0]?.body });
  } finally {
    await gateway.close();
  }
});

test.each(['*.gateway.prod.island.powerapps.com', '127.0.0.10', '*.127.0.0.1'])(
  'a redirect to a host that is not listed (%s) carries nothing there',
  async (listed) => {
    const thief = await startHttpPeer((_request, response) => json(response, 200, token));
    try {
      const { exchange } = await setUp(
        (_request, response) => json(response, 308, {}, { location: `${thief.url}/token` }),
        5000,
        [listed],
      );
      await expect(exchange()).rejects.toThrow('inventoryVisibility.redirectHosts');
      expect(thief.received).toHaveLength(0);
    } finally {
      await thief.close();
    }
  },
);

test.each([
  'http://gw.weu-il101.gateway.prod.island.powerapps.com/token',
  'https://gw.weu-il101.gateway.prod.island.powerapps.com:8443/token',
  'https://user@gw.weu-il101.gateway.prod.island.powerapps.com/token',
  'https://gateway.prod.island.powerapps.com.evil.example/token',
  'https://evilgateway.prod.island.powerapps.com/token',
])('a redirect to %s is not followed', async (location) => {
  const { exchange } = await setUp((_request, response) => json(response, 307, {}, { location }), 5000, [
    '*.gateway.prod.island.powerapps.com',
  ]);
  await expect(exchange()).rejects.toThrow('where no token is sent');
});

test('a redirect within the same origin is followed, and a loop ends', async () => {
  const { exchange, received } = await setUp((request, response) =>
    request.url === '/token'
      ? json(response, 307, {}, { location: '/here' })
      : json(response, 307, {}, { location: '/token' }),
  );
  await expect(exchange()).rejects.toThrow('redirects 3 times');
  expect(received.map(({ url }) => url)).toEqual(['/token', '/here', '/token', '/here']);
});

test('silence is an error of the security service', async () => {
  const { exchange } = await setUp(() => undefined, 50);
  await expect(exchange()).rejects.toMatchObject({
    name: 'DependencyError',
    dependency: 'Inventory Visibility security service',
  });
});
