import { expect, test } from 'vitest';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import type { Clock } from '../runtime/ports.ts';
import { TokenCache } from './tokenCache.ts';

const MINUTE = 60_000;

/** A clock that stands until it is set, and a source of numbered tokens of a given life. */
function setUp(lifeMs: number) {
  const time = { now: 1_000_000 };
  const clock: Clock = { now: () => time.now, sleep: () => Promise.resolve() };
  const source = { fetched: 0, fail: false };
  const cache = new TokenCache(async (): Promise<AccessToken> => {
    source.fetched += 1;
    await Promise.resolve();
    if (source.fail) throw new DependencyError('Token service', 'is down');
    return { value: `token-${source.fetched}`, expiresAt: time.now + lifeMs };
  }, clock);
  return { time, source, cache };
}

test('callers at the same moment share one fetch', async () => {
  const { source, cache } = setUp(60 * MINUTE);
  const tokens = await Promise.all(Array.from({ length: 20 }, () => cache.token()));
  expect(new Set(tokens.map((token) => token.value))).toEqual(new Set(['token-1']));
  expect(source.fetched).toBe(1);
});

test('a token of an hour is handed out until five minutes before its end', async () => {
  const { time, cache } = setUp(60 * MINUTE);
  const first = await cache.token();
  time.now += 55 * MINUTE;
  expect(await cache.token()).toBe(first);
  time.now += 1;
  expect((await cache.token()).value).toBe('token-2');
});

test('a token of ten minutes is handed out until a fifth of its life is left', async () => {
  const { time, cache } = setUp(10 * MINUTE);
  const first = await cache.token();
  time.now += 8 * MINUTE;
  expect(await cache.token()).toBe(first);
  time.now += 1;
  expect((await cache.token()).value).toBe('token-2');
});

test('an invalidated token is not handed out again; a newer one stays', async () => {
  const { cache } = setUp(60 * MINUTE);
  const first = await cache.token();
  cache.invalidate(first);
  const second = await cache.token();
  expect(second.value).toBe('token-2');
  cache.invalidate(first);
  expect(await cache.token()).toBe(second);
});

test('a failure reaches everybody who waits and is not remembered', async () => {
  const { source, cache } = setUp(60 * MINUTE);
  source.fail = true;
  const waiting = await Promise.allSettled([cache.token(), cache.token()]);
  expect(waiting.map((each) => each.status)).toEqual(['rejected', 'rejected']);
  source.fail = false;
  expect((await cache.token()).value).toBe('token-2');
});

test('a token that has expired on arrival says that the clock is wrong', async () => {
  const { cache } = setUp(-1);
  await expect(cache.token()).rejects.toThrow(/clock/);
});
