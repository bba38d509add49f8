/** Chooses the checkpoints that cover a log and brings them into memory. */
import type { TableStore } from '../../tables/tableStore.ts';
import { idsRowOf } from '../idsRow.ts';
import { ADJUSTMENT_LOG, seqKey } from '../rowKeys.ts';
import { chainOf } from './checkpointChain.ts';
import { LoadedCheckpoint, readFilter } from './loadedCheckpoint.ts';
import { type CheckpointManifest, readManifests } from './manifest.ts';

export interface LoadOptions {
  /** Checkpoints that are not to be used. */
  readonly damaged: ReadonlySet<string>;
  /** Checkpoints loaded before: what has a name never changes, so it is not read again. By id. */
  readonly known: ReadonlyMap<string, LoadedCheckpoint>;
  /** Bytes that the filters may take in all; those of the largest checkpoints are left out if they do not fit. */
  readonly filterBudget: number;
}

/**
 * The checkpoints that cover the log from its first batch on without a gap, as far as any reach. One whose batch id is
 * not the stored batch's belongs to a past that was undone, and is passed over, like one whose filter is not whole.
 * @throws TableError, UnknownRowVersionError, DamagedRowError
 */
export async function loadCheckpoints(
  tables: TableStore,
  partitionKey: string,
  options: LoadOptions,
): Promise<LoadedCheckpoint[]> {
  const manifests = await readManifests(tables, partitionKey);
  const loaded = new Map(options.known);
  const unusable = new Set(options.damaged);
  for (;;) {
    const chain = chainOf(manifests.filter(({ id }) => !unusable.has(id)));
    const filtered = withinBudget(chain, options.filterBudget);
    const loading = chain.map(async (manifest) => {
      const wants = { known: loaded.get(manifest.id), wantsFilter: filtered.has(manifest.id) };
      const checkpoint = await load(tables, partitionKey, manifest, wants);
      if (checkpoint === undefined) unusable.add(manifest.id);
      else loaded.set(manifest.id, checkpoint);
    });
    await Promise.all(loading);
    if (chain.every(({ id }) => !unusable.has(id))) return chain.flatMap(({ id }) => loaded.get(id) ?? []);
  }
}

async function load(
  tables: TableStore,
  partitionKey: string,
  manifest: CheckpointManifest,
  { known, wantsFilter }: { known: LoadedCheckpoint | undefined; wantsFilter: boolean },
): Promise<LoadedCheckpoint | undefined> {
  if (!(await isOfThisPast(tables, partitionKey, manifest))) return undefined;
  if (known?.hasFilter === wantsFilter) return known;
  if (!wantsFilter) return new LoadedCheckpoint(tables, partitionKey, manifest, undefined);
  const filter = await readFilter(tables, partitionKey, manifest);
  return filter && new LoadedCheckpoint(tables, partitionKey, manifest, filter);
}

/** Whether the batch that a checkpoint ends with is the stored one. @throws TableError */
export async function isOfThisPast(
  tables: TableStore,
  partitionKey: string,
  { toSeq, batchId }: Pick<CheckpointManifest, 'toSeq' | 'batchId'>,
): Promise<boolean> {
  const row = await tables.get(ADJUSTMENT_LOG, partitionKey, seqKey('ids', toSeq));
  return row !== undefined && idsRowOf(row).batchId === batchId;
}

/** Whose filters are kept in memory: the smallest first, because each saves as many reads as the largest does. */
function withinBudget(chain: readonly CheckpointManifest[], budget: number): ReadonlySet<string> {
  const kept = new Set<string>();
  let left = budget;
  for (const { id, ids, filterBytes } of [...chain].sort((a, b) => a.ids - b.ids)) {
    left -= filterBytes ?? 2 * ids;
    if (left < 0) break;
    kept.add(id);
  }
  return kept;
}
