/**
 * The pages of a checkpoint: (hash, seq) entries sorted by hash, cut by the hash itself, so that the page of an id is
 * computed and never searched for.
 */

/** Ids a page holds on average. */
export const IDS_PER_PAGE = 4_000;
const ENTRY_BYTES = 12;

export function pageCountFor(ids: number): number {
  return Math.max(1, Math.ceil(ids / IDS_PER_PAGE));
}

export function pageOf(high: number, pageCount: number): number {
  return Math.floor((high / 0x1_0000_0000) * pageCount);
}

/** Collects entries and cuts them into pages. */
export class IdPages {
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  readonly #seq: Uint32Array;
  #size = 0;

  constructor(capacity: number) {
    this.#high = new Uint32Array(capacity);
    this.#low = new Uint32Array(capacity);
    this.#seq = new Uint32Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  add(high: number, low: number, seq: number): void {
    this.#high[this.#size] = high;
    this.#low[this.#size] = low;
    this.#seq[this.#size] = seq;
    this.#size++;
  }

  /** Every page in order, also the empty ones. */
  pages(): Uint8Array[] {
    const count = pageCountFor(this.#size);
    const order = new Uint32Array(this.#size).map((_, index) => index);
    order.sort(
      (a, b) =>
        (this.#high[a] ?? 0) - (this.#high[b] ?? 0) ||
        (this.#low[a] ?? 0) - (this.#low[b] ?? 0) ||
        (this.#seq[a] ?? 0) - (this.#seq[b] ?? 0),
    );
    const pages: Uint8Array[] = [];
    let start = 0;
    for (let page = 0; page < count; page++) {
      let end = start;
      while (end < order.length && pageOf(this.#high[order[end] ?? 0] ?? 0, count) === page) end++;
      pages.push(this.#encode(order.subarray(start, end)));
      start = end;
    }
    return pages;
  }

  #encode(order: Uint32Array): Uint8Array {
    const bytes = new Uint8Array(order.length * ENTRY_BYTES);
    const view = new DataView(bytes.buffer);
    order.forEach((entry, index) => {
      view.setUint32(index * ENTRY_BYTES, this.#high[entry] ?? 0);
      view.setUint32(index * ENTRY_BYTES + 4, this.#low[entry] ?? 0);
      view.setUint32(index * ENTRY_BYTES + 8, this.#seq[entry] ?? 0);
    });
    return bytes;
  }
}

/** The batches that a page names for a hash. */
export function seqsInPage(page: Uint8Array, high: number, low: number): number[] {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  let first = 0;
  let last = page.length / ENTRY_BYTES;
  while (first < last) {
    const middle = (first + last) >>> 1;
    const middleHigh = view.getUint32(middle * ENTRY_BYTES);
    const before =
      middleHigh < high || (middleHigh === high && view.getUint32(middle * ENTRY_BYTES + 4) < low);
    if (before) first = middle + 1;
    else last = middle;
  }
  const seqs: number[] = [];
  for (let at = first * ENTRY_BYTES; at < page.length; at += ENTRY_BYTES) {
    if (view.getUint32(at) !== high || view.getUint32(at + 4) !== low) break;
    seqs.push(view.getUint32(at + 8));
  }
  return seqs;
}
