/**
 * Which lines the log knows already. The index only says where an id may stand; what counts is the stored `ids~` row,
 * read for this very request. A row without the digest makes the line new; a row that cannot be read makes the look-up
 * fail; a row that is not there means that the log went back in time.
 */
import type { TableStore } from '../tables/tableStore.ts';
import type { PagesRead } from './checkpoints/loadedCheckpoint.ts';
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

/**
 * The identity of each line, in order. `rowsRead` holds the rows that this request has read already, in a look-up
 * before this one or in catching up; those that are read now are added. @throws TableError, LogRewoundError,
 * CheckpointDamagedError
 */
export async function identify(
  tables: TableStore,
  partitionKey: string,
  index: IdIndex,
  lines: readonly IdEntry[],
  rowsRead = new Map<number, IdsRow>(),
): Promise<Identity[]> {
  const candidates = new Map<number, readonly number[]>();
  const wanted = new Set<number>();
  const pagesRead: PagesRead = new Map();
  const asked: { readonly position: number; readonly line: IdEntry }[] = [];
  lines.forEach((line, position) => {
    if (index.mayHave(line.digest)) asked.push({ position, line });
  });
  for (let start = 0; start < asked.length; start += READS_AT_ONCE) {
    const look = async ({ position, line }: { position: number; line: IdEntry }): Promise<void> => {
      const seqs = await index.seqsOf(line.digest, pagesRead);
      if (seqs.length === 0) return;
      candidates.set(position, seqs);
      for (const seq of seqs) wanted.add(seq);
    };
    await Promise.all(asked.slice(start, start + READS_AT_ONCE).map(look));
  }
  if (candidates.size === 0) return lines.map(() => NEW);
  const missing = [...wanted].filter((seq) => !rowsRead.has(seq));
  for (const row of await readIdsRows(tables, partitionKey, missing)) rowsRead.set(row.seq, row);
  return lines.map((line, position) => {
    for (const seq of candidates.get(position) ?? []) {
      const row = rowsRead.get(seq);
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
): Promise<IdsRow[]> {
  const rows: IdsRow[] = [];
  for (let start = 0; start < seqs.length; start += READS_AT_ONCE) {
    const some = seqs.slice(start, start + READS_AT_ONCE);
    const read = await Promise.all(
      some.map(async (seq) => {
        const row = await tables.get(ADJUSTMENT_LOG, partitionKey, seqKey('ids', seq));
        if (row === undefined) throw new LogRewoundError(partitionKey, seq);
        return idsRowOf(row);
      }),
    );
    rows.push(...read);
  }
  return rows;
}
