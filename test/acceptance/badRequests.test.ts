/** Whatever is wrong with a request, the answer names it, with the remedy, and nothing is written. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { LineResult } from '../support/answers.ts';
import { type HttpAnswer, httpCall } from '../support/httpCall.ts';
import { ENVIRONMENT_ID, line, type PostedLine } from '../support/localSettings.ts';
import { MAX_LINES, MAX_REQUEST_BYTES, useRefusingSystem } from '../support/refusingSystem.ts';

const running = useRefusingSystem();

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
    const problem = await running().refused(status, code, () => running().system.post(undefined, { body }));
    expect(problem.detail).toMatch(detail);
  });
});

describe('what stands around the body', () => {
  const post = (headers: Readonly<Record<string, string>>, query = ''): Promise<HttpAnswer> =>
    running().system.post([line('around')], { headers, query });

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
        const [head = '', , signature = ''] = running().system.token.split('.');
        const [, claims = ''] = (await running().sign({ roles: ['Admin'] })).split('.');
        return post({ authorization: `Bearer ${head}.${claims}.${signature}` });
      },
      401,
      'InvalidToken',
      /signature/,
    ],
    [
      'expired token',
      async () => post({ authorization: `Bearer ${await running().sign({}, -3600)}` }),
      401,
      'ExpiredToken',
      /get a new one/,
    ],
    [
      'token for another audience',
      async () => post({ authorization: `Bearer ${await running().sign({ aud: 'api://other' })}` }),
      401,
      'WrongAudience',
      /ask for one for api:\/\//,
    ],
    [
      'token of another issuer',
      async () => post({ authorization: `Bearer ${await running().sign({ iss: 'https://other.test' })}` }),
      401,
      'InvalidToken',
      /issuer/,
    ],
    [
      'role',
      async () => post({ authorization: `Bearer ${await running().sign({ roles: ['Read'] })}` }),
      403,
      'Forbidden',
      /app role Post.*grant it/,
    ],
    [
      'no roles at all',
      async () => post({ authorization: `Bearer ${await running().sign({ roles: [] })}` }),
      403,
      'Forbidden',
      /app role Post/,
    ],
    [
      'unknown environment',
      () =>
        httpCall({
          url: running().system.url('transaction/adjustment/bulk').replace(ENVIRONMENT_ID, 'nowhere'),
          method: 'POST',
          headers: { authorization: `Bearer ${running().system.token}`, 'content-type': 'application/json' },
          body: text(good('nowhere')),
        }),
      404,
      'UnknownEnvironment',
      /"nowhere".*check the id/,
    ],
  ])('%s', async ([, ask, status, code, detail]) => {
    const problem = await running().refused(status, code, ask);
    expect(problem.detail).toMatch(detail);
  });

  test('a method or a route that does not exist', async () => {
    const before = await running().storedRows();
    const put = await httpCall({
      url: running().system.url('transaction/adjustment/bulk'),
      method: 'PUT',
      headers: { authorization: `Bearer ${running().system.token}`, 'content-type': 'application/json' },
      body: text(good('put')),
    });
    expect([404, 405]).toContain(put.status);
    expect((await running().system.get('transactions')).status).toBe(404);
    expect(await running().storedRows()).toBe(before);
  });

  test('a gzip bomb is refused by what it would become', async () => {
    const body = gzipSync(Buffer.alloc(200_000_000, ' '), { level: 1 });
    const small = gzipSync(Buffer.alloc(50 * MAX_REQUEST_BYTES, ' '));
    expect(small.length).toBeLessThan(MAX_REQUEST_BYTES);
    for (const bomb of [body, small])
      await running().refused(413, 'BodyTooLarge', () =>
        running().system.post(undefined, { body: bomb, headers: { 'content-encoding': 'gzip' } }),
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
      await running().system.post(undefined, { body: chunks(body('chunked')) }),
      await running().system.post(undefined, { body: gzipSync(body('compressed')), headers: gzip }),
      await running().system.post(undefined, { body: chunks(gzipSync(body('both'))), headers: gzip }),
    ];
    expect(answers.map((answer) => answer.json<LineResult[]>()[0])).toMatchObject(
      ['chunked', 'compressed', 'both'].map((id) => ({ id, processingStatus: 'success' })),
    );
  });

  test('validateOnly says what would happen and writes nothing', async () => {
    await running().system.post([line('known')]);
    const before = await running().storedRows();
    const mixed: PostedLine[] = [line('known'), line('unknown')];
    const answer = await running().system.post(mixed, { query: '?validateOnly=true' });
    expect(answer.status).toBe(200);
    expect(answer.json<LineResult[]>()).toMatchObject([
      { id: 'known', processingStatus: 'duplicate' },
      { id: 'unknown', processingStatus: 'success', message: 'The line would be accepted.' },
    ]);
    const conflict = await running().system.post([line('known', { quantity: 9 })], {
      query: '?validateOnly=true',
    });
    expect(conflict.status).toBe(409);
    const invalid = await running().system.post([line('bad', { quantity: 'x' })], {
      query: '?validateOnly=true',
    });
    expect(invalid.status).toBe(400);
    expect(await running().storedRows()).toBe(before);
  });

  test('lenient handling accepts the valid lines and reports the others', async () => {
    const lines = [line('lenient-1'), line('lenient-2', { quantity: '1,5' }), line('lenient-3')];
    const answer = await running().system.post(lines, { headers: { prefer: 'handling=lenient' } });
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
    const again = await running().system.post([lines[0], lines[2]]);
    expect(again.json<LineResult[]>().map(({ processingStatus }) => processingStatus)).toEqual([
      'duplicate',
      'duplicate',
    ]);
  });
});
