/**
 * "Generate configurations": makes what can be made from here, once, and says of the rest what a person still has to do.
 * Run again, it finds everything there and changes nothing.
 */
import { TokenCache } from '../dynamics/tokenCache.ts';
import { entraTokenSource } from '../dynamics/entraToken.ts';
import type { SettingsStore, StoredSettings } from '../settings/settingsStore.ts';
import type { EnvironmentSettings } from '../settings/environmentSettings.ts';
import { examineSetUp } from './doctor.ts';
import type { DoctorParts, SetUpReport } from './doctor.ts';
import { SupplyChainReader } from './supplyChainReader.ts';
import { hasDataProject, PROJECTS } from './transportChecks.ts';

/** `created`: by this run. `there`: before it. `failed`: not there, and could not be made. */
export interface ConfigurationStep {
  readonly what: string;
  readonly outcome: 'created' | 'there' | 'failed';
  /** Why it failed. */
  readonly detail?: string;
}

export interface Configuration {
  readonly environmentId: string;
  readonly steps: readonly ConfigurationStep[];
  /** How things are afterwards: what passes is done, the rest is to do. */
  readonly report: SetUpReport;
}

export interface ConfigureParts extends Omit<DoctorParts, 'settings'> {
  readonly settings: StoredSettings['settings'];
  /** Steps of our own side that were taken before, in order. */
  readonly ownSide: readonly ConfigurationStep[];
}

/** Never throws: what cannot be made is a failed step, and the report says more. */
export async function configure(parts: ConfigureParts): Promise<Configuration> {
  const { settings } = parts;
  const project = await step(`data project ${settings.supplyChain.dataProject}`, () =>
    makeDataProject(parts),
  );
  return {
    environmentId: settings.environmentId,
    steps: [...parts.ownSide, project],
    report: await examineSetUp(parts),
  };
}

/** Takes a step; whatever it throws is said of it. `make` tells whether it had to. */
export async function step(
  what: string,
  make: () => Promise<'created' | 'there'>,
): Promise<ConfigurationStep> {
  try {
    return { what, outcome: await make() };
  } catch (error) {
    return { what, outcome: 'failed', detail: error instanceof Error ? error.message : String(error) };
  }
}

/** Stores the settings of an environment that has none. Those that are there stay as they are. @throws TableError */
export async function storeAbsentSettings(
  store: SettingsStore,
  settings: EnvironmentSettings,
): Promise<'created' | 'there'> {
  const seeded = await store.seed([settings]);
  return seeded.length > 0 ? 'created' : 'there';
}

/**
 * The import project that a recurring data job is made from, or that transport `package` imports into. A project that
 * somebody makes at the same moment, or that was made although its answer was lost, is found when it is looked for again.
 */
async function makeDataProject({
  http,
  clock,
  settings: { supplyChain },
  readSecret,
  callTimeoutMs: timeoutMs = 30_000,
}: ConfigureParts): Promise<'created' | 'there'> {
  const { url, authority, credential, dataProject } = supplyChain;
  const scope = `${url}/.default`;
  const source = entraTokenSource({ http, clock, authority, credential, scope, readSecret, timeoutMs });
  const token = await new TokenCache(source, clock).token();
  const reader = new SupplyChainReader({ http, clock, url, token, timeoutMs });
  if (await hasDataProject(reader, dataProject)) return 'there';
  try {
    await reader.requests.create(
      token,
      `${url}/data/${PROJECTS}`,
      {
        Name: dataProject,
        Description: 'Inventory Visibility business layer',
        OperationType: 'Import',
        ProjectCategory: 'Project',
      },
      PROJECTS,
    );
  } catch (error) {
    if (!(await hasDataProject(reader, dataProject))) throw error;
  }
  return 'created';
}
