import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { OutboundHttp } from '../http/outboundHttp.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import { systemClock } from '../runtime/systemRuntime.ts';
import { AuthError } from './authError.ts';
import { BearerTokens } from './bearerToken.ts';

const ISSUER = 'https://login.example/11111111-1111-4111-8111-111111111111/v2.0';
const AUDIENCE = 'api://inventory-visibility-business-layer';
const MINUTE = 60_000;

/** An issuer whose keys, answers and clock the test decides. */
const issuer = { keys: [] as JWK[], status: 200, body: undefined as string | undefined, fetched: 0 };
let now = Date.parse('2026-11-23T12:00:00Z');
let server: Server;
let http: OutboundHttp;
let first: { key: CryptoKey; jwk: JWK };
let second: { key: CryptoKey; jwk: JWK };
let tokens: BearerTokens;

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function newKey(kid: string): Promise<{ key: CryptoKey; jwk: JWK }> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { key: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' } };
}

function newTokens(): BearerTokens {
  const { port } = server.address() as AddressInfo;
  const settings = { issuer: ISSUER, audience: AUDIENCE, jwksUri: `http://127.0.0.1:${port}/keys` };
  return new BearerTokens(settings, {
    http,
    clock: { now: () => now, sleep: (ms) => systemClock.sleep(ms) },
    logger: silent,
  });
}

const claims = { azp: 'client-1', tid: 'tenant-1', sub: 'subject-1', roles: ['Adjustments.Post'] };

function sign(payload: object, options: { key?: CryptoKey; header?: object } = {}): Promise<string> {
  const seconds = Math.floor(now / 1000);
  return new SignJWT({ iss: ISSUER, aud: AUDIENCE, nbf: seconds, exp: seconds + 3600, ...claims, ...payload })
    .setProtectedHeader({ alg: 'RS256', kid: 'first', ...options.header })
    .sign(options.key ?? first.key);
}

async function refusal(authorization: string | null): Promise<AuthError> {
  try {
    await tokens.caller(authorization);
  } catch (error) {
    if (error instanceof AuthError) return error;
    throw error;
  }
  throw new Error('the token was accepted');
}

beforeAll(async () => {
  [first, second] = await Promise.all([newKey('first'), newKey('second')]);
  http = new OutboundHttp(systemClock);
  server = createServer((_request, response) => {
    issuer.fetched++;
    response.writeHead(issuer.status, { 'content-type': 'application/json' });
    response.end(issuer.body ?? JSON.stringify({ keys: issuer.keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  http.close();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  Object.assign(issuer, { keys: [first.jwk], status: 200, body: undefined, fetched: 0 });
  tokens = newTokens();
});

describe('a token of the issuer', () => {
  test('says who calls', async () => {
    expect(await tokens.caller(`Bearer ${await sign({})}`)).toEqual({
      clientId: 'client-1',
      roles: ['Adjustments.Post'],
      tenantId: 'tenant-1',
      subject: 'subject-1',
    });
  });

  test('of version 1 names its application as appid, and may have no roles', async () => {
    const token = await sign({ azp: undefined, appid: 'client-2', roles: undefined, tid: undefined });
    expect(await tokens.caller(`bearer  ${token}`)).toEqual({
      clientId: 'client-2',
      roles: [],
      tenantId: undefined,
      subject: 'subject-1',
    });
  });

  test('may be one of several audiences, and within five minutes of its time', async () => {
    await tokens.caller(`Bearer ${await sign({ aud: ['other', AUDIENCE] })}`);
    await tokens.caller(`Bearer ${await sign({ exp: now / 1000 - 299 })}`);
    await tokens.caller(`Bearer ${await sign({ nbf: now / 1000 + 299 })}`);
  });
});

describe('a token that is not accepted', () => {
  test.each<[string, () => Promise<string | null>, string, string]>([
    ['none', async () => null, 'MissingToken', 'is missing'],
    ['an empty one', async () => ' ', 'MissingToken', 'is missing'],
    ['another scheme', async () => 'Basic dXNlcjpwYXNz', 'InvalidToken', 'does not hold'],
    ['no JWT', async () => 'Bearer secret-text', 'InvalidToken', 'does not hold'],
    ['two', async () => `Bearer ${await sign({})} ${await sign({})}`, 'InvalidToken', 'does not hold'],
    ['a huge one', async () => `Bearer a.${'b'.repeat(100_000)}.c`, 'InvalidToken', 'does not hold'],
    ['no JSON inside', async () => 'Bearer abc.def.ghi', 'InvalidToken', 'not a well-formed'],
    ['expired', async () => `Bearer ${await sign({ exp: now / 1000 - 301 })}`, 'ExpiredToken', 'has expired'],
    ['without expiry', async () => `Bearer ${await sign({ exp: undefined })}`, 'InvalidToken', '"exp"'],
    [
      'not valid yet',
      async () => `Bearer ${await sign({ nbf: now / 1000 + 301 })}`,
      'InvalidToken',
      'not valid yet',
    ],
    [
      'another audience',
      async () => `Bearer ${await sign({ aud: 'api://other' })}`,
      'WrongAudience',
      AUDIENCE,
    ],
    ['no audience', async () => `Bearer ${await sign({ aud: undefined })}`, 'WrongAudience', AUDIENCE],
    [
      'another issuer',
      async () => `Bearer ${await sign({ iss: `${ISSUER}/` })}`,
      'InvalidToken',
      'another issuer',
    ],
    ['no application', async () => `Bearer ${await sign({ azp: '' })}`, 'InvalidToken', 'azp or appid'],
    [
      'another key under a known id',
      async () => `Bearer ${await sign({}, { key: second.key })}`,
      'InvalidToken',
      'signature',
    ],
    [
      'an unknown key id',
      async () => `Bearer ${await sign({}, { header: { kid: 'nobody' } })}`,
      'InvalidToken',
      'signature',
    ],
    [
      'no key id',
      async () => `Bearer ${await sign({}, { header: { kid: undefined } })}`,
      'InvalidToken',
      '"kid"',
    ],
    [
      'a key of its own',
      async () => `Bearer ${await sign({}, { key: second.key, header: { jwk: second.jwk } })}`,
      'InvalidToken',
      'none of its own',
    ],
    [
      'an address of its own',
      async () => `Bearer ${await sign({}, { header: { jku: 'http://127.0.0.1:1/' } })}`,
      'InvalidToken',
      'none of its own',
    ],
    [
      'no signature at all',
      async () =>
        `Bearer ${new UnsecuredJWT({ ...claims, iss: ISSUER, aud: AUDIENCE, exp: now / 1000 + 60 }).encode()}`,
      'InvalidToken',
      'only RS256',
    ],
    [
      'the public key taken for a shared secret',
      async () => {
        const secret = Buffer.from(JSON.stringify(first.jwk));
        const token = new SignJWT({ ...claims, iss: ISSUER, aud: AUDIENCE, exp: now / 1000 + 60 });
        return `Bearer ${await token.setProtectedHeader({ alg: 'HS256', kid: 'first' }).sign(secret)}`;
      },
      'InvalidToken',
      'only RS256',
    ],
    [
      'content changed after signing',
      async () => {
        const [header, , signature] = (await sign({})).split('.');
        const payload = Buffer.from(
          JSON.stringify({ ...claims, iss: ISSUER, aud: AUDIENCE, exp: 9e9, roles: ['Admin'] }),
        );
        return `Bearer ${header}.${payload.toString('base64url')}.${signature}`;
      },
      'InvalidToken',
      'signature',
    ],
  ])('%s', async (_what, authorization, code, message) => {
    const header = await authorization();
    const error = await refusal(header);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    for (const part of header?.split(/[ .]/) ?? []) {
      if (part.length > 6) expect(error.message).not.toContain(part);
    }
  });

  test('once accepted, is refused when it has expired', async () => {
    const token = `Bearer ${await sign({ exp: now / 1000 })}`;
    await tokens.caller(token);
    now += 5 * MINUTE;
    expect((await refusal(token)).code).toBe('ExpiredToken');
  });
});

describe('the issuer’s keys', () => {
  test('are fetched once for many callers at the same moment', async () => {
    const headers = await Promise.all(Array.from({ length: 20 }, (_, i) => sign({ jti: String(i) })));
    await Promise.all(headers.map((token) => tokens.caller(`Bearer ${token}`)));
    expect(issuer.fetched).toBe(1);
  });

  test('that are new are found, but invented ones make no more than one fetch in five minutes', async () => {
    await tokens.caller(`Bearer ${await sign({})}`);
    issuer.keys = [first.jwk, second.jwk];
    const rotated = `Bearer ${await sign({}, { key: second.key, header: { kid: 'second' } })}`;
    expect((await refusal(rotated)).code).toBe('InvalidToken');
    expect(issuer.fetched).toBe(1);
    now += 5 * MINUTE;
    await tokens.caller(rotated);
    for (let i = 0; i < 10; i++)
      await refusal(`Bearer ${await sign({}, { header: { kid: `invented-${i}` } })}`);
    expect(issuer.fetched).toBe(2);
  });

  test('that were withdrawn no longer count after the next refresh', async () => {
    const token = `Bearer ${await sign({ exp: now / 1000 + 7 * 3600 })}`;
    await tokens.caller(token);
    issuer.keys = [second.jwk];
    now += 61 * MINUTE;
    await tokens.caller(`Bearer ${await sign({ jti: 'starts the refresh' })}`);
    // Only the refresh brings this key, so whoever shows it waits for the one that is under way.
    await tokens.caller(`Bearer ${await sign({}, { key: second.key, header: { kid: 'second' } })}`);
    expect(issuer.fetched).toBe(2);
    now += 6 * MINUTE;
    await expect(tokens.caller(token)).rejects.toMatchObject({ code: 'InvalidToken' });
  });

  test('that are known go on counting while the issuer is away, for a day', async () => {
    await tokens.caller(`Bearer ${await sign({})}`);
    issuer.status = 500;
    now += 23 * 60 * MINUTE;
    await tokens.caller(`Bearer ${await sign({})}`);
    now += 61 * MINUTE;
    await expect(tokens.caller(`Bearer ${await sign({})}`)).rejects.toBeInstanceOf(DependencyError);
    issuer.status = 200;
    now += MINUTE;
    await tokens.caller(`Bearer ${await sign({})}`);
  });

  test.each<[string, Partial<typeof issuer>]>([
    ['an error', { status: 503 }],
    ['a redirect', { status: 302 }],
    ['no JSON', { body: '<html>' }],
    ['no keys', { body: '{}' }],
    ['too much', { body: `{"keys":[],"x":"${'x'.repeat(300_000)}"}` }],
  ])('answered with %s: nobody is let in, nobody is called a liar', async (_what, answer) => {
    Object.assign(issuer, answer);
    await expect(tokens.caller(`Bearer ${await sign({})}`)).rejects.toBeInstanceOf(DependencyError);
  });
});
