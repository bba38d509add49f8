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

async function setUp(answer: Answer, timeoutMs = 5000) {
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
  [307, 'redirects'],
  [500, 'try again later'],
])('an answer %i says what to do', async (status, remedy) => {
  const { exchange } = await setUp((_request, response) => json(response, status, {}));
  await expect(exchange()).rejects.toThrow(remedy);
});

test('silence is an error of the security service', async () => {
  const { exchange } = await setUp(() => undefined, 50);
  await expect(exchange()).rejects.toMatchObject({
    name: 'DependencyError',
    dependency: 'Inventory Visibility security service',
  });
});
