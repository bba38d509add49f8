/** Whatever is wrong with a request, the answer names it, with the remedy, and nothing is written. */
import { generateKeyPair, exportJWK, SignJWT, type JWTPayload } from 'jose';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADJUSTMENT_LOG, LOG_DIRECTORY } from '../../shared/log/rowKeys.ts';
import { systemClock } from '../../shared/runtime/systemRuntime.ts';
import { TableClient } from '@azure/data-tables';
import type { LineResult, Problem } from '../support/answers.ts';
import { type HttpAnswer, httpCall } from '../support/httpCall.ts';
import { type HttpPeer, json, startHttpPeer } from '../support/httpPeer.ts';
import { API_AUDIENCE, ENVIRONMENT_ID, line, type PostedLine } from '../support/localSettings.ts';
import { LocalSystem } from '../support/localSystem.ts';

const ISSUER = 'https://issuer.test/v2.0';
const MAX_REQUEST_BYTES = 100_000;
const MAX_LINES = 50;

/** An issuer of the test's own, so that tokens can be made in every way that is wrong. */
let issuer: HttpPeer;
let system: LocalSystem;
let sign: (changes?: JWTPayload, lifetimeSeconds?: number) => Promise<string>;

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), alg: 'RS256', use: 'sig', kid: 'test' };
  issuer = await startHttpPeer((_, response) => json(response, 200, { keys: [jwk] }));
  sign = (changes = {}, lifetimeSeconds = 3600) => {
    const now = Math.floor(systemClock.now() / 1000);
    const claims = { iss: ISSUER, aud: API_AUDIENCE, azp: 'tester', roles: ['Read', 'Post'], ...changes };
    return new SignJWT({ ...claims, iat: now, nbf: now - 7200, exp: now + lifetimeSeconds })
      .setProtectedHeader({ alg: 'RS256', kid: 'test' })
      .sign(privateKey);
  };
  system = await LocalSystem.start({
    appSettings: { AUTH_ISSUER: ISSUER, AUTH_JWKS_URI: `${issuer.url}/keys` },
    settings: { limits: { maxLinesPerRequest: MAX_LINES, maxRequestBytes: MAX_REQUEST_BYTES } },
  });
  system.token = await sign();
});

afterAll(async () => {
  await system.close();
  await issuer.close();
});

/** Every row of the tables that ingest writes, as text. */
async function storedRows(): Promise<string> {
  const rows: unknown[] = [];
  for (const name of [ADJUSTMENT_LOG, LOG_DIRECTORY]) {
    const table = TableClient.fromConnectionString(system.azurite.running.connectionString, name, {
      allowInsecureConnection: true,
    });
    for await (const row of table.listEntities()) rows.push(row);
  }
  return JSON.stringify(rows);
}

/** Asks, and checks that it is refused as a problem and that no row has changed. */
async function refused(status: number, code: string, ask: () => Promise<HttpAnswer>): Promise<Problem> {
  // A first line, so that the tables are there.
  const { status: ready } = await system.post([line('before-everything')]);
  expect(ready).toBe(200);
  const before = await storedRows();
  const answer = await ask();
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.headers['x-ms-error-code']).toBe(code);
  const problem = answer.json<Problem>();
  expect(problem).toMatchObject({ status, error: { code } });
  expect(problem.detail.length).toBeGreaterThan(20);
  expect(await storedRows()).toBe(before);
  return problem;
}

const good = (id: string): string => JSON.stringify(line(id));
const text = (...lines: readonly string[]): string => `[${lines.join(',')}]`;
/** A good line as text with one member put in place of another. */
const replaced = (member: RegExp, by: string): string => good('replaced').replace(member, by);

describe('a body that is no list of lines', () => {
  test.for<readonly [string, string | Uint8Array, number, string, RegExp]>([
    ['not JSON', '[{"id": }]', 400, 'BodyNotJson', /character|position|line/i],
    ['nothing', '', 400, 'BodyNotJson', /JSON/],
    ['two values', '[][]', 400, 'BodyNotJson', /JSON/],
    ['not UTF-8', Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]), 400, 'BodyNotUtf8', /UTF-8/],
    ['a key twice', text(replaced(/"id":/, '"id":"x","id":')), 400, 'BodyNotJson', /id/],
    ['__proto__', text(replaced(/"id":/, '"__proto__":{},"id":')), 400, 'BodyNotJson', /__proto__/],
    ['NaN', text(replaced(/"quantity":1/, '"quantity":NaN')), 400, 'BodyNotJson', /JSON/],
    ['an object', good('single'), 400, 'BodyNotAnArray', /array/],
    ['no lines', '[]', 400, 'NoLines', /at least one/],
    [
      'too many lines',
      text(...Array.from({ length: MAX_LINES + 1 }, (_, n) => good(`many-${n}`))),
      413,
      'TooManyLines',
      /51 lines; at most 50/,
    ],
    ['too many bytes', text(`"${'x'.repeat(MAX_REQUEST_BYTES)}"`), 413, 'BodyTooLarge', /100000 bytes/],
  ])('%s', async ([, body, status, code, detail]) => {
    const problem = await refused(status, code, () => system.post(undefined, { body }));
    expect(problem.detail).toMatch(detail);
  });
});

describe('a line that cannot be accepted', () => {
  type Changes = Readonly<Record<string, unknown>>;
  test.for<readonly [string, Changes | string, string, string, string | undefined, RegExp]>([
    ['no object', '7', 'NotAnObject', '', undefined, /must be a JSON object/],
    ['unknown field', { colour: 'red' }, 'UnknownField', 'colour', undefined, /The fields are: id,/],
    ['field twice', { ID: 'other' }, 'DuplicateField', 'id', 'ID', /keep one/],
    ['no id', { id: undefined }, 'MissingField', 'id', undefined, /required/],
    ['empty id', { id: '' }, 'MissingField', 'id', undefined, /required/],
    ['id a number', { id: 12 }, 'WrongType', 'id', '12', /must be a string/],
    ['id too long', { id: 'x'.repeat(129) }, 'TooLong', 'id', undefined, /at most 128/],
    ['space at the end', { id: 'a ' }, 'InvalidCharacters', 'id', 'a ', /remove it/],
    ['no legal entity', { organizationId: null }, 'MissingField', 'organizationId', undefined, /required/],
    ['no product', { productId: undefined }, 'MissingField', 'productId', undefined, /required/],
    ['no quantity', { quantity: undefined }, 'MissingField', 'quantity', undefined, /required/],
    ['quantity a truth value', { quantity: true }, 'WrongType', 'quantity', 'true', /decimal string/],
    ['comma', { quantity: '12,5' }, 'NotADecimal', 'quantity', '12,5', /use a point.*"12\.5"/],
    ['"NaN"', { quantity: 'NaN' }, 'NotADecimal', 'quantity', 'NaN', /write digits/],
    [
      'too precise',
      { quantity: '0.12345678901' },
      'TooManyDecimals',
      'quantity',
      '0.12345678901',
      /at most 10/,
    ],
    ['1e309', replaced(/"quantity":1/, '"quantity":1e309'), 'OutOfRange', 'quantity', '1e309', /between/],
    ['cost', { costPrice: '1.2.3' }, 'NotADecimal', 'costPrice', '1.2.3', /decimal/],
    ['no such day', { transDate: '2026-02-30' }, 'InvalidDate', 'transDate', '2026-02-30', /yyyy-MM-dd/],
    ['dimensions a list', { dimensions: [] }, 'WrongType', 'dimensions', undefined, /object of dimension/],
    [
      'no warehouse',
      { dimensions: { siteId: '1' } },
      'MissingDimension',
      'dimensions.locationId',
      undefined,
      /required/,
    ],
    [
      'unknown dimension',
      { dimensions: { siteId: '1', locationId: '13', mood: 'blue' } },
      'UnknownDimension',
      'dimensions.mood',
      'blue',
      /it understands shop/,
    ],
    [
      'one dimension by two names',
      { dimensions: { siteId: '1', locationId: '13', shop: '14' } },
      'ConflictingDimensions',
      'dimensions.shop',
      '14',
      /send one of them/,
    ],
    [
      'unknown data source',
      { quantityDataSource: 'fax' },
      'UnknownDataSource',
      'quantityDataSource',
      'fax',
      /the data sources are pos, web/,
    ],
    [
      'data source of the ERP',
      { quantityDataSource: 'FnO' },
      'ReservedDataSource',
      'quantityDataSource',
      'FnO',
      /use the data source of/,
    ],
    [
      'unknown measure',
      { physicalMeasure: 'lost' },
      'UnknownPhysicalMeasure',
      'physicalMeasure',
      'lost',
      /it has inbound, sold, counted/,
    ],
  ])('%s', async ([, wrong, code, field, value, message]) => {
    const bad = typeof wrong === 'string' ? wrong : JSON.stringify({ ...line('wrong'), ...wrong });
    const problem = await refused(400, 'InvalidLines', () =>
      system.post(undefined, { body: text(good('fine'), bad) }),
    );
    expect(problem.errors).toHaveLength(1);
    expect(problem.errors?.[0]).toMatchObject({
      code,
      line: 1,
      field,
      ...(value === undefined ? {} : { value }),
    });
    expect(problem.errors?.[0]?.message).toMatch(message);
    expect(problem.detail).toMatch(/^Nothing was written: /);
  });

  test('one id twice in a request: both lines are named', async () => {
    const lines = [line('twin'), line('single'), line('twin', { organizationId: 'usmf', quantity: 2 })];
    const problem = await refused(400, 'InvalidLines', () => system.post(lines));
    expect(problem.errors?.map((error) => [error.code, error.line, error.value])).toEqual([
      ['DuplicateIdInRequest', 0, 'twin'],
      ['DuplicateIdInRequest', 2, 'twin'],
    ]);
  });

  test('an id that is used already with other content', async () => {
    await system.post([line('used')]);
    const problem = await refused(409, 'IdConflict', () => system.post([line('used', { quantity: 5 })]));
    expect(problem.detail).toMatch(/"used" of line 0 .*new id/);
  });
});

describe('what stands around the body', () => {
  const post = (headers: Readonly<Record<string, string>>, query = ''): Promise<HttpAnswer> =>
    system.post([line('around')], { headers, query });

  test.for<readonly [string, () => Promise<HttpAnswer>, number, string, RegExp]>([
    ['Api-Version', () => post({ 'api-version': '9.9' }), 400, 'UnsupportedApiVersion', /"9\.9".*1\.0/],
    [
      'content type',
      () => post({ 'content-type': 'text/csv' }),
      415,
      'UnsupportedMediaType',
      /text\/csv.*json/,
    ],
    [
      'charset',
      () => post({ 'content-type': 'application/json; charset=latin1' }),
      415,
      'UnsupportedMediaType',
      /UTF-8/,
    ],
    [
      'content encoding',
      () => post({ 'content-encoding': 'br' }),
      415,
      'UnsupportedContentEncoding',
      /"br".*gzip/,
    ],
    ['gzip that is none', () => post({ 'content-encoding': 'gzip' }), 400, 'MalformedContent', /not gzip/],
    ['flag', () => post({}, '?validateOnly=maybe'), 400, 'InvalidParameter', /"maybe".*true or false/],
    ['no token', () => post({ authorization: '' }), 401, 'MissingToken', /send "Authorization: Bearer/],
    ['no such scheme', () => post({ authorization: 'Basic YTpi' }), 401, 'InvalidToken', /Bearer/],
    ['not a token', () => post({ authorization: 'Bearer a.b.c' }), 401, 'InvalidToken', /Token|token/],
    [
      'token tampered with',
      async () => {
        const [head = '', , signature = ''] = system.token.split('.');
        const [, claims = ''] = (await sign({ roles: ['Admin'] })).split('.');
        return post({ authorization: `Bearer ${head}.${claims}.${signature}` });
      },
      401,
      'InvalidToken',
      /signature/,
    ],
    [
      'expired token',
      async () => post({ authorization: `Bearer ${await sign({}, -3600)}` }),
      401,
      'ExpiredToken',
      /get a new one/,
    ],
    [
      'token for another audience',
      async () => post({ authorization: `Bearer ${await sign({ aud: 'api://other' })}` }),
      401,
      'WrongAudience',
      /ask for one for api:\/\//,
    ],
    [
      'token of another issuer',
      async () => post({ authorization: `Bearer ${await sign({ iss: 'https://other.test' })}` }),
      401,
      'InvalidToken',
      /issuer/,
    ],
    [
      'role',
      async () => post({ authorization: `Bearer ${await sign({ roles: ['Read'] })}` }),
      403,
      'Forbidden',
      /app role Post.*grant it/,
    ],
    [
      'no roles at all',
      async () => post({ authorization: `Bearer ${await sign({ roles: [] })}` }),
      403,
      'Forbidden',
      /app role Post/,
    ],
    [
      'unknown environment',
      () =>
        httpCall({
          url: system.url('transaction/adjustment/bulk').replace(ENVIRONMENT_ID, 'nowhere'),
          method: 'POST',
          headers: { authorization: `Bearer ${system.token}`, 'content-type': 'application/json' },
          body: text(good('nowhere')),
        }),
      404,
      'UnknownEnvironment',
      /"nowhere".*check the id/,
    ],
  ])('%s', async ([, ask, status, code, detail]) => {
    const problem = await refused(status, code, ask);
    expect(problem.detail).toMatch(detail);
  });

  test('a method or a route that does not exist', async () => {
    const before = await storedRows();
    const put = await httpCall({
      url: system.url('transaction/adjustment/bulk'),
      method: 'PUT',
      headers: { authorization: `Bearer ${system.token}`, 'content-type': 'application/json' },
      body: text(good('put')),
    });
    expect([404, 405]).toContain(put.status);
    expect((await system.get('transactions')).status).toBe(404);
    expect(await storedRows()).toBe(before);
  });

  test('a gzip bomb is refused by what it would become', async () => {
    const body = gzipSync(Buffer.alloc(200_000_000, ' '), { level: 1 });
    const small = gzipSync(Buffer.alloc(50 * MAX_REQUEST_BYTES, ' '));
    expect(small.length).toBeLessThan(MAX_REQUEST_BYTES);
    for (const bomb of [body, small])
      await refused(413, 'BodyTooLarge', () =>
        system.post(undefined, { body: bomb, headers: { 'content-encoding': 'gzip' } }),
      );
  });
});

describe('what is asked for differently, and right', () => {
  test('bodies in chunks, compressed, and both', async () => {
    const body = (id: string): Buffer => Buffer.from(text(good(id)));
    const chunks = (bytes: Buffer): Uint8Array[] =>
      Array.from({ length: Math.ceil(bytes.length / 50) }, (_, n) => bytes.subarray(n * 50, n * 50 + 50));
    const gzip = { 'content-encoding': 'gzip' };
    const answers = [
      await system.post(undefined, { body: chunks(body('chunked')) }),
      await system.post(undefined, { body: gzipSync(body('compressed')), headers: gzip }),
      await system.post(undefined, { body: chunks(gzipSync(body('both'))), headers: gzip }),
    ];
    expect(answers.map((answer) => answer.json<LineResult[]>()[0])).toMatchObject(
      ['chunked', 'compressed', 'both'].map((id) => ({ id, processingStatus: 'success' })),
    );
  });

  test('validateOnly says what would happen and writes nothing', async () => {
    await system.post([line('known')]);
    const before = await storedRows();
    const mixed: PostedLine[] = [line('known'), line('unknown')];
    const answer = await system.post(mixed, { query: '?validateOnly=true' });
    expect(answer.status).toBe(200);
    expect(answer.json<LineResult[]>()).toMatchObject([
      { id: 'known', processingStatus: 'duplicate' },
      { id: 'unknown', processingStatus: 'success', message: 'The line would be accepted.' },
    ]);
    const conflict = await system.post([line('known', { quantity: 9 })], { query: '?validateOnly=true' });
    expect(conflict.status).toBe(409);
    const invalid = await system.post([line('bad', { quantity: 'x' })], { query: '?validateOnly=true' });
    expect(invalid.status).toBe(400);
    expect(await storedRows()).toBe(before);
  });

  test('lenient handling accepts the valid lines and reports the others', async () => {
    const lines = [line('lenient-1'), line('lenient-2', { quantity: '1,5' }), line('lenient-3')];
    const answer = await system.post(lines, { headers: { prefer: 'handling=lenient' } });
    expect(answer.status).toBe(207);
    expect(answer.json<LineResult[]>()).toMatchObject([
      { id: 'lenient-1', processingStatus: 'success', statusCode: 200 },
      {
        id: 'lenient-2',
        processingStatus: 'invalid',
        statusCode: 400,
        message: expect.stringMatching(/1,5/) as string,
      },
      { id: 'lenient-3', processingStatus: 'success', statusCode: 200 },
    ]);
    const again = await system.post([lines[0], lines[2]]);
    expect(again.json<LineResult[]>().map(({ processingStatus }) => processingStatus)).toEqual([
      'duplicate',
      'duplicate',
    ]);
  });
});
