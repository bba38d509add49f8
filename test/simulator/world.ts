/**
 * The simulated world: storage, queue and Dynamics, and the instances of the product that work on them. Instances are
 * built from the product's own parts; everything they touch is the simulator's.
 */
import { BusinessLayer, type BusinessLayerParts } from '../../shared/app/businessLayer.ts';
import { ADJUSTMENT_LOG, LOG_DIRECTORY } from '../../shared/log/rowKeys.ts';
import { parseSettings } from '../../shared/settings/parseSettings.ts';
import { ScheduleStore } from '../../shared/settings/scheduleStore.ts';
import { SETTINGS_TABLE, SettingsStore } from '../../shared/settings/settingsStore.ts';
import type { EnvironmentSettings } from '../../shared/settings/environmentSettings.ts';
import { Engine } from './engine/engine.ts';
import { useStoredDeflate } from './engine/fastZlib.ts';
import { Process } from './engine/process.ts';
import { Prng } from './engine/prng.ts';
import type { Trace } from './engine/trace.ts';
import {
  InventoryVisibilityModel,
  type InventoryVisibilityOptions,
} from './models/inventoryVisibilityModel.ts';
import { type LoggedEntry, simulatedRuntime, simulatedTables, type TableWatcher } from './models/ports.ts';
import { nextVersionTables } from './models/nextVersion.ts';
import { QueueModel } from './models/queueModel.ts';
import { SupplyChainModel, type SupplyChainOptions } from './models/supplyChainModel.ts';
import { MemoryTables, memoryTableStore } from './memoryTableStore.ts';
import type { Plant } from './plant.ts';
import { SometimesCounters } from './sometimes.ts';

/** The instant at which every run begins: a Monday. */
export const START = Date.UTC(2026, 0, 5, 6);
/** A hop that began before storage went back in time is over after this long. */
export const HOPS_END_MS = 6 * 60_000;
/** As in the app's composition. */
const SETTINGS_AGE_MS = 5_000;

useStoredDeflate();

export interface WorldOptions {
  readonly seed: string;
  readonly trace: Trace;
  /** Settings document per environment. */
  readonly environments: readonly Readonly<Record<string, unknown>>[];
  readonly inventoryVisibility: InventoryVisibilityOptions;
  readonly supplyChain: SupplyChainOptions;
  /** Clocks of instances differ from the true time by at most so many milliseconds. */
  readonly longestSkewMs: number;
  readonly idIndex?: NonNullable<BusinessLayerParts['idIndex']>;
  readonly plant?: Plant;
}

/** One running host of the product. */
export interface Instance {
  readonly process: Process;
  readonly layer: BusinessLayer;
  /** Timers that are at work: a host never runs one twice at once. */
  readonly ticking: Set<string>;
}

export interface SimulatedEnvironment {
  readonly id: string;
  readonly inventoryVisibility: InventoryVisibilityModel;
  readonly supplyChain: SupplyChainModel;
}

export class World {
  readonly engine: Engine;
  readonly prng: Prng;
  readonly tables: MemoryTables;
  readonly queue: QueueModel;
  readonly environments: SimulatedEnvironment[] = [];
  readonly instances: Instance[] = [];
  readonly sometimes = new SometimesCounters();
  readonly options: WorldOptions;
  /** Measures, in lower case, that today's settings do not take. */
  readonly refusedMeasures = new Set<string>();
  /** Since when the operator has the sync job of every environment switched off. */
  stoppedSince: number | undefined;
  /** When storage went back in time: what was done outside before then may have no rows any more. */
  rewoundAt: number | undefined;
  /** Whether instances that start run the next version of the code, and whether any of this version are left. */
  upgrade: 'none' | 'under way' | 'done' = 'none';
  /** Whose transaction is carried out, or was last. */
  writer: Process | undefined;
  watcher: TableWatcher = { writing: () => undefined, refused: () => undefined, landedLate: () => undefined };
  onLog: (entry: LoggedEntry, instance: Process) => void = () => undefined;
  #started = 0;

  private constructor(options: WorldOptions) {
    this.options = options;
    this.prng = new Prng(options.seed);
    this.engine = new Engine(this.prng.fork('engine'), START, options.trace);
    this.tables = new MemoryTables(() => this.engine.now);
    this.queue = new QueueModel(this.engine, this.prng.fork('queue'));
  }

  static async create(options: WorldOptions): Promise<World> {
    const world = new World(options);
    for (const name of [ADJUSTMENT_LOG, LOG_DIRECTORY, SETTINGS_TABLE]) world.tables.createTable(name);
    for (const [index, document] of options.environments.entries()) {
      const { settings, problems } = parseSettings(document);
      if (settings === undefined) throw new Error(`the settings are not valid: ${JSON.stringify(problems)}`);
      await world.settings().seed([settings]);
      world.environments.push({
        id: settings.environmentId,
        inventoryVisibility: new InventoryVisibilityModel(
          world.engine,
          world.prng.fork(`iv${index}`),
          options.inventoryVisibility,
        ),
        supplyChain: new SupplyChainModel(world.engine, world.prng.fork(`scm${index}`), options.supplyChain),
      });
    }
    return world;
  }

  /** The settings as an operator reads and replaces them: no faults, no clock of an instance. */
  settings(): SettingsStore {
    const clock = { now: () => this.engine.now, sleep: () => Promise.reject(new Error('no sleep')) };
    return new SettingsStore({ tables: memoryTableStore(this.tables), clock, maximumAgeMs: 0 });
  }

  /** Starts an instance that knows nothing yet. */
  startInstance(): Instance {
    const number = ++this.#started;
    const prng = this.prng.fork(`instance${number}`);
    const skew = this.options.longestSkewMs;
    const process = new Process(`I${number}`, prng.between(-skew, skew), this.upgrade !== 'none');
    const { plant = {} } = this.options;
    let tables = simulatedTables(this.engine, process, this.tables, prng.fork('failures'), {
      writing: (writer) => {
        this.writer = writer;
        this.watcher.writing(writer);
      },
      refused: (writer, label) => this.watcher.refused(writer, label),
      landedLate: (refused) => this.watcher.landedLate(refused),
    });
    if (process.isNewer) tables = nextVersionTables(tables);
    if (plant.tables) tables = plant.tables(tables, this.tables);
    const queue = this.queue.port(process);
    const runtime = simulatedRuntime(this.engine, process, prng.fork('entropy'), (entry) =>
      this.onLog(entry, process),
    );
    const layer = new BusinessLayer({
      tables,
      runtime,
      queue: plant.queue?.(queue) ?? queue,
      settings: new SettingsStore({ tables, clock: runtime.clock, maximumAgeMs: SETTINGS_AGE_MS }),
      schedules: new ScheduleStore(tables),
      secondsPerMinute: 60,
      ...(this.options.idIndex ? { idIndex: this.options.idIndex } : {}),
      dynamics: ({ environmentId }: EnvironmentSettings) => {
        const environment = this.environments.find(({ id }) => id === environmentId);
        if (environment === undefined) throw new Error(`no environment ${environmentId}`);
        const iv = environment.inventoryVisibility.port(process);
        const scm = environment.supplyChain.port(process);
        return {
          inventoryVisibility: plant.inventoryVisibility?.(iv) ?? iv,
          supplyChain: plant.supplyChain?.(scm) ?? scm,
        };
      },
    });
    const instance: Instance = { process, layer, ticking: new Set() };
    this.instances.push(instance);
    return instance;
  }

  get rewound(): boolean {
    return this.rewoundAt !== undefined;
  }

  /** Whether hops that began before storage went back in time may still be at work. */
  get hopsOutliveRewind(): boolean {
    return this.rewoundAt !== undefined && this.engine.now - this.rewoundAt <= HOPS_END_MS;
  }

  /** Instances of this version end, where those of the next have been started. */
  finishUpgrade(): void {
    if (this.upgrade === 'none') return;
    this.upgrade = 'done';
    for (const { process } of this.alive) if (!process.isNewer) process.crash();
  }

  /** The instances that have not ended, those that stand still included. */
  get alive(): Instance[] {
    return this.instances.filter(({ process }) => process.alive);
  }

  /** The instances that are at work now. */
  get awake(): Instance[] {
    return this.alive.filter(({ process }) => process.pausedUntil <= this.engine.now);
  }
}
