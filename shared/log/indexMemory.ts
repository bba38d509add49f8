/**
 * One budget of memory for the id indexes of an instance. When they take more, those that were not used lately are
 * dropped: what they knew stands in storage, and is loaded again when their log is used next.
 */

/** Something whose memory is counted. */
export interface MemoryHolder {
  /** Gives its memory up as soon as nothing uses it. */
  evict(): void;
}

const MEBIBYTE = 1024 * 1024;
/** Enough for 100 million ids; the smallest plan of Azure Functions has 1.5 GiB. */
export const DEFAULT_INDEX_BYTES = 256 * MEBIBYTE;

export class IndexMemory {
  /** Bytes that all of them may take. */
  readonly budget: number;
  /** Bytes of each; the one used last comes last. */
  readonly #held = new Map<MemoryHolder, number>();
  #total = 0;

  constructor(budget = DEFAULT_INDEX_BYTES) {
    this.budget = budget;
  }

  get total(): number {
    return this.#total;
  }

  /** A holder takes so many bytes now, 0 once it is evicted; others are evicted if that is too much together. */
  used(holder: MemoryHolder, bytes: number): void {
    this.#forget(holder);
    if (bytes === 0) return;
    this.#held.set(holder, bytes);
    this.#total += bytes;
    for (const other of this.#held.keys()) {
      if (this.#total <= this.budget) return;
      if (other === holder) continue;
      this.#forget(other);
      other.evict();
    }
  }

  #forget(holder: MemoryHolder): void {
    this.#total -= this.#held.get(holder) ?? 0;
    this.#held.delete(holder);
  }
}
