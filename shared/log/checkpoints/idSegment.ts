/** The ids of one segment of a checkpoint to be: collected in any order, written as sorted pages and a part of the filter. */
import { BloomFilter } from './bloomFilter.ts';
import { type CheckpointLayout, IDS_PER_PAGE, partOf } from './checkpointLayout.ts';
import { ENTRY_BYTES } from './idPage.ts';

/** More ids than a page can hold; makes room for an entry's number beside its hash in one exact number. */
const MAX_ENTRIES = 2 ** 20;
const GROWTH = 1.5;

export class IdSegment {
  readonly #layout: CheckpointLayout;
  readonly #segment: number;
  readonly #filter: BloomFilter;
  #high: Uint32Array;
  #low: Uint32Array;
  #seq: Uint32Array;
  #size = 0;

  constructor(layout: CheckpointLayout, segment: number) {
    this.#layout = layout;
    this.#segment = segment;
    const { segments, pagesPerSegment, blocksPerSegment } = layout;
    this.#filter = BloomFilter.ofBlocks(blocksPerSegment, {
      firstBlock: segment * blocksPerSegment,
      blocks: segments * blocksPerSegment,
    });
    const expected = Math.ceil(pagesPerSegment * IDS_PER_PAGE * 1.05);
    this.#high = new Uint32Array(expected);
    this.#low = new Uint32Array(expected);
    this.#seq = new Uint32Array(expected);
  }

  get size(): number {
    return this.#size;
  }

  /** Adds an id if its hash falls into this segment. Two ids may share a hash, and both are kept. */
  add(high: number, low: number, seq: number): void {
    if (partOf(high, this.#layout.segments) !== this.#segment) return;
    if (this.#size === this.#high.length) this.#grow();
    this.#high[this.#size] = high;
    this.#low[this.#size] = low;
    this.#seq[this.#size] = seq;
    this.#size++;
    this.#filter.add(high, low);
  }

  /** Its blocks of the filter. */
  filter(): Uint8Array {
    const { buffer, byteOffset, byteLength } = this.#filter.words;
    return new Uint8Array(buffer, byteOffset, byteLength);
  }

  /** Every page of the segment in order, also the empty ones. */
  pages(): Uint8Array[] {
    const { pagesPerSegment } = this.#layout;
    const starts = new Uint32Array(pagesPerSegment + 1);
    for (let entry = 0; entry < this.#size; entry++) {
      const after = this.#pageOf(entry) + 1;
      starts[after] = (starts[after] ?? 0) + 1;
    }
    for (let page = 1; page <= pagesPerSegment; page++)
      starts[page] = (starts[page] ?? 0) + (starts[page - 1] ?? 0);
    const next = starts.slice();
    const entries = new Uint32Array(this.#size);
    for (let entry = 0; entry < this.#size; entry++) {
      const page = this.#pageOf(entry);
      const place = next[page] ?? 0;
      entries[place] = entry;
      next[page] = place + 1;
    }
    return Array.from({ length: pagesPerSegment }, (_, page) =>
      this.#page(entries.subarray(starts[page] ?? 0, starts[page + 1] ?? 0)),
    );
  }

  #pageOf(entry: number): number {
    const { segments, pagesPerSegment } = this.#layout;
    return partOf(this.#high[entry] ?? 0, segments * pagesPerSegment) - this.#segment * pagesPerSegment;
  }

  #page(entries: Uint32Array): Uint8Array {
    const bytes = new Uint8Array(entries.length * ENTRY_BYTES);
    const view = new DataView(bytes.buffer);
    this.#sorted(entries).forEach((entry, index) => {
      view.setUint32(index * ENTRY_BYTES, this.#high[entry] ?? 0);
      view.setUint32(index * ENTRY_BYTES + 4, this.#low[entry] ?? 0);
      view.setUint32(index * ENTRY_BYTES + 8, this.#seq[entry] ?? 0);
    });
    return bytes;
  }

  /** By hash, then by batch. Sorting plain numbers is some ten times faster than sorting with a comparison of ours. */
  #sorted(entries: Uint32Array): Uint32Array {
    if (entries.length >= MAX_ENTRIES)
      throw new Error(`A page of ${entries.length} ids is too large to sort.`);
    const keys = new Float64Array(entries.length);
    entries.forEach((entry, index) => (keys[index] = (this.#high[entry] ?? 0) * MAX_ENTRIES + index));
    keys.sort();
    const sorted = new Uint32Array(entries.length);
    keys.forEach((key, place) => (sorted[place] = entries[key % MAX_ENTRIES] ?? 0));
    for (let start = 0, end = 1; start < sorted.length; start = end, end++) {
      while (end < sorted.length && this.#high[sorted[end] ?? 0] === this.#high[sorted[start] ?? 0]) end++;
      if (end - start > 1) sorted.subarray(start, end).sort((a, b) => this.#compareRest(a, b));
    }
    return sorted;
  }

  #compareRest(a: number, b: number): number {
    return (this.#low[a] ?? 0) - (this.#low[b] ?? 0) || (this.#seq[a] ?? 0) - (this.#seq[b] ?? 0);
  }

  #grow(): void {
    const grown = (old: Uint32Array): Uint32Array => {
      const larger = new Uint32Array(Math.ceil(old.length * GROWTH));
      larger.set(old);
      return larger;
    };
    this.#high = grown(this.#high);
    this.#low = grown(this.#low);
    this.#seq = grown(this.#seq);
  }
}

/** The segments of a checkpoint whose ids are all in memory. */
export function segmentsOf(
  layout: CheckpointLayout,
  each: (add: (high: number, low: number, seq: number) => void) => void,
): IdSegment[] {
  const segments = Array.from({ length: layout.segments }, (_, index) => new IdSegment(layout, index));
  each((high, low, seq) => segments[partOf(high, layout.segments)]?.add(high, low, seq));
  return segments;
}
