import fc from 'fast-check';
import { expect, it } from 'vitest';
import { IdPages, pageCountFor, pageOf, seqsInPage } from './idPages.ts';

const word = fc.oneof(fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff), fc.nat(0xffff_ffff));

it('every entry is found in the page that its hash names, however many share a hash', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word, fc.integer({ min: 1, max: 0xffff_ffff }))), (entries) => {
      const pages = new IdPages(entries.length);
      for (const entry of entries) pages.add(...entry);
      const written = pages.pages();
      for (const [high, low] of entries) {
        const seqs = entries.flatMap(([h, l, seq]) => (h === high && l === low ? [seq] : []));
        const page = written[pageOf(high, written.length)];
        expect(seqsInPage(page ?? new Uint8Array(), high, low)).toEqual(seqs.sort((a, b) => a - b));
      }
    }),
  );
});

it('every page exists, also an empty one, and no entry is left out', () => {
  const count = 12_001;
  const pages = new IdPages(count);
  for (let id = 0; id < count; id++) pages.add(0xffff_ffff, id, 1);
  const written = pages.pages();
  expect(written.map((page) => page.length / 12)).toEqual([0, 0, 0, count]);
  expect(pageCountFor(0)).toBe(1);
  expect(new IdPages(0).pages()).toEqual([new Uint8Array()]);
  expect(pageOf(0xffff_ffff, 4)).toBe(3);
});
