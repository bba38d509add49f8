/**
 * The ids of the log's recent batches in memory: the first 64 bits of a digest → the batch it may stand in. Typed
 * arrays with linear probing and a small growth step: at most 20 bytes an id, and nothing for the collector to walk.
 */

const FIRST_CAPACITY = 1024;
/** Slots are never filled beyond this share; the table grows by GROWTH. Both keep 12-byte slots below 20 bytes an id. */
const MAX_LOAD = 0.84;
const GROWTH = 1.3;

const NONE: readonly number[] = [];

export class RecentIds {
  #capacity: number;
  #high: Uint32Array;
  #low: Uint32Array;
  /** Sequence number of the batch; 0 marks a free slot. */
  #seq: Uint32Array;
  #size = 0;

  /** With room for so many ids; it grows when there are more. */
  constructor(expected = 0) {
    this.#capacity = Math.max(FIRST_CAPACITY, Math.ceil(expected / MAX_LOAD) + 1);
    this.#high = new Uint32Array(this.#capacity);
    this.#low = new Uint32Array(this.#capacity);
    this.#seq = new Uint32Array(this.#capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** Bytes of the arrays. */
  get bytes(): number {
    return this.#capacity * 12;
  }

  /** Adds a hash; two ids may share one, and both are kept. `seq` ≥ 1. */
  add(high: number, low: number, seq: number): void {
    if (this.#size + 1 > this.#capacity * MAX_LOAD) this.#grow();
    this.#place(high, low, seq);
    this.#size++;
  }

  /** The batches that may hold an id with this hash; mostly none. */
  seqsOf(high: number, low: number): readonly number[] {
    let found: number[] | undefined;
    for (let slot = this.#slotOf(high); this.#seq[slot] !== 0; slot = this.#next(slot)) {
      if (this.#high[slot] === high && this.#low[slot] === low) (found ??= []).push(this.#seq[slot] ?? 0);
    }
    return found ?? NONE;
  }

  #slotOf(high: number): number {
    return Math.floor((high / 0x1_0000_0000) * this.#capacity);
  }

  #next(slot: number): number {
    return slot + 1 === this.#capacity ? 0 : slot + 1;
  }

  #place(high: number, low: number, seq: number): void {
    let slot = this.#slotOf(high);
    while (this.#seq[slot] !== 0) slot = this.#next(slot);
    this.#high[slot] = high;
    this.#low[slot] = low;
    this.#seq[slot] = seq;
  }

  #grow(): void {
    const high = this.#high;
    const low = this.#low;
    const seq = this.#seq;
    this.#capacity = Math.ceil(this.#capacity * GROWTH);
    this.#high = new Uint32Array(this.#capacity);
    this.#low = new Uint32Array(this.#capacity);
    this.#seq = new Uint32Array(this.#capacity);
    for (let slot = 0; slot < seq.length; slot++) {
      const stored = seq[slot] ?? 0;
      if (stored !== 0) this.#place(high[slot] ?? 0, low[slot] ?? 0, stored);
    }
  }
}
