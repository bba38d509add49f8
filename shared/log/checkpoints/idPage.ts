/** A page of a checkpoint: (hash, seq) entries of 12 bytes, sorted by hash and then by batch. */
export const ENTRY_BYTES = 12;

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

/** Calls back with every entry of a page, in order. */
export function eachEntry(page: Uint8Array, visit: (high: number, low: number, seq: number) => void): void {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  for (let at = 0; at < page.length; at += ENTRY_BYTES)
    visit(view.getUint32(at), view.getUint32(at + 4), view.getUint32(at + 8));
}
