import fc from 'fast-check';
import { expect, it } from 'vitest';
import { layoutFor, partOf } from './checkpointLayout.ts';
import { eachEntry, seqsInPage } from './idPage.ts';
import { IdSegment, segmentsOf } from './idSegment.ts';

const word = fc.oneof(fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff), fc.nat(0xffff_ffff));
const entry = fc.tuple(word, word, fc.integer({ min: 1, max: 0xffff_ffff }));
const layout = fc.record({
  segments: fc.integer({ min: 1, max: 5 }),
  pagesPerSegment: fc.integer({ min: 1, max: 7 }),
  blocksPerSegment: fc.integer({ min: 1, max: 3 }),
});

it('every entry is found in the page that its hash names, however many share a hash, and in order', () => {
  fc.assert(
    fc.property(layout, fc.array(entry), (cut, entries) => {
      const segments = segmentsOf(cut, (add) => entries.forEach((one) => add(...one)));
      const pages = segments.flatMap((segment) => segment.pages());
      expect(pages).toHaveLength(cut.segments * cut.pagesPerSegment);
      for (const [high, low] of entries) {
        const seqs = entries.flatMap(([h, l, seq]) => (h === high && l === low ? [seq] : []));
        const page = pages[partOf(high, pages.length)];
        expect(seqsInPage(page ?? new Uint8Array(), high, low)).toEqual(seqs.sort((a, b) => a - b));
      }
      const read: number[][] = [];
      for (const page of pages) eachEntry(page, (...one) => read.push(one));
      const compare = (a: readonly number[], b: readonly number[]): number =>
        [0, 1, 2].map((at) => (a[at] ?? 0) - (b[at] ?? 0)).find((by) => by !== 0) ?? 0;
      expect(read).toEqual([...entries].sort(compare));
    }),
  );
});

it('a segment takes only what falls into it', () => {
  fc.assert(
    fc.property(layout, fc.array(entry), fc.nat(), (cut, entries, any) => {
      const number = any % cut.segments;
      const segment = new IdSegment(cut, number);
      for (const one of entries) segment.add(...one);
      expect(segment.size).toBe(entries.filter(([high]) => partOf(high, cut.segments) === number).length);
      expect(segment.filter().byteLength).toBe(cut.blocksPerSegment * 64);
    }),
  );
});

it('every page exists, also an empty one, and no entry is left out', () => {
  const count = 12_001;
  const [segment] = segmentsOf(layoutFor(count), (add) => {
    for (let id = count; id > 0; id--) add(0xffff_ffff, id, 1);
  });
  expect(segment?.pages().map((page) => page.length / 12)).toEqual([0, 0, 0, count]);
  expect(segmentsOf(layoutFor(0), () => undefined).map((empty) => empty.pages())).toEqual([
    [new Uint8Array()],
  ]);
  expect(partOf(0xffff_ffff, 4)).toBe(3);
});

it.each([
  [0, 1, 1, 1],
  [1, 1, 1, 1],
  [4_000, 1, 1, 188],
  [4_001, 1, 2, 188],
  [160_000, 1, 40, 7_500],
  [160_001, 2, 21, 3_751],
  [4_000_000, 25, 40, 7_500],
  [4_000_001, 26, 39, 4_808],
])(
  '%d ids are cut into %d segments of %d pages and %d blocks',
  (ids, segments, pagesPerSegment, blocksPerSegment) => {
    expect(layoutFor(ids)).toEqual({ segments, pagesPerSegment, blocksPerSegment });
  },
);

it('the segments of many ids fit into a transaction, and are as many as it takes', () => {
  for (const ids of [1, 159_999, 160_001, 1_000_000, 4_000_001, 100_000_000]) {
    const { segments, pagesPerSegment, blocksPerSegment } = layoutFor(ids);
    expect(segments * pagesPerSegment * 4_000).toBeGreaterThanOrEqual(ids);
    const bytes = ((ids / segments) * 12 + blocksPerSegment * 64) * (4 / 3);
    expect(bytes).toBeLessThan(3.7 * 1024 * 1024);
    expect(blocksPerSegment * 64).toBeLessThan(850_000);
  }
});
