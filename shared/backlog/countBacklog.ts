/** What would be sent if the sync job were switched on: shown to whoever is about to do that. */
import type { BusinessLayer, Environment } from '../app/businessLayer.ts';
import { partitionKeyOf } from '../log/rowKeys.ts';
import { isUnsent, waitingWork } from './waitingWork.ts';

export interface BacklogCount {
  /** Source lines that are in no package yet; those that are parked included. */
  readonly lines: number;
  /** Packages that have never been sent, and the aggregated lines in them. */
  readonly packages: number;
  readonly aggregatedLines: number;
  /** When the oldest of all was accepted, RFC 3339; absent when nothing waits. */
  readonly oldest?: string;
}

export interface Backlog extends BacklogCount {
  /** When it was counted, RFC 3339. */
  readonly asOf: string;
  readonly legalEntities: readonly (BacklogCount & { readonly organizationId: string })[];
}

/** @throws TableError, UnknownRowVersionError */
export async function countBacklog(layer: BusinessLayer, environment: Environment): Promise<Backlog> {
  const { tables, runtime } = layer.parts;
  const asOf = new Date(runtime.clock.now()).toISOString();
  const legalEntities: (BacklogCount & { readonly organizationId: string })[] = [];
  for (const { organizationKey, organizationId } of await layer.logs(environment)) {
    const work = await waitingWork(tables, partitionKeyOf(environment.key, organizationKey));
    const unsent = work.packages.filter(({ stored }) => isUnsent(stored));
    const accepted = [
      ...work.batches.map(({ createdAt }) => createdAt),
      ...unsent.flatMap(({ run }) => run.state.batches.map(([, , createdAt]) => createdAt)),
    ];
    if (accepted.length === 0) continue;
    legalEntities.push({
      organizationId,
      lines: sum(work.batches.map(({ lineCount }) => lineCount)),
      packages: unsent.length,
      aggregatedLines: sum(unsent.flatMap(({ stored }) => stored.state.lineCounts)),
      oldest: new Date(accepted.reduce((one, other) => Math.min(one, other), Infinity)).toISOString(),
    });
  }
  const [oldest] = legalEntities.map((each) => each.oldest ?? '').sort();
  return {
    asOf,
    lines: sum(legalEntities.map(({ lines }) => lines)),
    packages: sum(legalEntities.map(({ packages }) => packages)),
    aggregatedLines: sum(legalEntities.map(({ aggregatedLines }) => aggregatedLines)),
    ...(oldest === undefined ? {} : { oldest }),
    legalEntities,
  };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
