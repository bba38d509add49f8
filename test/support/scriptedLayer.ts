/**
 * The business layer over real tables and scripted ends: what tests of single hops work with. Several instances can
 * share one installation's tables, each with a memory of its own.
 */
import { environmentKey, organizationKey } from '../../shared/adjustments/keys.ts';
import { BusinessLayer, type BusinessLayerParts, type Environment } from '../../shared/app/businessLayer.ts';
import type { SyncDependencies } from '../../shared/cacheSync/driveSync.ts';
import { type PostingOptions, postAdjustments } from '../../shared/ingest/postAdjustments.ts';
import type { LineResult } from '../../shared/ingest/lineResults.ts';
import { ADJUSTMENT_LOG, BATCH_STATES, LOG_DIRECTORY, partitionKeyOf } from '../../shared/log/rowKeys.ts';
import { batchesInState } from '../../shared/log/stateRows.ts';
import { ENVIRONMENT_ID } from './localSettings.ts';
import { parseSettings } from '../../shared/settings/parseSettings.ts';
import { ScheduleStore } from '../../shared/settings/scheduleStore.ts';
import { SETTINGS_TABLE, SettingsStore } from '../../shared/settings/settingsStore.ts';
import { minimalDocument } from '../../shared/settings/settingsExamples.ts';
import type { EnvironmentSettings } from '../../shared/settings/environmentSettings.ts';
import type { Row, TableStore } from '../../shared/tables/tableStore.ts';
import type { TrackingDependencies } from '../../shared/tracking/trackJournals.ts';
import {
  FakeClock,
  ScriptedInventoryVisibility,
  ScriptedQueue,
  type ScriptedRuntime,
  scriptedRuntime,
  ScriptedSupplyChain,
} from './scriptedPorts.ts';

export const ORGANIZATION = 'usmf';
/** The log of {@link ORGANIZATION}. */
export const LOG = partitionKeyOf(environmentKey(ENVIRONMENT_ID), organizationKey(ORGANIZATION));

const PLAIN: PostingOptions = { createWithIVSync: false, validateOnly: false, lenient: false };

/** Settings with one data source whose measures are mapped: `inbound` to Posted, `counted` to Created. */
export function scriptedSettings(changes: Readonly<Record<string, unknown>> = {}): EnvironmentSettings {
  const document = minimalDocument({
    dataSources: [{ name: 'pos', physicalMeasures: ['inbound', 'counted', 'noted'] }],
    mappings: [
      { dataSource: 'pos', physicalMeasure: 'inbound', targetTransactionStatus: 'Posted' },
      { dataSource: 'pos', physicalMeasure: 'counted', targetTransactionStatus: 'Created' },
    ],
    limits: { maxLinesPerRequest: 10_000, maxRequestBytes: 50_000_000 },
    ...changes,
  });
  const { settings, problems } = parseSettings(document);
  if (settings === undefined) throw new Error(JSON.stringify(problems));
  return settings;
}

/** A line as a client posts it. */
export function postedLine(
  id: string,
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    id,
    organizationId: ORGANIZATION,
    productId: `P-${id}`,
    quantityDataSource: 'pos',
    physicalMeasure: 'inbound',
    dimensions: { SiteId: '1', LocationId: '11' },
    quantity: 1,
    ...changes,
  };
}

export function postedLines(
  count: number,
  changesOf: (index: number) => Readonly<Record<string, unknown>> = () => ({}),
): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, index) => postedLine(`L${index}`, changesOf(index)));
}

export interface ScriptedEnds {
  readonly clock: FakeClock;
  readonly inventoryVisibility: ScriptedInventoryVisibility;
  readonly supplyChain: ScriptedSupplyChain;
  readonly queue: ScriptedQueue;
}

export function scriptedEnds(): ScriptedEnds {
  const clock = new FakeClock();
  return {
    clock,
    inventoryVisibility: new ScriptedInventoryVisibility(clock),
    supplyChain: new ScriptedSupplyChain(clock),
    queue: new ScriptedQueue(),
  };
}

/** How an instance reaches what is outside, tables excepted. */
export type OuterPorts = Pick<BusinessLayerParts, 'queue' | 'dynamics'>;

function portsTo(ends: ScriptedEnds): OuterPorts {
  return { queue: ends.queue, dynamics: () => ends };
}

let instances = 0;

/** One instance of the business layer. */
export class ScriptedLayer {
  readonly tables: TableStore;
  readonly ends: ScriptedEnds;
  readonly runtime: ScriptedRuntime;
  readonly layer: BusinessLayer;
  readonly settings: SettingsStore;

  constructor(tables: TableStore, ends: ScriptedEnds, ports: OuterPorts = portsTo(ends)) {
    instances += 1;
    this.tables = tables;
    this.ends = ends;
    this.runtime = scriptedRuntime(ends.clock, instances * 1_000_000);
    this.settings = new SettingsStore({ tables, clock: ends.clock, maximumAgeMs: 0 });
    this.layer = new BusinessLayer({
      tables,
      runtime: this.runtime,
      settings: this.settings,
      schedules: new ScheduleStore(tables),
      secondsPerMinute: 60,
      ...ports,
    });
  }

  /** The first instance of an installation: its tables exist, its settings are stored. */
  static async install(
    tables: TableStore,
    changes: Readonly<Record<string, unknown>> = {},
  ): Promise<ScriptedLayer> {
    await tables.createTables([ADJUSTMENT_LOG, LOG_DIRECTORY, SETTINGS_TABLE]);
    const instance = new ScriptedLayer(tables, scriptedEnds());
    await instance.settings.seed([scriptedSettings(changes)]);
    return instance;
  }

  /** Another instance on the same installation; what is outside it may be got at in another way. */
  another(tables: TableStore = this.tables, ports?: OuterPorts): ScriptedLayer {
    return new ScriptedLayer(tables, this.ends, ports);
  }

  async environment(): Promise<Environment> {
    const environment = await this.layer.environment(ENVIRONMENT_ID);
    if (environment === undefined) throw new Error('the installation has no environment');
    return environment;
  }

  /** Replaces members of the settings. */
  async change(changes: Readonly<Record<string, unknown>>): Promise<void> {
    const stored = await this.settings.read(ENVIRONMENT_ID);
    if (stored === undefined) throw new Error('the installation has no settings');
    await this.settings.replace(scriptedSettings(changes), stored.etag);
  }

  async post(
    lines: readonly Readonly<Record<string, unknown>>[],
    options: Partial<PostingOptions> = {},
  ): ReturnType<typeof postAdjustments> {
    const body = Buffer.from(JSON.stringify(lines));
    return postAdjustments(this.layer, await this.environment(), body, { ...PLAIN, ...options });
  }

  /** As {@link post}, for lines that must all be answered for. */
  async results(
    lines: readonly Readonly<Record<string, unknown>>[],
    options: Partial<PostingOptions> = {},
  ): Promise<readonly LineResult[]> {
    const answer = await this.post(lines, options);
    if (answer.kind === 'invalid') throw new Error(JSON.stringify(answer.problems));
    return answer.results;
  }

  async syncDependencies(): Promise<SyncDependencies> {
    return this.layer.syncDependencies(await this.environment(), organizationKey(ORGANIZATION));
  }

  async journalDependencies(): Promise<TrackingDependencies> {
    const log = { organizationKey: organizationKey(ORGANIZATION), organizationId: ORGANIZATION };
    return this.layer.journalDependencies(await this.environment(), log);
  }

  /** A deadline that is not reached. */
  get later(): number {
    return this.ends.clock.now() + 240_000;
  }

  /** Numbers of the batches per state. */
  async states(): Promise<Record<(typeof BATCH_STATES)[number], number[]>> {
    const found = { created: [], syncing: [], posted: [], aggregated: [] } as Record<
      (typeof BATCH_STATES)[number],
      number[]
    >;
    for (const state of BATCH_STATES)
      found[state] = (await batchesInState(this.tables, LOG, state, 5_000)).map(({ seq }) => seq);
    return found;
  }

  /** The raw rows of the log whose key begins so. */
  rows(prefix: string): Promise<Row[]> {
    return this.tables.query(ADJUSTMENT_LOG, LOG, { from: prefix, before: `${prefix}\uffff` });
  }
}
