// Sources: v2-oauth2-client-creds-grant-flow.md, access-token-claims-reference.md, reference-error-codes.md;
// inventory-visibility-api.md ("Authentication"); 401 guide of Inventory-Visibility-Add-in-Examples.
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULTS } from '../dynamicsOptions.ts';
import { startDynamics } from '../startDynamics.ts';
import type { RunningDynamics } from '../startDynamics.ts';
import { call, CLIENT, DynamicsClient } from './dynamicsClient.ts';

const API = 'api://inventory-visibility-business-layer';
let now = Date.UTC(2026, 2, 1, 12);
let dynamics: RunningDynamics;
let client: DynamicsClient;

beforeAll(async () => {
  const clients = [{ ...CLIENT, roles: ['Post'] }];
  dynamics = await startDynamics({ clients }, () => now);
  client = new DynamicsClient(dynamics.url);
});
afterAll(() => dynamics.close());

const form = {
  client_id: CLIENT.clientId,
  client_secret: CLIENT.clientSecret,
  grant_type: 'client_credentials',
  scope: `${API}/.default`,
};

describe('Entra token endpoint', () => {
  it('gives a token that verifies against the published configuration and keys', async () => {
    const answer = await client.requestToken(form);
    expect(answer.status).toBe(200);
    const body = answer.json as Record<string, unknown>;
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3600, ext_expires_in: 3600 });

    const issuer = `${dynamics.url}/entra/${DEFAULTS.tenantId}/v2.0`;
    const configuration = await call(`${issuer}/.well-known/openid-configuration`);
    const { jwks_uri } = configuration.json as { jwks_uri: string };
    expect(configuration.json).toMatchObject({ issuer });
    const { payload, protectedHeader } = await jwtVerify(
      body['access_token'] as string,
      createRemoteJWKSet(new URL(jwks_uri)),
      { issuer, audience: API, currentDate: new Date(now) },
    );
    expect(protectedHeader.alg).toBe('RS256');
    expect(payload).toMatchObject({
      tid: DEFAULTS.tenantId,
      appid: CLIENT.clientId,
      azp: CLIENT.clientId,
      idtyp: 'app',
      roles: ['Post'],
      ver: '2.0',
      iat: now / 1000,
      nbf: now / 1000,
      exp: now / 1000 + 3600,
    });
    expect(payload['oid']).toMatch(/^[0-9a-f-]{36}$/);
    const keys = (await call(jwks_uri)).text;
    expect(keys).not.toMatch(/"(d|p|q|dp|dq|qi)":/);
  });

  it('gives the audience that was asked for', async () => {
    const scm = await client.scmToken();
    expect(decodeJwt(scm)).toMatchObject({ aud: `${dynamics.url}/scm` });
    expect(decodeJwt(scm)).not.toHaveProperty('roles');
  });

  it.each([
    ['a wrong secret', { client_secret: 'wrong' }, 401, 'invalid_client', 7000215],
    ['an unknown client', { client_id: 'nobody' }, 400, 'unauthorized_client', 700016],
    ['another grant type', { grant_type: 'password' }, 400, 'unsupported_grant_type', 70003],
    ['a scope without /.default', { scope: API }, 400, 'invalid_scope', 70011],
    ['an unknown resource', { scope: 'api://nothing/.default' }, 400, 'invalid_resource', 500011],
    ['a missing scope', { scope: '' }, 400, 'invalid_request', 900144],
  ])('refuses %s as Entra does', async (_what, change, status, error, code) => {
    const answer = await client.requestToken({ ...form, ...change });
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ error, error_codes: [code] });
    expect((answer.json as { error_description: string }).error_description).toContain(`AADSTS${code}:`);
  });

  it('refuses another tenant', async () => {
    const answer = await call(`${dynamics.url}/entra/common/oauth2/v2.0/token`, { method: 'POST' });
    expect(answer.json).toMatchObject({ error: 'invalid_request', error_codes: [90002] });
  });
});

describe('security service and the kinds of tokens', () => {
  it('exchanges an Entra token for one that Inventory Visibility takes', async () => {
    const assertion = await client.entraToken('0cdb527f-a8d1-4bf8-9436-b352c68682b2');
    const answer = await client.exchange(assertion);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ token_type: 'bearer', expires_in: 3600 });
    const { access_token } = answer.json as { access_token: string };
    const query = '{"filters":{"organizationId":["usmf"]}}';
    expect((await client.postIv('onhand/indexquery', query, access_token)).status).toBe(200);
    expect((await client.postIv('onhand/indexquery', query, assertion)).status).toBe(401);
    expect((await client.postIv('onhand/indexquery', query, await client.scmToken())).status).toBe(401);
  });

  it('refuses a token for another audience, another environment, another scope', async () => {
    expect((await client.exchange(await client.scmToken())).status).toBe(401);
    const assertion = await client.entraToken('0cdb527f-a8d1-4bf8-9436-b352c68682b2');
    expect((await client.exchange(assertion, { context: 'elsewhere' })).status).toBe(403);
    expect((await client.exchange(assertion, { scope: 'https://elsewhere/.default' })).status).toBe(400);
  });

  it('refuses an Inventory Visibility token at Supply Chain Management', async () => {
    const headers = { Authorization: `Bearer ${await client.ivToken()}` };
    const answer = await call(`${dynamics.url}/scm/data/InventoryJournalTableBiEntities`, { headers });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
  });

  it('refuses tokens once they have expired', async () => {
    const [iv, scm] = [await client.ivToken(), await client.scmToken()];
    now += 3601_000;
    expect((await client.postIv('onhand/bulk', '[]', iv)).status).toBe(401);
    const headers = { Authorization: `Bearer ${scm}` };
    expect((await call(`${dynamics.url}/scm/data/InventoryJournalTableBiEntities`, { headers })).status).toBe(
      401,
    );
  });
});
