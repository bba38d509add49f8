import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RecentIds } from './recentIds.ts';

const word = fc.oneof(fc.constantFrom(0, 1, 0x8000_0000, 0xffff_ffff), fc.nat(0xffff_ffff));
const entry = fc.tuple(word, word, fc.integer({ min: 1, max: 0xffff_ffff }));

it('knows what was added, every batch of a shared hash, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 50 }), fc.array(entry), (added, others) => {
      const ids = new RecentIds();
      for (const one of added) ids.add(...one);
      expect(ids.size).toBe(added.length);
      for (const [high, low] of [...added, ...others]) {
        const seqs = added.flatMap(([h, l, seq]) => (h === high && l === low ? [seq] : []));
        expect([...ids.seqsOf(high, low)].sort()).toEqual(seqs.sort());
      }
    }),
  );
});

it('takes 20 bytes an id at most while it grows, and loses none', () => {
  const ids = new RecentIds();
  const hash = (id: number): [number, number] => [Math.imul(id, 0x9e3779b1) >>> 0, id];
  for (let id = 1; id <= 200_000; id++) {
    ids.add(...hash(id), id);
    if (id > 1_000 && ids.bytes > 20 * id) expect(ids.bytes / id).toBeLessThanOrEqual(20);
  }
  for (let id = 1; id <= 200_000; id++) if (ids.seqsOf(...hash(id))[0] !== id) expect(id).toBe('known');
});
