import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { BloomFilter } from './bloomFilter.ts';

/** 64 bits of a digest marked as a UUID of version 8, as the ids of lines are. */
function hashOf(text: string): [high: number, low: number] {
  const digest = createHash('sha256').update(text).digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x80;
  return [digest.readUInt32BE(0), digest.readUInt32BE(4)];
}

it.each([1, 1_000, 100_000])('a filter of %d ids knows all of them', (count) => {
  const filter = BloomFilter.forIds(count);
  for (let id = 0; id < count; id++) filter.add(...hashOf(`in ${id}`));
  for (let id = 0; id < count; id++) expect(filter.mayHave(...hashOf(`in ${id}`))).toBe(true);
});

it('takes fewer than 0.5 % of other ids for known, at 2.5 bytes an id or less', () => {
  const count = 200_000;
  const filter = BloomFilter.forIds(count);
  for (let id = 0; id < count; id++) filter.add(...hashOf(`in ${id}`));
  let wrong = 0;
  for (let id = 0; id < count; id++) if (filter.mayHave(...hashOf(`out ${id}`))) wrong++;
  expect(wrong / count).toBeLessThan(0.005);
  expect(filter.words.byteLength / count).toBeLessThanOrEqual(2.5);
});

it('an empty filter knows nothing', () => {
  expect(BloomFilter.forIds(0).mayHave(0, 0)).toBe(false);
});
