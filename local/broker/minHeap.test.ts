import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MinHeap } from './minHeap.ts';

test('whatever is pushed comes out in order, also between pushes', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 50 }), { nil: 'pop' as const })), (steps) => {
      const heap = new MinHeap<number>((item) => item);
      const model: number[] = [];
      for (const step of steps) {
        if (step === 'pop') expect(heap.pop()).toBe(model.shift());
        else {
          heap.push(step);
          model.push(step);
          model.sort((a, b) => a - b);
        }
        expect(heap.peek()).toBe(model[0]);
      }
    }),
  );
});
