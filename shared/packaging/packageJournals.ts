/**
 * The hop from cached lines to data packages, for one legal entity: open a run, seal batches into it, compute its
 * journals and packages under a random attempt, commit by one conditional update, and send a message per package. Every
 * step may be repeated or taken over by another instance; an uncommitted run is continued before the next is opened.
 */
import type { FoldingSettings } from '../aggregation/foldingRules.ts';
import {
  isCommitted,
  newestRun,
  openRuns,
  readRun,
  runInserts,
  type RunState,
  type StoredRun,
} from '../log/runRow.ts';
import { ADJUSTMENT_LOG } from '../log/rowKeys.ts';
import { batchesInState } from '../log/stateRows.ts';
import type { JournalPackageQueue } from '../queue/journalPackageQueue.ts';
import type { Runtime } from '../runtime/ports.ts';
import type { EnvironmentSettings } from '../settings/environmentSettings.ts';
import { mapInParallel } from '../supplyChain/boundedParallel.ts';
import { TableError, type TableStore } from '../tables/tableStore.ts';
import { computeRun } from './computeRun.ts';
import { readCommittedPackages } from './committedPackages.ts';
import { enqueuePackages } from './enqueuePackages.ts';
import { sealRun } from './sealRun.ts';

const READS_AT_ONCE = 8;

export interface PackagingDependencies {
  readonly tables: TableStore;
  readonly runtime: Runtime;
  readonly queue: JournalPackageQueue;
  readonly partitionKey: string;
  readonly environmentId: string;
  readonly organizationKey: string;
}

/**
 * Continues what is unfinished and, when `due`, packages everything that is cached: a backlog takes several runs. Stops
 * at `deadline` (milliseconds since the Unix epoch). Resolves with whether everything that was due is done; if not, the
 * next tick must go on. @throws TableError
 */
export async function packageJournals(
  dependencies: PackagingDependencies,
  settings: EnvironmentSettings,
  { due, deadline }: { readonly due: boolean; readonly deadline: number },
): Promise<boolean> {
  const { tables, partitionKey, runtime } = dependencies;
  const open = await openRuns(tables, partitionKey);
  // No run is opened before the one before it is committed, so only the newest can be unfinished; others are where storage
  // went back in time while somebody was about to open the next.
  for (const run of await unfinishedRuns(tables, partitionKey, due ? open : open.slice(-1)))
    if (!(await completeRun(dependencies, run, settings))) return false;
  if (!due) return true;
  let newest = open.at(-1) ?? 0;
  while (runtime.clock.now() < deadline) {
    const posted = await batchesInState(tables, partitionKey, 'posted', 1);
    if (posted.length === 0) return true;
    const run = await openRun(dependencies, settings, newest);
    if (run === undefined) return false;
    newest = run.number;
    if (!(await completeRun(dependencies, run, settings))) return false;
  }
  return false;
}

async function unfinishedRuns(
  tables: TableStore,
  partitionKey: string,
  numbers: readonly number[],
): Promise<StoredRun[]> {
  const runs = await mapInParallel(numbers, READS_AT_ONCE, async (number) => {
    const run = await readRun(tables, partitionKey, number);
    return run === undefined || isCommitted(run) ? [] : [run];
  });
  return runs.flat();
}

/** Opens the next run, if nobody else does; it exists for ever, so its number is never used again. */
async function openRun(
  { tables, partitionKey, runtime }: PackagingDependencies,
  settings: EnvironmentSettings,
  newestKnown: number,
): Promise<StoredRun | undefined> {
  const newest = await newestRun(tables, partitionKey, newestKnown);
  const before = newest === 0 ? undefined : await readRun(tables, partitionKey, newest);
  if (before && !isCommitted(before)) return before;
  const state: RunState = {
    status: 'Sealing',
    nonce: runtime.entropy.uuid(),
    openedAt: runtime.clock.now(),
    settings: captured(settings),
    batches: [],
  };
  try {
    const [etag] = await tables.transact(ADJUSTMENT_LOG, partitionKey, runInserts(newest + 1, state));
    return etag === undefined ? undefined : { number: newest + 1, state, etag };
  } catch (error) {
    if (error instanceof TableError && error.failure === 'exists') return undefined;
    throw error;
  }
}

/** Seals, computes and commits a run; false when another instance goes on with it. */
async function completeRun(
  dependencies: PackagingDependencies,
  run: StoredRun,
  settings: EnvironmentSettings,
): Promise<boolean> {
  const sealed = run.state.status === 'Sealing' ? await sealRun(dependencies, run) : run;
  if (sealed === undefined) return false;
  const committed = await computeRun(dependencies, sealed, settings.closedBacklogs);
  if (committed === undefined) return false;
  if (settings.enableSyncJob)
    await enqueuePackages(dependencies, await readCommittedPackages(dependencies, committed));
  return true;
}

function captured(settings: EnvironmentSettings): FoldingSettings {
  return {
    mappings: settings.mappings,
    scmDimensionColumns: settings.scmDimensionColumns,
    legalEntities: settings.legalEntities,
    defaultLegalEntity: settings.defaultLegalEntity,
    costPolicy: settings.costPolicy,
    maxLineCountPerJournal: settings.maxLineCountPerJournal,
    maxJournalCountPerPackage: settings.maxJournalCountPerPackage,
    maxPackageBytes: settings.maxPackageBytes,
  };
}
