/**
 * Merges neighbouring checkpoints into one, a segment of the hash's range at a time, so that it needs little memory
 * however large they are. What was written of an attempt that was not finished is not written again.
 */
import { hash } from 'node:crypto';
import type { TableStore } from '../../tables/tableStore.ts';
import { type CheckpointLayout, layoutFor } from './checkpointLayout.ts';
import { eachEntry } from './idPage.ts';
import { IdSegment } from './idSegment.ts';
import { LoadedCheckpoint } from './loadedCheckpoint.ts';
import type { CheckpointManifest } from './manifest.ts';
import { writeCheckpoint } from './writeCheckpoint.ts';

/** Changes with whatever else decides what a merged page holds: nobody goes on with what another version began. */
const MERGE_FORM = 1;

/** Names a merge by all that its pages depend on: only parts with the same name may be completed. */
export function workOf(sources: readonly CheckpointManifest[]): string {
  const layout = layoutFor(totalIds(sources));
  const text = JSON.stringify([MERGE_FORM, layout, sources.map(({ id }) => id)]);
  return hash('sha256', text, 'hex').slice(0, 32);
}

export interface MergeAttempt {
  /** Names the pages of the result. */
  readonly id: string;
  /** Parts of that name stand in storage already. */
  readonly resumed: boolean;
  /** Whether there is time for one more segment. */
  readonly mayGoOn: () => boolean;
}

/**
 * Resolves with whether the merged checkpoint exists now; false when time ran out.
 * @param sources neighbours, in order of the log @throws TableError, CheckpointDamagedError
 */
export async function mergeCheckpoints(
  tables: TableStore,
  partitionKey: string,
  sources: readonly CheckpointManifest[],
  { id, resumed, mayGoOn }: MergeAttempt,
): Promise<boolean> {
  const [first, last] = [sources.at(0), sources.at(-1)];
  if (first === undefined || last === undefined) throw new Error('There is nothing to merge.');
  const opened = sources.map((source) => new LoadedCheckpoint(tables, partitionKey, source, undefined));
  const draft = {
    id,
    fromSeq: first.fromSeq,
    toSeq: last.toSeq,
    batchId: last.batchId,
    ids: totalIds(sources),
  };
  return writeCheckpoint(tables, partitionKey, draft, {
    segment: (layout, segment) => mergedSegment(opened, layout, segment),
    work: workOf(sources),
    resumed,
    mayGoOn,
  });
}

async function mergedSegment(
  sources: readonly LoadedCheckpoint[],
  layout: CheckpointLayout,
  segment: number,
): Promise<IdSegment> {
  const merged = new IdSegment(layout, segment);
  const pages = await Promise.all(
    sources.map((source) =>
      source.pagesFrom(
        Math.floor((segment * source.pages) / layout.segments),
        Math.ceil(((segment + 1) * source.pages) / layout.segments),
      ),
    ),
  );
  for (const page of pages.flat()) eachEntry(page, (high, low, seq) => merged.add(high, low, seq));
  return merged;
}

function totalIds(sources: readonly CheckpointManifest[]): number {
  return sources.reduce((sum, { ids }) => sum + ids, 0);
}
