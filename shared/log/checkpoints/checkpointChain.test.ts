import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chainOf, mergeDue, type Stretch, superseded } from './checkpointChain.ts';

const stretch = (
  fromSeq: number,
  toSeq: number,
  id = `${fromSeq}-${toSeq}`,
  ids = toSeq - fromSeq,
): Stretch => ({
  id,
  fromSeq,
  toSeq,
  ids,
});
const namesOf = (stretches: readonly Stretch[] | undefined) => stretches?.map(({ id }) => id);

describe('the chain', () => {
  it('reaches as far as any, with the fewest checkpoints', () => {
    const all = [stretch(0, 1), stretch(1, 2), stretch(2, 3), stretch(0, 3), stretch(3, 5), stretch(4, 9)];
    expect(namesOf(chainOf(all))).toEqual(['0-3', '3-5']);
    // The widest leads nowhere here.
    expect(namesOf(chainOf([stretch(0, 4), stretch(0, 3), stretch(3, 9)]))).toEqual(['0-3', '3-9']);
    expect(chainOf([stretch(1, 9), stretch(0, 0)])).toEqual([]);
  });

  it('takes of two that cover the same the one whose name comes first, whatever the order', () => {
    const twins = [stretch(0, 4, 'b'), stretch(0, 4, 'a'), stretch(0, 4, 'c')];
    for (const order of [
      twins,
      twins.toReversed(),
      [twins[1], twins[2], twins[0]].flatMap((one) => one ?? []),
    ])
      expect(namesOf(chainOf(order))).toEqual(['a']);
  });

  it('is gapless, reaches as far as can be, and is the same whatever the order', () => {
    const any = fc.tuple(fc.nat(8), fc.nat(8)).map(([from, to]) => stretch(from, to));
    fc.assert(
      fc.property(fc.uniqueArray(any, { selector: ({ id }) => id }), (all) => {
        const chain = chainOf(all);
        let at = 0;
        for (const { fromSeq, toSeq } of chain) {
          expect(fromSeq).toBe(at);
          at = toSeq;
        }
        const reachable = new Set([0]);
        for (let seq = 0; seq <= 8; seq++)
          for (const { fromSeq, toSeq } of all)
            if (fromSeq === seq && reachable.has(seq) && toSeq > seq) reachable.add(toSeq);
        expect(at).toBe(Math.max(...reachable));
        expect(chainOf([...all].reverse())).toEqual(chain);
      }),
    );
  });
});

describe('merging', () => {
  /** What stands after so many checkpoints of these sizes, and how often an id was written in all. */
  const grow = (sizes: readonly number[]) => {
    let chain: Stretch[] = [];
    let written = 0;
    let most = 0;
    for (const size of sizes) {
      const end = chain.at(-1)?.toSeq ?? 0;
      chain.push(stretch(end, end + size));
      written += size;
      for (let due = mergeDue(chain); due !== undefined; due = mergeDue(chain)) {
        const [first, last] = [due[0], due.at(-1)];
        if (first === undefined || last === undefined) throw new Error('nothing to merge');
        const merged = stretch(first.fromSeq, last.toSeq);
        written += merged.ids;
        chain = chain.flatMap((one) => (one === first ? [merged] : due?.includes(one) ? [] : [one]));
        expect(chainOf(chain)).toEqual(chain);
      }
      most = Math.max(most, chain.length);
    }
    return { chain, most, written };
  };

  it('leaves few checkpoints, and writes no id often', () => {
    const { chain, most, written } = grow(Array.from({ length: 1_000 }, () => 100_000));
    expect(chain.map(({ ids }) => ids / 100_000)).toEqual([256, 256, 256, 64, 64, 64, 16, 16, 4, 4]);
    expect(most).toBeLessThanOrEqual(15);
    expect(written / 100_000_000).toBeLessThan(6);
  });

  it('leaves few whatever their sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1_000_000 }), { maxLength: 300 }), (sizes) => {
        const { chain } = grow(sizes);
        const total = sizes.reduce((sum, size) => sum + size, 0);
        const bound = 1 + Math.log(Math.max(1, total)) / Math.log(4 / 3);
        expect(chain.length).toBeLessThanOrEqual(bound);
        expect(chain.at(-1)?.toSeq ?? 0).toBe(total);
      }),
    );
  });

  it('is not changed by what is appended meanwhile', () => {
    const chain = [4, 1, 1, 1, 1].map((size, index) =>
      stretch(index * 10, index * 10 + 10, `${index}`, size),
    );
    expect(namesOf(mergeDue(chain))).toEqual(['1', '2', '3', '4']);
    expect(namesOf(mergeDue([...chain, stretch(50, 60, '5', 1)]))).toEqual(['1', '2', '3', '4']);
  });

  it('stops where one row could not name all pages', () => {
    const sizes = [100_000_000, 100_000_000, 100_000_000, 100_000_000];
    expect(mergeDue(sizes.map((size, index) => stretch(index, index + 1, `${index}`, size)))).toBeUndefined();
  });
});

it('only what the chain covers entirely is superseded', () => {
  const all = [stretch(0, 2), stretch(2, 4), stretch(0, 4), stretch(4, 6), stretch(5, 9)];
  expect(superseded(all, chainOf(all)).map(({ old, by }) => [old.id, namesOf(by)])).toEqual([
    ['0-2', ['0-4']],
    ['2-4', ['0-4']],
  ]);
  const apart = [stretch(0, 2), stretch(2, 4), stretch(1, 2)];
  expect(superseded(apart, chainOf(apart)).map(({ old, by }) => [old.id, namesOf(by)])).toEqual([
    ['1-2', ['0-2']],
  ]);
  const after = [stretch(0, 2), stretch(2, 4), stretch(2, 3)];
  expect(superseded(after, chainOf(after)).map(({ by }) => namesOf(by))).toEqual([['2-4']]);
});
