import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { BloomFilter } from './bloomFilter.ts';
import { layoutFor } from './checkpointLayout.ts';

/** 64 bits of a digest marked as a UUID of version 8, as the ids of lines are. */
function hashOf(text: string): [high: number, low: number] {
  const digest = createHash('sha256').update(text).digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x80;
  return [digest.readUInt32BE(0), digest.readUInt32BE(4)];
}

const blocksFor = (bits: number) => Math.max(1, Math.ceil(bits / 512));

it.each([1, 1_000, 100_000])('a filter of %d ids knows all of them', (count) => {
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

it('an empty filter knows nothing', () => {
  expect(BloomFilter.ofBlocks(1).mayHave(0, 0)).toBe(false);
});

it('parts of a filter, put together, are the filter', () => {
  const parts = 3;
  const blocks = 7 * parts;
  const whole = BloomFilter.ofBlocks(blocks);
  const cut = Array.from({ length: parts }, (_, part) =>
    BloomFilter.ofBlocks(7, { firstBlock: 7 * part, blocks }),
  );
  for (let id = 0; id < 1_000; id++) {
    const [high, low] = hashOf(`in ${id}`);
    whole.add(high, low);
    cut[Math.floor((high / 2 ** 32) * parts)]?.add(high, low);
  }
  expect(cut.flatMap(({ words }) => [...words])).toEqual([...whole.words]);
});

it('a filter takes 3 bytes an id while there are few, and 2 when there are many', () => {
  const bytesAnId = (ids: number) => {
    const { segments, blocksPerSegment } = layoutFor(ids);
    return (segments * blocksPerSegment * 64) / ids;
  };
  expect(bytesAnId(4_000_000)).toBeCloseTo(3, 2);
  expect(bytesAnId(100_000_000)).toBeCloseTo(2, 2);
});
