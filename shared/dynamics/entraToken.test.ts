import { afterEach, expect, test, vi } from 'vitest';
import { deadAddress, json, startHttpPeer } from '../../test/support/httpPeer.ts';
import type { Answer, HttpPeer } from '../../test/support/httpPeer.ts';
import { OutboundHttp } from '../http/outboundHttp.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import { systemClock } from '../runtime/systemRuntime.ts';
import type { DynamicsCredential } from '../settings/environmentSettings.ts';
import { entraTokenSource } from './entraToken.ts';

const TENANT = '11111111-1111-4111-8111-111111111111';
const SECRET = 'very/secret+value=&';
const http = new OutboundHttp(systemClock);
let running: HttpPeer | undefined;

afterEach(async () => {
  vi.unstubAllEnvs();
  http.close();
  await running?.close();
  running = undefined;
});

async function entra(answer: Answer): Promise<string> {
  running = await startHttpPeer(answer);
  return running.url;
}

function source(authority: string, timeoutMs = 5000, secret: string | undefined = SECRET) {
  const credential: DynamicsCredential = {
    kind: 'clientSecret',
    tenantId: TENANT,
    clientId: 'client',
    secretSetting: 'DYNAMICS_CLIENT_SECRET',
  };
  const readSecret = (name: string) =>
    name === 'DYNAMICS_CLIENT_SECRET' && secret !== '' ? secret : undefined;
  return entraTokenSource({
    http,
    clock: systemClock,
    authority,
    credential,
    scope: 'https://erp/.default',
    readSecret,
    timeoutMs,
  });
}

async function errorOf(work: Promise<unknown>): Promise<DependencyError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DependencyError);
  const failure = error as DependencyError;
  expect(failure.message).not.toContain(SECRET);
  expect(failure.message).not.toContain(encodeURIComponent(SECRET));
  return failure;
}

function jwt(exp: number): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part({ exp })}.c2lnbmF0dXJl`;
}

test('asks with the client credentials form of the v2.0 endpoint', async () => {
  const url = await entra((_request, response) =>
    json(response, 200, {
      token_type: 'Bearer',
      expires_in: '3599',
      ext_expires_in: '3599',
      access_token: 'abc.d',
    }),
  );
  const before = Date.now();
  const token = await source(url)();
  expect(token.value).toBe('abc.d');
  expect(token.expiresAt).toBeGreaterThanOrEqual(before + 3_599_000);
  const request = running?.received[0];
  expect(request).toMatchObject({ method: 'POST', url: `/${TENANT}/oauth2/v2.0/token` });
  expect(request?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  expect(Object.fromEntries(new URLSearchParams(request?.body.toString()))).toEqual({
    client_id: 'client',
    client_secret: SECRET,
    grant_type: 'client_credentials',
    scope: 'https://erp/.default',
  });
});

test("a token's own exp caps its expiry", async () => {
  const exp = Math.floor(Date.now() / 1000) + 600;
  const url = await entra((_request, response) =>
    json(response, 200, { token_type: 'bearer', expires_in: 3600, access_token: jwt(exp) }),
  );
  expect((await source(url)()).expiresAt).toBe(exp * 1000);
});

test('a refusal names status, code and the app setting to look at', async () => {
  const url = await entra((_request, response) =>
    json(response, 401, {
      error: 'invalid_client',
      error_description: `AADSTS7000215: Invalid client secret provided: ${SECRET}`,
    }),
  );
  const error = await errorOf(source(url)());
  expect(error.dependency).toBe('Microsoft Entra ID');
  expect(error.message).toContain('401 (invalid_client, AADSTS7000215)');
  expect(error.message).toContain('DYNAMICS_CLIENT_SECRET');
});

test('a throttled request says when to come back', async () => {
  const url = await entra((_request, response) => json(response, 429, {}, { 'retry-after': '7' }));
  expect((await errorOf(source(url)())).retryAfterMs).toBe(7000);
});

test.each([
  ['no JSON', '<html>'],
  ['no object', '[]'],
  ['no token', '{"token_type":"Bearer","expires_in":3600}'],
  [
    'a token that cannot stand in a header',
    '{"token_type":"Bearer","expires_in":3600,"access_token":"a\\r\\nb"}',
  ],
  ['a token of another type', '{"token_type":"pop","expires_in":3600,"access_token":"abc"}'],
  ['no life', '{"token_type":"Bearer","expires_in":0,"access_token":"abc"}'],
  ['a life that is no number', '{"token_type":"Bearer","expires_in":"soon","access_token":"abc"}'],
  ['an absurd life', '{"token_type":"Bearer","expires_in":99999999,"access_token":"abc"}'],
])('an answer 200 with %s is an error that does not repeat it', async (_what, body) => {
  const url = await entra((_request, response) => void response.end(body));
  const error = await errorOf(source(url)());
  expect(error.message).not.toContain('abc');
});

test('an endless answer is cut off', async () => {
  const url = await entra((_request, response) => void response.end('x'.repeat(100_000)));
  expect((await errorOf(source(url)())).message).toContain('longer than');
});

test('silence and a dead address are errors of Entra', async () => {
  const url = await entra(() => undefined);
  expect((await errorOf(source(url, 50)())).message).toContain('within 50 ms');
  expect((await errorOf(source(await deadAddress())())).message).toContain('ECONNREFUSED');
});

test('an app setting without a secret is named', async () => {
  const error = await errorOf(source('http://127.0.0.1:9', 50, '')());
  expect(error.message).toContain('DYNAMICS_CLIENT_SECRET is empty');
});

test('a managed identity asks the identity endpoint of the host', async () => {
  const expiresOn = Math.floor(Date.now() / 1000) + 3600;
  const url = await entra((_request, response) =>
    json(response, 200, {
      access_token: 'identity-token',
      expires_on: String(expiresOn),
      resource: 'https://erp.example',
      token_type: 'Bearer',
    }),
  );
  vi.stubEnv('IDENTITY_ENDPOINT', `${url}/msi/token`);
  vi.stubEnv('IDENTITY_HEADER', 'header');
  const token = await entraTokenSource({
    http,
    clock: systemClock,
    authority: url,
    credential: { kind: 'managedIdentity', clientId: '33333333-3333-4333-8333-333333333333' },
    scope: 'https://erp.example/.default',
    readSecret: () => undefined,
    timeoutMs: 10_000,
  })();
  expect(token.value).toBe('identity-token');
  expect(Math.abs(token.expiresAt - expiresOn * 1000)).toBeLessThanOrEqual(2000);
  expect(running?.received[0]?.url).toContain('resource=https%3A%2F%2Ferp.example');
});

test('a managed identity that does not answer is given up after the deadline', async () => {
  const url = await entra(() => undefined);
  vi.stubEnv('IDENTITY_ENDPOINT', `${url}/msi/token`);
  vi.stubEnv('IDENTITY_HEADER', 'header');
  const silent = entraTokenSource({
    http,
    clock: systemClock,
    authority: url,
    credential: { kind: 'managedIdentity' },
    scope: 'https://other.example/.default',
    readSecret: () => undefined,
    timeoutMs: 200,
  });
  const error = await errorOf(silent());
  expect(error.dependency).toBe('Managed identity');
  expect(error.message).toContain('system-assigned');
});
