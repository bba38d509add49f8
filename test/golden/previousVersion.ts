/**
 * The version before, as it goes on appending during a deployment: it writes rows in the format of the golden ones, by
 * code of its own that is frozen with them, and never looks at what later versions added.
 */
import { randomUUID } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import type { AppendLine } from '../../shared/log/appendGroup.ts';
import { TableError, type TableStore } from '../../shared/tables/tableStore.ts';

const LOG = 'AdjustmentLog';
const seqText = (seq: number): string => String(seq).padStart(12, '0');

export interface PreviousVersion {
  /** Appends those of the lines that the log does not hold yet; resolves with their ids when they are stored. */
  append(lines: readonly AppendLine[]): Promise<string[]>;
}

/** @param at the time that its batches carry */
export function previousVersion(tables: TableStore, partitionKey: string, at: number): PreviousVersion {
  async function tryToAppend(lines: readonly AppendLine[]): Promise<string[]> {
    const ids = await tables.query(LOG, partitionKey, { from: 'ids~', before: 'ids~:' });
    const known = new Set<string>();
    for (const { properties } of ids) {
      const entries = Buffer.from(properties['d0'] as Uint8Array);
      for (let start = 0; start < entries.length; start += 24)
        known.add(entries.subarray(start, start + 16).toString('hex'));
    }
    const fresh = lines.filter(({ digest }) => !known.has(Buffer.from(digest).toString('hex')));
    const head = await tables.get(LOG, partitionKey, 'head');
    if (head === undefined) throw new Error('the log has no head');
    const tail = Number(head.properties['tail']);
    if (ids.length !== tail) throw new TableError('changed', 'the log was extended meanwhile');
    if (fresh.length === 0) return [];
    const seq = tail + 1;
    const batchId = randomUUID();
    const lineCount = fresh.length;
    const each = (field: 'id' | 'quantity') => ({ each: fresh.map(({ line }) => line?.[field] ?? null) });
    const all = (value: string | undefined) => ({ all: value ?? null });
    const first = fresh[0]?.line;
    const batch = {
      n: lineCount,
      columns: {
        id: each('id'),
        organizationId: all(first?.organizationId),
        productId: all(first?.productId),
        quantityDataSource: all(first?.quantityDataSource),
        physicalMeasure: all(first?.physicalMeasure),
        quantity: each('quantity'),
      },
      dimensions: (first?.dimensions.pairs() ?? []).map(([name, value]) => [name, all(value)]),
    };
    const entries = Buffer.concat(
      fresh.flatMap(({ digest, fingerprint }) => [digest, Buffer.from(fingerprint, 'latin1')]),
    );
    const form = Number(ids[0]?.properties['canonicalForm'] ?? 1);
    await tables.transact(LOG, partitionKey, [
      {
        kind: 'insert',
        rowKey: `batch~${seqText(seq)}`,
        properties: {
          v: 1,
          batchId,
          kind: 'adjustments',
          createdAt: at,
          lineCount,
          canonicalForm: form,
          d0: deflateRawSync(JSON.stringify(batch)),
        },
      },
      {
        kind: 'insert',
        rowKey: `ids~${seqText(seq)}`,
        properties: {
          v: 1,
          batchId,
          previousBatchId: String(head.properties['batchId']),
          lineCount,
          canonicalForm: form,
          d0: entries,
        },
      },
      { kind: 'insert', rowKey: `created~${seqText(seq)}`, properties: { v: 1, lineCount, createdAt: at } },
      {
        kind: 'update',
        rowKey: 'head',
        properties: { ...head.properties, tail: seq, batchId },
        etag: head.etag,
      },
    ]);
    return fresh.map(({ line }) => line?.id ?? '');
  }
  return {
    append: async (lines) => {
      for (;;)
        try {
          return await tryToAppend(lines);
        } catch (error) {
          if (!(error instanceof TableError && ['changed', 'exists'].includes(error.failure))) throw error;
        }
    },
  };
}
