/** A binary min-heap: the smallest element first, push and pop in O(log n). */
export class MinHeap<Item> {
  readonly #items: Item[] = [];
  readonly #rank: (item: Item) => number;

  constructor(rank: (item: Item) => number) {
    this.#rank = rank;
  }

  /** The smallest element, which stays in the heap. */
  peek(): Item | undefined {
    return this.#items[0];
  }

  push(item: Item): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfSmaller(at, parent)) return;
      at = parent;
    }
  }

  pop(): Item | undefined {
    const items = this.#items;
    const smallest = items[0];
    const last = items.pop();
    if (items.length === 0 || last === undefined) return smallest;
    items[0] = last;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const child = this.#isSmaller(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfSmaller(child, at)) return smallest;
      at = child;
    }
  }

  #isSmaller(a: number, b: number): boolean {
    const [x, y] = [this.#items[a], this.#items[b]];
    return x !== undefined && y !== undefined && this.#rank(x) < this.#rank(y);
  }

  #swapIfSmaller(a: number, b: number): boolean {
    const [x, y] = [this.#items[a], this.#items[b]];
    if (x === undefined || y === undefined || this.#rank(x) >= this.#rank(y)) return false;
    this.#items[a] = y;
    this.#items[b] = x;
    return true;
  }
}
