/** In a file of its own: the identity SDK keeps the first identity endpoint it finds for the whole process. */
import { afterEach, expect, test, vi } from 'vitest';
import { json, startHttpPeer } from '../../test/support/httpPeer.ts';
import type { HttpPeer } from '../../test/support/httpPeer.ts';
import { OutboundHttp } from '../http/outboundHttp.ts';
import { systemClock } from '../runtime/systemRuntime.ts';
import { entraTokenSource } from './entraToken.ts';
import { TokenCache } from './tokenCache.ts';

const http = new OutboundHttp(systemClock);
let peer: HttpPeer | undefined;

afterEach(async () => {
  vi.unstubAllEnvs();
  http.close();
  await peer?.close();
});

test('an identity token that was rejected is not given again', async () => {
  const expiresOn = Math.floor(Date.now() / 1000) + 3600;
  let issued = 0;
  peer = await startHttpPeer((_request, response) => {
    issued += 1;
    json(response, 200, {
      access_token: `rejected-${issued}`,
      expires_on: String(expiresOn),
      resource: 'https://rejecting.example',
      token_type: 'Bearer',
    });
  });
  vi.stubEnv('IDENTITY_ENDPOINT', `${peer.url}/msi/token`);
  vi.stubEnv('IDENTITY_HEADER', 'header');
  const cache = new TokenCache(
    entraTokenSource({
      http,
      clock: systemClock,
      authority: peer.url,
      credential: { kind: 'managedIdentity' },
      scope: 'https://rejecting.example/.default',
      readSecret: () => undefined,
      timeoutMs: 10_000,
    }),
    systemClock,
  );
  const first = await cache.token();
  expect(first.value).toBe('rejected-1');
  cache.invalidate(first);
  expect((await cache.token()).value).toBe('rejected-2');
  expect((await cache.token()).value).toBe('rejected-2');
  expect(issued).toBe(2);
});
