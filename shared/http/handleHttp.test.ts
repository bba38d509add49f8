import type { HttpResponseInit } from '@azure/functions';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RefusedRequestError } from '../adjustments/parseAdjustments.ts';
import { AuthError } from '../auth/authError.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import type { LogFields } from '../runtime/ports.ts';
import { TableError } from '../tables/tableStore.ts';
import type { Answer, InboundTestServer } from './inboundTestServer.ts';
import { codeOf, startInboundTestServer } from './inboundTestServer.ts';
import { ApiError } from './problem.ts';

let server: InboundTestServer;

beforeAll(async () => {
  server = await startInboundTestServer();
});

afterAll(async () => {
  await server.close();
});

beforeEach(() => {
  server.logged.length = 0;
  server.handle = async () => ({ jsonBody: {} });
});

describe('every answer', () => {
  test('carries a request id of its own and the headers that keep browsers out', async () => {
    const good = await server.post('');
    server.handle = async () => {
      throw new Error('broken');
    };
    const bad = await server.post('');
    expect(good.headers['x-ms-request-id']).not.toBe(bad.headers['x-ms-request-id']);
    for (const answer of [good, bad]) {
      expect(answer.headers).toMatchObject({
        'x-ms-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'strict-transport-security': 'max-age=31536000; includeSubDomains',
      });
    }
  });

  test('echoes the caller’s request id if it is one', async () => {
    expect(
      (await server.post('[]', { 'x-ms-client-request-id': 'till-7:42' })).headers['x-ms-client-request-id'],
    ).toBe('till-7:42');
    for (const strange of ['a b', '{"level":"error"}', 'x'.repeat(129), 'é']) {
      const answer = await server.post('[]', {
        'x-ms-client-request-id': Buffer.from(strange).toString('latin1'),
      });
      expect(answer.headers['x-ms-client-request-id']).toBeUndefined();
    }
  });

  test('keeps the headers that the handler set', async () => {
    server.handle = async () => ({ headers: { 'Cache-Control': 'max-age=60', etag: '"1"' }, body: '{}' });
    expect((await server.post('')).headers).toMatchObject({
      'cache-control': 'max-age=60',
      etag: '"1"',
      'x-frame-options': 'DENY',
    });
  });
});

describe('what a handler throws', () => {
  const throwing = (error: unknown): Promise<Answer> => {
    server.handle = async () => {
      throw error;
    };
    return server.post('[]', { 'x-ms-client-request-id': 'mine' });
  };

  test('is a problem that both problem+json and Azure clients can read', async () => {
    const lines = [
      { code: 'WrongType', line: 3, field: 'dimensions.a/b.c', value: '1', message: 'wrong' },
      { code: 'NotAnObject', line: 4, field: '', message: 'no line' },
    ];
    const error = new ApiError('InvalidLines', {
      detail: '2 lines are wrong.',
      target: 'body',
      lines,
      extensions: { accepted: 0 },
    });
    const answer = await throwing(error);
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['x-ms-error-code']).toBe('InvalidLines');
    expect(answer.body).toEqual({
      type: 'urn:problem-type:inventory-visibility-business-layer:InvalidLines',
      title: 'Lines of the request cannot be accepted',
      status: 400,
      detail: '2 lines are wrong.',
      instance: `urn:uuid:${String(answer.headers['x-ms-request-id'])}`,
      accepted: 0,
      error: {
        code: 'InvalidLines',
        message: '2 lines are wrong.',
        target: 'body',
        details: [
          { code: 'WrongType', message: 'wrong', target: '[3].dimensions.a/b.c' },
          { code: 'NotAnObject', message: 'no line', target: '[4]' },
        ],
      },
      errors: [
        { ...lines[0], pointer: '/3/dimensions/a~1b.c' },
        { ...lines[1], pointer: '/4' },
      ],
    });
    expect(server.logged).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    ['a refused request', new RefusedRequestError('TooManyLines', 'Too many.'), '413 TooManyLines'],
    ['a caller without a token', new AuthError('MissingToken', 'Send one.'), '401 MissingToken'],
    ['a caller with a bad token', new AuthError('ExpiredToken', 'Expired.'), '401 ExpiredToken'],
    ['a caller without the right', new AuthError('Forbidden', 'No.'), '403 Forbidden'],
  ])('%s is answered and not logged as a fault', async (_what, error, code) => {
    expect(codeOf(await throwing(error))).toBe(code);
    expect(server.logged).toEqual([]);
  });

  test('names the challenge of a 401, without an error where there was no token', async () => {
    expect((await throwing(new AuthError('MissingToken', 'x'))).headers['www-authenticate']).toBe('Bearer');
    expect((await throwing(new AuthError('InvalidToken', 'x'))).headers['www-authenticate']).toBe(
      'Bearer error="invalid_token"',
    );
  });

  test.each<[string, unknown, string]>([
    ['a dependency', new DependencyError('token issuer', 'gone'), '5'],
    ['a dependency that says when', new DependencyError('storage', 'busy', { retryAfterMs: 1_500 }), '2'],
    ['storage', new TableError('unknown', 'reset'), '5'],
  ])('%s that is away is a 503 with Retry-After', async (_what, error, seconds) => {
    const answer = await throwing(error);
    expect(codeOf(answer)).toBe('503 Unavailable');
    expect(answer.headers['retry-after']).toBe(seconds);
    expect(server.logged).toHaveLength(1);
  });

  test.each<[string, unknown]>([
    ['an error', new Error('secret-connection-string')],
    ['a limit of storage that we broke', new TableError('invalid', 'secret-connection-string')],
    ['a text', 'secret-connection-string'],
    ['nothing', undefined],
  ])('%s is a 500 that tells nothing, logged under the request id', async (_what, error) => {
    const answer = await throwing(error);
    expect(codeOf(answer)).toBe('500 InternalError');
    expect(JSON.stringify(answer.body)).not.toContain('secret');
    expect(server.logged).toEqual([
      {
        message: 'request failed',
        fields: expect.objectContaining({
          requestId: answer.headers['x-ms-request-id'],
          clientRequestId: 'mine',
          code: 'InternalError',
          reason: expect.stringContaining(String(error instanceof Error ? error.message : error)) as string,
        }) as LogFields,
      },
    ]);
  });

  test('also at once, or instead of an answer, is a 500', async () => {
    server.handle = () => {
      throw new Error('at once');
    };
    expect(codeOf(await server.post('[]'))).toBe('500 InternalError');
    server.handle = async () => undefined as unknown as HttpResponseInit;
    expect(codeOf(await server.post('[]'))).toBe('500 InternalError');
    server.handle = async () => ({ headers: { 'x-bad': 'a\nb' } });
    expect(codeOf(await server.post('[]'))).toBe('500 InternalError');
  });
});
