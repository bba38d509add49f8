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

it.each([1, 1_000])('a filter of %d ids knows all of them', (count) => {
  const filter = BloomFilter.ofBlocks(blocksFor(16 * count));
  for (let id = 0; id < count; id++) filter.add(...hashOf(`in ${id}`));
  for (let id = 0; id < count; id++) expect(filter.mayHave(...hashOf(`in ${id}`))).toBe(true);
});

/** Numbers of the bits that are set, from the first word's lowest. */
function bitsOf({ words }: BloomFilter): number[] {
  return Array.from({ length: 32 * words.length }, (_, bit) => bit).filter(
    (bit) => ((words[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0,
  );
}

it('a filter is stored, so each id has the same bits for ever', () => {
  const filter = BloomFilter.ofBlocks(3);
  for (const [high, low] of [
    [0x1234_5678, 0x9abc_def0],
    [0xffff_ffff, 0],
    [0x5555_5555, 0xffff_ffff],
  ] as const)
    filter.add(high, low);
  expect(bitsOf(filter)).toEqual([
    14, 55, 87, 143, 150, 166, 265, 291, 309, 318, 323, 344, 358, 448, 1036, 1231, 1265, 1284, 1285, 1370,
    1410,
  ]);
});

it('an id is known by all of its bits: none of them may be missing', () => {
  const filter = BloomFilter.ofBlocks(1);
  filter.add(7, 9);
  const bits = bitsOf(filter);
  expect(bits.length).toBeGreaterThanOrEqual(6);
  for (const bit of bits) {
    const words = filter.words.slice();
    words[bit >>> 5] = (words[bit >>> 5] ?? 0) & ~(1 << (bit & 31));
    expect(new BloomFilter(words).mayHave(7, 9)).toBe(false);
  }
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
