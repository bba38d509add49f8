/**
 * A log of generated ids: its head and its `ids~` rows, as appends write them, and no lines. All that the id index reads,
 * and many times faster to make.
 */
import { FINGERPRINT_BYTES } from '../../shared/adjustments/canonicalForm.ts';
import type { AppendLine } from '../../shared/log/appendGroup.ts';
import { type Head, headOf, headProperties } from '../../shared/log/headRow.ts';
import { DIGEST_BYTES, type IdsRow, idsInsert, NO_BATCH } from '../../shared/log/idsRow.ts';
import { ADJUSTMENT_LOG, HEAD_KEY } from '../../shared/log/rowKeys.ts';
import type { TableStore } from '../../shared/tables/tableStore.ts';
import { PARTITION } from './logUnderTest.ts';

const IDS_PER_BATCH = 4_000;
const BATCHES_PER_TRANSACTION = 24;
const ENTRY_BYTES = DIGEST_BYTES + FINGERPRINT_BYTES;
/** The words of a digest differ by these. */
const SALTS = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];

/** Appends ids with these numbers; batches hold 4,000 each. */
export async function appendGenerated(tables: TableStore, first: number, count: number): Promise<void> {
  const stored = await tables.get(ADJUSTMENT_LOG, PARTITION, HEAD_KEY);
  let head: Head & { etag?: string } = stored
    ? headOf(stored)
    : { tail: 0, batchId: NO_BATCH, epoch: 'an epoch', releasedEpoch: 'an epoch' };
  for (let next = first; next < first + count;) {
    const rows: IdsRow[] = [];
    while (rows.length < BATCHES_PER_TRANSACTION && next < first + count) {
      const lineCount = Math.min(IDS_PER_BATCH, first + count - next);
      const seq = head.tail + 1;
      rows.push({
        seq,
        batchId: `batch ${seq}`,
        previousBatchId: head.batchId,
        lineCount,
        entries: entriesOf(next, lineCount),
      });
      head = { ...head, tail: seq, batchId: `batch ${seq}` };
      next += lineCount;
    }
    const properties = headProperties(head);
    const etags = await tables.transact(ADJUSTMENT_LOG, PARTITION, [
      ...rows.map(idsInsert),
      head.etag === undefined
        ? { kind: 'insert', rowKey: HEAD_KEY, properties }
        : { kind: 'update', rowKey: HEAD_KEY, properties, etag: head.etag },
    ]);
    head = { ...head, etag: etags.at(-1) ?? '' };
  }
}

/** The line with a number, as a request brings it: known, or refused when it is new. */
export function generatedLine(number: number): AppendLine {
  const entry = entriesOf(number, 1);
  const fingerprint = Buffer.from(entry.subarray(DIGEST_BYTES)).toString('latin1');
  return { digest: entry.subarray(0, DIGEST_BYTES), fingerprint };
}

/** The hash of the id with a number, as the index knows it. */
export function generatedHash(number: number): [high: number, low: number] {
  return [wordOf(number, 0), wordOf(number, 1)];
}

function entriesOf(first: number, count: number): Uint8Array {
  const entries = new Uint8Array(count * ENTRY_BYTES);
  const view = new DataView(entries.buffer);
  for (let index = 0; index < count; index++)
    for (let word = 0; word < SALTS.length; word++)
      view.setUint32(index * ENTRY_BYTES + word * 4, wordOf(first + index, word));
  return entries;
}

/** Spread evenly, and with a repetition now and then, as words of a digest are. Digests carry a version in their 7th byte. */
function wordOf(number: number, word: number): number {
  const salt = SALTS[word] ?? 0;
  const mixed = (stirred(number ^ salt) ^ stirred(Math.imul(number, 5) + (salt >>> 1))) >>> 0;
  return word === 1 ? ((mixed & 0xffff0fff) | 0x8000) >>> 0 : mixed;
}

function stirred(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
