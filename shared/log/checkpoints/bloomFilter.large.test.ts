/** Filters as large as it takes to measure how often they are wrong. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { BloomFilter } from './bloomFilter.ts';

/** 64 bits of a digest marked as a UUID of version 8, as the ids of lines are. */
function hashOf(text: string): [high: number, low: number] {
  const digest = createHash('sha256').update(text).digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x80;
  return [digest.readUInt32BE(0), digest.readUInt32BE(4)];
}

const blocksFor = (bits: number) => Math.max(1, Math.ceil(bits / 512));

it('a filter of 100,000 ids knows all of them', () => {
  const count = 100_000;
  const filter = BloomFilter.ofBlocks(blocksFor(16 * count));
  for (let id = 0; id < count; id++) filter.add(...hashOf(`in ${id}`));
  for (let id = 0; id < count; id++) expect(filter.mayHave(...hashOf(`in ${id}`))).toBe(true);
});

it.each([
  [16, 0.003],
  [24, 0.0006],
])('with %d bits an id it takes fewer than %d of other ids for known', (bits, most) => {
  const count = 200_000;
  const filter = BloomFilter.ofBlocks(blocksFor(bits * count));
  for (let id = 0; id < count; id++) filter.add(...hashOf(`in ${id}`));
  let wrong = 0;
  for (let id = 0; id < count; id++) if (filter.mayHave(...hashOf(`out ${id}`))) wrong++;
  expect(wrong / count).toBeLessThan(most);
});
