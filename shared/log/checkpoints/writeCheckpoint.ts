/** Writes a checkpoint: segment by segment, then its manifest. */
import { createHash } from 'node:crypto';
import type { TableStore } from '../../tables/tableStore.ts';
import { layoutFor, type CheckpointLayout } from './checkpointLayout.ts';
import type { IdSegment } from './idSegment.ts';
import { type CheckpointManifest, insertManifest } from './manifest.ts';
import { insertSegment, PAGE_HASH_BYTES, readSegment } from './parts.ts';

export type CheckpointDraft = Pick<CheckpointManifest, 'id' | 'fromSeq' | 'toSeq' | 'batchId' | 'ids'>;

export interface CheckpointSource {
  /** The ids of a segment. */
  readonly segment: (layout: CheckpointLayout, segment: number) => Promise<IdSegment> | IdSegment;
  /** Names what the checkpoint is made of; empty where nobody could go on with it. */
  readonly work?: string;
  /** Segments may stand there already, from an attempt that was not finished. */
  readonly resumed?: boolean;
  /** Whether there is time for one more segment. */
  readonly mayGoOn?: () => boolean;
}

/**
 * Resolves with whether the checkpoint exists now: false when time ran out before the last segment.
 * @throws TableError; what the source throws; Error when the ids are not as many as the draft says
 */
export async function writeCheckpoint(
  tables: TableStore,
  partitionKey: string,
  draft: CheckpointDraft,
  source: CheckpointSource,
): Promise<boolean> {
  const { work = '', resumed = false, mayGoOn = () => true } = source;
  const layout = layoutFor(draft.ids);
  const pageHashes: Uint8Array[] = [];
  const filterHash = createHash('sha256');
  let filterBytes = 0;
  let ids = 0;
  for (let segment = 0; segment < layout.segments; segment++) {
    if (!mayGoOn()) return false;
    const written =
      (resumed ? await readSegment(tables, partitionKey, draft.id, segment) : undefined) ??
      (await insertSegment(
        tables,
        partitionKey,
        { id: draft.id, work },
        segment,
        await source.segment(layout, segment),
      ));
    pageHashes.push(written.pageHashes);
    filterHash.update(written.filter);
    filterBytes += written.filter.byteLength;
    ids += written.ids;
  }
  if (ids !== draft.ids)
    throw new Error(
      `Checkpoint ${draft.id} of the log ${partitionKey} holds ${ids} ids and should hold ${draft.ids}.`,
    );
  await insertManifest(tables, partitionKey, {
    ...draft,
    pages: layout.segments * layout.pagesPerSegment,
    filterRows: layout.segments,
    filterBytes,
    pageHashes: Buffer.concat(pageHashes).toString('base64'),
    filterHash: filterHash.digest().subarray(0, PAGE_HASH_BYTES).toString('base64'),
  });
  return true;
}
