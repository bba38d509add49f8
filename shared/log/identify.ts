/**
 * Which lines the log knows already. The index only says where an id may stand; what counts is the stored `ids~` row,
 * read in this very look-up. A row without the digest makes the line new; a row that cannot be read makes the look-up
 * fail; a row that is not there means that the log went back in time.
 */
import type { TableStore } from '../tables/tableStore.ts';
import type { IdIndex } from './idIndex.ts';
import { findDigest, type IdEntry, type IdsRow, idsRowOf } from './idsRow.ts';
import { ADJUSTMENT_LOG, seqKey } from './rowKeys.ts';

export type Identity =
  | { readonly kind: 'new' }
  | {
      readonly kind: 'known';
      readonly seq: number;
      readonly position: number;
      readonly sameContent: boolean;
    };

/** A batch that the index knows has no `ids~` row: the log went back in time. */
export class LogRewoundError extends Error {
  constructor(partitionKey: string, seq: number) {
    super(`Batch ${seq} of the log ${partitionKey} is gone: storage went back in time.`);
    this.name = 'LogRewoundError';
  }
}

const NEW: Identity = { kind: 'new' };
/** Reads in flight of one look-up. */
const READS_AT_ONCE = 16;

/** The identity of each line, in order. @throws TableError, LogRewoundError, CheckpointDamagedError */
export async function identify(
  tables: TableStore,
  partitionKey: string,
  index: IdIndex,
  lines: readonly IdEntry[],
): Promise<Identity[]> {
  const candidates = new Map<number, readonly number[]>();
  const wanted = new Set<number>();
  for (const [position, line] of lines.entries()) {
    if (!index.mayHave(line.digest)) continue;
    const seqs = await index.seqsOf(line.digest);
    if (seqs.length === 0) continue;
    candidates.set(position, seqs);
    for (const seq of seqs) wanted.add(seq);
  }
  if (candidates.size === 0) return lines.map(() => NEW);
  const rows = await readIdsRows(tables, partitionKey, [...wanted]);
  return lines.map((line, position) => {
    for (const seq of candidates.get(position) ?? []) {
      const row = rows.get(seq);
      const found = row && findDigest(row, line);
      if (found) return { kind: 'known', seq, ...found };
    }
    return NEW;
  });
}

async function readIdsRows(
  tables: TableStore,
  partitionKey: string,
  seqs: readonly number[],
): Promise<Map<number, IdsRow>> {
  const rows = new Map<number, IdsRow>();
  for (let start = 0; start < seqs.length; start += READS_AT_ONCE) {
    const some = seqs.slice(start, start + READS_AT_ONCE);
    const read = await Promise.all(
      some.map(async (seq) => {
        const row = await tables.get(ADJUSTMENT_LOG, partitionKey, seqKey('ids', seq));
        if (row === undefined) throw new LogRewoundError(partitionKey, seq);
        return idsRowOf(row);
      }),
    );
    for (const row of read) rows.set(row.seq, row);
  }
  return rows;
}
