/**
 * Replaces the settings of an environment, as an administrator asks for it. Where that would set something in motion
 * that has been waiting, or leave lines without their mapping, it asks first. The answer to the question becomes part of
 * the settings, in the same conditional write, so that no crash and no second administrator can come between.
 */
import { environmentKey } from '../adjustments/keys.ts';
import type { BusinessLayer, Environment } from '../app/businessLayer.ts';
import { ApiError } from '../http/problem.ts';
import type { ClosedBacklog, EnvironmentSettings } from '../settings/environmentSettings.ts';
import { parseSettings } from '../settings/parseSettings.ts';
import { problemWith, type SettingsProblem } from '../settings/settingsProblem.ts';
import type { StoredSettings } from '../settings/settingsStore.ts';
import { TableError } from '../tables/tableStore.ts';
import { type Backlog, countBacklog } from './countBacklog.ts';
import { removedMappings, unfinishedMappings } from './unfinishedMappings.ts';

/** What shall become of what has waited while the sync job was off. */
export type BacklogDecision =
  | { readonly kind: 'send' }
  | {
      /** Close what was accepted before `asOf`; of that, with `sendFrom`, only what is dated before that day. */
      readonly kind: 'close';
      readonly sendFrom?: string;
      /** RFC 3339; absent: now. */
      readonly asOf?: string;
    };

export interface SettingsChange {
  /** As JSON.parse gave it. */
  readonly document: unknown;
  /** The version that it was made from. */
  readonly etag: string;
  readonly backlog: BacklogDecision | undefined;
  /** Whether mappings may go although they have unfinished lines. */
  readonly removesMappings: boolean;
  /** The caller, as the token names it. */
  readonly by: string;
}

/** @throws ApiError InvalidSettings, PreconditionFailed, BacklogWaiting, MappingInUse, NotFound; TableError */
export async function changeSettings(
  layer: BusinessLayer,
  environment: Environment,
  change: SettingsChange,
): Promise<StoredSettings> {
  const { settings: store, runtime } = layer.parts;
  const { environmentId } = environment.settings;
  const stored = await store.read(environmentId);
  if (stored === undefined)
    throw new ApiError('UnknownEnvironment', `The settings of ${environmentId} are gone.`);
  if (stored.etag !== change.etag) throw changedMeanwhile();
  const wanted = wantedSettings(change.document, stored.settings);
  const closed = await askAboutBacklog(layer, environment, {
    before: stored.settings,
    after: wanted,
    change,
  });
  if (!change.removesMappings) await askAboutMappings(layer, environment, stored.settings, wanted);
  const settings: EnvironmentSettings = {
    ...wanted,
    closedBacklogs: [...stored.settings.closedBacklogs, ...closed],
  };
  try {
    const replaced = await store.replace(settings, change.etag);
    runtime.logger.info('The settings of an environment were replaced.', {
      environment: environmentId,
      by: change.by,
      enableSyncJob: settings.enableSyncJob,
      closedBacklog: closed.length > 0 ? JSON.stringify(closed) : undefined,
    });
    return replaced;
  } catch (error) {
    if (error instanceof TableError && error.failure === 'changed') throw changedMeanwhile();
    throw error;
  }
}

function wantedSettings(document: unknown, stored: EnvironmentSettings): EnvironmentSettings {
  const { settings, problems } = parseSettings(document);
  if (settings === undefined) throw invalidSettings(problems);
  if (environmentKey(settings.environmentId) !== environmentKey(stored.environmentId))
    throw invalidSettings([
      problemWith(
        'environmentId',
        settings.environmentId,
        `is not the environment of the address; give "${stored.environmentId}"`,
      ),
    ]);
  const given = JSON.stringify(settings.closedBacklogs);
  if (settings.closedBacklogs.length > 0 && given !== JSON.stringify(stored.closedBacklogs))
    throw invalidSettings([
      {
        path: 'closedBacklogs',
        message:
          'closedBacklogs is written by this service alone; leave it out, or as it was read. To close a backlog, switch the sync job on with ?backlog=close',
      },
    ]);
  return settings;
}

interface Switching {
  readonly before: EnvironmentSettings;
  readonly after: EnvironmentSettings;
  readonly change: SettingsChange;
}

/** What is to be closed; asks when the sync job is switched on over a backlog and nothing was decided. */
async function askAboutBacklog(
  layer: BusinessLayer,
  environment: Environment,
  { before, after, change: { backlog } }: Switching,
): Promise<ClosedBacklog[]> {
  const isSwitchedOn = !before.enableSyncJob && after.enableSyncJob;
  if (!isSwitchedOn) {
    if (backlog?.kind !== 'close') return [];
    throw new ApiError('InvalidParameter', {
      detail:
        'The parameter backlog closes what waits while the sync job is switched on, and this request does not do that; leave it out.',
      target: 'backlog',
    });
  }
  if (backlog === undefined) {
    const waiting = await countBacklog(layer, environment);
    if (waiting.legalEntities.length > 0) throw backlogWaiting(waiting);
    return [];
  }
  if (backlog.kind === 'send') return [];
  const { sendFrom, asOf } = backlog;
  const now = new Date(layer.parts.runtime.clock.now()).toISOString();
  const acceptedBefore = asOf ?? now;
  if (Date.parse(acceptedBefore) > Date.parse(now))
    throw new ApiError('InvalidParameter', {
      detail: `The parameter asOf is "${acceptedBefore}", which is to come; what is accepted from now (${now}) on cannot be closed.`,
      target: 'asOf',
    });
  return [{ acceptedBefore, ...(sendFrom === undefined ? {} : { datedBefore: sendFrom }) }];
}

async function askAboutMappings(
  layer: BusinessLayer,
  environment: Environment,
  before: EnvironmentSettings,
  after: EnvironmentSettings,
): Promise<void> {
  const [first, ...others] = await unfinishedMappings(layer, environment, removedMappings(before, after));
  if (first === undefined) return;
  const name = `${first.dataSource}.${first.physicalMeasure}`;
  throw new ApiError('MappingInUse', {
    detail:
      `The mapping of "${name}"${others.length > 0 ? ` (and ${others.length} more)` : ''} has unfinished lines: ` +
      `${first.waitingLines} that are not aggregated will be held as NotMapped or TargetNone, in no journal, and ` +
      `${first.unfinishedAggregatedLines} aggregated ones go on as they were aggregated. ` +
      'Send the request again with ?confirm=removeMappings, or keep the mapping.',
    extensions: { mappings: [first, ...others] },
  });
}

function backlogWaiting(backlog: Backlog): ApiError {
  return new ApiError('BacklogWaiting', {
    detail:
      `${backlog.lines} lines and ${backlog.packages} packages of ${backlog.aggregatedLines} aggregated lines wait, the oldest accepted at ` +
      `${backlog.oldest ?? 'an unknown time'}. Say what shall become of them: ?backlog=send, ?backlog=sendFrom:yyyy-MM-dd (what is dated ` +
      `before that day is closed), or ?backlog=close; with &asOf=${backlog.asOf}, only what is counted here is closed.`,
    target: 'backlog',
    extensions: { backlog },
  });
}

function invalidSettings(problems: readonly SettingsProblem[]): ApiError {
  const [first, ...others] = problems;
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  return new ApiError('InvalidSettings', {
    detail: `Nothing was changed: ${first?.message ?? 'the document is not valid'}${more}.`,
    extensions: { errors: problems },
  });
}

function changedMeanwhile(): ApiError {
  return new ApiError('PreconditionFailed', {
    detail: 'The settings were changed since they were read; read them again, and make the change once more.',
    target: 'If-Match',
  });
}
