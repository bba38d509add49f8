import { expect, test } from 'vitest';
import { deadAddress, json } from '../../test/support/httpPeer.ts';
import {
  closePeerAfterEach,
  ACTIVITY,
  MESSAGE,
  NO_EXECUTION,
  token,
  peer,
  clientOf,
  setUp,
} from '../../test/support/supplyChainPeer.ts';
import type { SupplyChainClient } from './supplyChainClient.ts';

closePeerAfterEach();

const send = (client: SupplyChainClient) =>
  client.send(token, 'US MF', 'package-1', new Uint8Array([1, 2, 3]));

test.each([`"${MESSAGE}"`, `{"value":"${MESSAGE}"}`, MESSAGE])(
  'sends a package; %s is its message id',
  async (body) => {
    const client = await setUp((_request, response) => void response.end(body));
    expect(await send(client)).toEqual({ kind: 'accepted', messageId: MESSAGE });
    const request = peer?.received[0];
    expect(request).toMatchObject({
      method: 'POST',
      url: `/scm/api/connector/enqueue/${ACTIVITY}?company=US%20MF`,
      headers: {
        authorization: 'Bearer erp-token',
        'content-type': 'application/zip',
        'x-ms-dyn-externalidentifier': 'package-1',
      },
    });
    expect([...(request?.body ?? [])]).toEqual([1, 2, 3]);
    expect(client.address).toBe(`${peer?.url}/scm/api/connector/enqueue/${ACTIVITY}`);
  },
);

test.each([
  [400, 'refused'],
  [403, 'refused'],
  [404, 'refused'],
  [413, 'refused'],
  [401, 'noEffect'],
  [429, 'noEffect'],
  [302, 'unknown'],
  [408, 'unknown'],
  [500, 'unknown'],
  [503, 'unknown'],
])('a package answered with %i is %s', async (status, kind) => {
  const client = await setUp((_request, response) =>
    json(response, status, { error: { message: 'outer', innererror: { message: 'its own words' } } }),
  );
  const answer = await send(client);
  expect(answer.kind).toBe(kind);
  if (answer.kind !== 'accepted') expect(answer.message).toContain('its own words');
});

test.each(['', '{}', '"no id!"', `"${NO_EXECUTION}"`, '<html>'])(
  'an answer 200 of %j is unknown',
  async (body) => {
    const client = await setUp((_request, response) => void response.end(body));
    expect((await send(client)).kind).toBe('unknown');
  },
);

test('sending: silence and reset are unknown, a dead address had no effect, throttling says when', async () => {
  const silent = await setUp(() => undefined, 50);
  expect((await send(silent)).kind).toBe('unknown');
  await peer?.close();
  const reset = await setUp((_request, _response, incoming) => void incoming.socket.resetAndDestroy());
  expect((await send(reset)).kind).toBe('unknown');
  expect((await send(clientOf(await deadAddress()))).kind).toBe('noEffect');
  await peer?.close();
  const throttled = await setUp((_request, response) => json(response, 429, {}));
  expect(await send(throttled)).toMatchObject({ retryAfterMs: 30_000 });
});

test('a token that was answered with 401 is not handed out again', async () => {
  let issued = 0;
  const client = await setUp((request, response) => {
    if (request.url.startsWith('/entra')) {
      issued += 1;
      json(response, 200, { token_type: 'Bearer', expires_in: 3600, access_token: `erp-${issued}` });
    } else json(response, 401, {});
  });
  const first = await client.token();
  expect(new URLSearchParams(peer?.received[0]?.body.toString()).get('scope')).toBe(
    `${peer?.url}/scm/.default`,
  );
  expect((await client.send(first, 'usmf', 'p', new Uint8Array())).kind).toBe('noEffect');
  const second = await client.token();
  expect(second.value).toBe('erp-2');
  await expect(client.importStatus(second, MESSAGE)).rejects.toThrow('401');
  expect((await client.token()).value).toBe('erp-3');
});

test('SCM that asked to be left alone is not asked, and nothing is sent to it', async () => {
  const client = await setUp((_request, response) => json(response, 503, {}, { 'retry-after': '3600' }));
  await expect(client.importStatus(token, MESSAGE)).rejects.toMatchObject({ retryAfterMs: 3_600_000 });
  const refused = await client.importStatus(token, MESSAGE).catch((error: unknown) => error);
  expect(String(refused)).toContain('it asked for no calls for another 600 seconds');
  expect(await send(client)).toMatchObject({ kind: 'noEffect' });
  expect(peer?.received).toHaveLength(1);
});
