import { expect, test } from 'vitest';
import { mapInParallel } from './boundedParallel.ts';

test('never runs more than the limit, and keeps the order', async () => {
  let running = 0;
  let most = 0;
  const release: (() => void)[] = [];
  const results = mapInParallel([1, 2, 3, 4, 5], 2, async (item) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => release.push(resolve));
    running -= 1;
    return item * 10;
  });
  for (let done = 0; done < 5; done++) {
    // The later of those waiting is released first, so that results come out of order.
    release.pop()?.();
    await new Promise(setImmediate);
  }
  expect(await results).toEqual([10, 20, 30, 40, 50]);
  expect(most).toBe(2);
});

test('begins nothing new after a failure', async () => {
  const begun: number[] = [];
  const work = mapInParallel([1, 2, 3, 4], 1, async (item) => {
    begun.push(item);
    if (item === 2) throw new Error('second');
  });
  await expect(work).rejects.toThrow('second');
  expect(begun).toEqual([1, 2]);
});
