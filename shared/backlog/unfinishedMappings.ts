/** Lines whose mapping is about to be taken away before they have come to their end. */
import type { BusinessLayer, Environment } from '../app/businessLayer.ts';
import { readBatches } from '../log/readBatches.ts';
import { partitionKeyOf } from '../log/rowKeys.ts';
import { loadContent } from '../posting/loadPackage.ts';
import type { EnvironmentSettings, IntegrationMapping } from '../settings/environmentSettings.ts';
import { foldCase } from '../settings/foldCase.ts';
import { waitingWork } from './waitingWork.ts';

/** So many lines are looked through; with more, the counts say "at least". */
const MOST_LINES = 500_000;

export interface UnfinishedMapping {
  readonly dataSource: string;
  readonly physicalMeasure: string;
  /** Source lines that are not aggregated yet: without the mapping they are held. */
  readonly waitingLines: number;
  /** Aggregated lines that are not posted or closed: they go on under the mapping they were aggregated with. */
  readonly unfinishedAggregatedLines: number;
  /** Whether there may be more of both. */
  readonly atLeast: boolean;
}

/** Mappings that send, and that the new settings do not have or do not let send any more. */
export function removedMappings(
  before: EnvironmentSettings,
  after: EnvironmentSettings,
): IntegrationMapping[] {
  const left = new Set(after.mappings.filter(sends).map(keyOf));
  return before.mappings.filter((mapping) => sends(mapping) && !left.has(keyOf(mapping)));
}

/** Those of the mappings that have unfinished lines. @throws TableError, UnknownRowVersionError */
export async function unfinishedMappings(
  layer: BusinessLayer,
  environment: Environment,
  mappings: readonly IntegrationMapping[],
): Promise<UnfinishedMapping[]> {
  if (mappings.length === 0) return [];
  const { tables } = layer.parts;
  const waiting = new Map<string, number>();
  const unfinished = new Map<string, number>();
  let looked = 0;
  for (const { organizationKey } of await layer.logs(environment)) {
    const partitionKey = partitionKeyOf(environment.key, organizationKey);
    const work = await waitingWork(tables, partitionKey);
    for await (const { lines } of readBatches(
      tables,
      partitionKey,
      work.batches.map(({ seq }) => seq),
    )) {
      for (const line of lines)
        add(waiting, { dataSource: line.quantityDataSource, physicalMeasure: line.physicalMeasure });
      if ((looked += lines.length) > MOST_LINES) break;
    }
    for (const { run, stored } of work.packages) {
      if (stored.state.status === 'Settled' || looked > MOST_LINES) continue;
      const loaded = await loadContent(tables, partitionKey, run, stored);
      if (loaded === undefined) continue;
      const { journals, outcome } = loaded;
      for (const [position, line] of journals.flatMap(({ lines }) => lines).entries()) {
        looked++;
        const { status } = outcome.outcome.line(position);
        if (status !== 'FnOTransPosted' && status !== 'DoNotSync') add(unfinished, line);
      }
    }
  }
  return mappings
    .map((mapping) => ({
      dataSource: mapping.dataSource,
      physicalMeasure: mapping.physicalMeasure,
      waitingLines: waiting.get(keyOf(mapping)) ?? 0,
      unfinishedAggregatedLines: unfinished.get(keyOf(mapping)) ?? 0,
      atLeast: looked > MOST_LINES,
    }))
    .filter((each) => each.atLeast || each.waitingLines + each.unfinishedAggregatedLines > 0);
}

type Measure = Pick<IntegrationMapping, 'dataSource' | 'physicalMeasure'>;

function sends({ targetTransactionStatus }: IntegrationMapping): boolean {
  return targetTransactionStatus !== 'None';
}

function keyOf({ dataSource, physicalMeasure }: Measure): string {
  return JSON.stringify([foldCase(dataSource), foldCase(physicalMeasure)]);
}

function add(counts: Map<string, number>, measure: Measure): void {
  const key = keyOf(measure);
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
