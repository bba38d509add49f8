/** The operator: changes settings while the system is at work, and puts them right in the end. */
import type { EnvironmentSettings } from '../../../shared/settings/environmentSettings.ts';
import type { Prng } from '../engine/prng.ts';
import type { World } from '../world.ts';
import { DATA_SOURCES, mapping, MAPPINGS } from './settingsDocument.ts';

/** A submission that knew the settings of before is over after this long: its token has expired, and its import has ended. */
const SUBMISSIONS_END_MS = 5 * 3_600_000;

type SettingsChange = (settings: EnvironmentSettings) => EnvironmentSettings;

/** Changes the settings of an environment. Call it from an event that resumes. */
export async function changeSettings(
  world: World,
  environmentId: string,
  change: SettingsChange,
): Promise<void> {
  const store = world.settings();
  const stored = await store.read(environmentId);
  if (stored === undefined) throw new Error(`no settings of ${environmentId}`);
  const changed = change(stored.settings);
  const configured = new Set(
    changed.dataSources.flatMap(({ name, physicalMeasures }) =>
      physicalMeasures.map((one) => `${name}.${one}`),
    ),
  );
  const next: EnvironmentSettings = {
    ...changed,
    mappings: changed.mappings.filter((one) => configured.has(`${one.dataSource}.${one.physicalMeasure}`)),
  };
  await store.replace(next, stored.etag);
  const stopped = !next.enableSyncJob && world.environments.length === 1;
  world.stoppedSince = stopped ? (world.stoppedSince ?? world.engine.now) : undefined;
  const measures = new Set(next.dataSources.flatMap(({ physicalMeasures }) => physicalMeasures));
  world.refusedMeasures.clear();
  for (const { physicalMeasures } of DATA_SOURCES)
    for (const measure of physicalMeasures) if (!measures.has(measure)) world.refusedMeasures.add(measure);
  world.sometimes.note('settings changed');
}

/** A change that an operator might make on any day. */
export function drawnChange(prng: Prng): SettingsChange {
  return prng.pick<SettingsChange>([
    (settings) => ({ ...settings, enableSyncJob: !settings.enableSyncJob }),
    (settings) => ({ ...settings, enableSyncJob: false }),
    (settings) => ({ ...settings, periodicallySynchronize: !settings.periodicallySynchronize }),
    (settings) => ({ ...settings, mappings: settings.mappings.slice(1) }),
    (settings) => ({ ...settings, mappings: MAPPINGS }),
    (settings) => ({
      ...settings,
      mappings: [
        mapping('pos', 'loose', 'Posted'),
        ...MAPPINGS.map((one) => ({ ...one, mergeGrain: 'never' as const })),
      ],
    }),
    (settings) => ({
      ...settings,
      mappings: MAPPINGS.map((one) => ({ ...one, direction: prng.pick(['same', 'opposite'] as const) })),
    }),
    (settings) => ({
      ...settings,
      mappings: settings.mappings.filter(({ physicalMeasure }) => physicalMeasure !== 'sold'),
      dataSources: settings.dataSources.map((source) => ({
        ...source,
        physicalMeasures: source.physicalMeasures.filter((measure) => measure !== 'sold'),
      })),
    }),
    (settings) => ({ ...settings, dataSources: DATA_SOURCES }),
    (settings) => ({
      ...settings,
      costPolicy: {
        aggregation: prng.pick(['separate', 'weightedAverage'] as const),
        sendOnIssues: prng.chance(0.5),
      },
    }),
    (settings) => ({ ...settings, maxLineCountPerJournal: prng.pick([1, 3, 10_000]) }),
    (settings) => ({ ...settings, maxJournalCountPerPackage: prng.pick([1, 2, 10]) }),
    (settings) => ({ ...settings, synchronizationFrequency: prng.pick([1, 2, 5]) }),
    (settings) => ({
      ...settings,
      mappings: MAPPINGS.map((one) => ({
        ...one,
        targetTransactionStatus: prng.pick(['None', 'Created', 'Posted'] as const),
      })),
    }),
  ]);
}

/**
 * SCM is set to keep or to delete the lines of posted journals. The settings never promise more than SCM keeps to: they say
 * that lines are deleted before SCM does it, and as long as a submission may be under way that does not know.
 */
export function changeLineDeletion(world: World, deletes: boolean): void {
  const settingsAfterwards = deletes ? 'yes' : 'no';
  const set = (): void => {
    for (const { id } of world.environments)
      void changeSettings(world, id, (settings) => ({
        ...settings,
        supplyChain: { ...settings.supplyChain, linesDeletedAfterPosting: settingsAfterwards },
      }));
  };
  const switchOver = (): void => {
    for (const { supplyChain } of world.environments) supplyChain.deletesLinesAfterPosting = deletes;
  };
  if (deletes) {
    set();
    world.engine.after(SUBMISSIONS_END_MS, 'SCM deletes lines from now on', switchOver);
  } else {
    switchOver();
    world.engine.after(1_000, 'the settings say that lines stay', set, true);
  }
}

/** Everything switched on again. */
export function allOn(settings: EnvironmentSettings): EnvironmentSettings {
  return { ...settings, enableFeature: true, enableSyncJob: true, periodicallySynchronize: true };
}
