/**
 * The parts of one instance, wired by hand: what every function works with. Ports come in from outside; one writer per
 * log is kept, because its id index is what makes appending fast.
 */
import {
  environmentKey as environmentKeyOf,
  organizationKey as organizationKeyOf,
} from '../adjustments/keys.ts';
import type { SyncDependencies } from '../cacheSync/driveSync.ts';
import type { InventoryVisibility } from '../inventoryVisibility/inventoryVisibility.ts';
import { listLogs, type ListedLog } from '../log/logDirectory.ts';
import { IndexMemory } from '../log/indexMemory.ts';
import { LogWriter } from '../log/logWriter.ts';
import { partitionKeyOf } from '../log/rowKeys.ts';
import type { JournalPackageQueue } from '../queue/journalPackageQueue.ts';
import type { Runtime } from '../runtime/ports.ts';
import type { EnvironmentSettings } from '../settings/environmentSettings.ts';
import type { ScheduleStore } from '../settings/scheduleStore.ts';
import type { SettingsStore, StoredSettings } from '../settings/settingsStore.ts';
import type { SupplyChain } from '../supplyChain/supplyChain.ts';
import type { TableStore } from '../tables/tableStore.ts';
import type { TrackingDependencies } from '../tracking/trackJournals.ts';

/** The clients of one environment's Dynamics side. */
export interface Dynamics {
  readonly inventoryVisibility: InventoryVisibility;
  readonly supplyChain: SupplyChain;
}

export interface BusinessLayerParts {
  readonly tables: TableStore;
  readonly runtime: Runtime;
  readonly queue: JournalPackageQueue;
  readonly settings: SettingsStore;
  readonly schedules: ScheduleStore;
  /** Builds the clients for the settings of an environment. */
  readonly dynamics: (settings: EnvironmentSettings) => Dynamics;
  /** How long a minute of the settings' schedules lasts, in seconds. */
  readonly secondsPerMinute: number;
  /** Bytes that the id indexes may take, and ids after which a checkpoint is due; usual values when absent. */
  readonly idIndex?: { readonly memoryBytes?: number; readonly checkpointDueIds?: number };
}

/** One environment with the settings of now. */
export interface Environment {
  readonly key: string;
  readonly settings: EnvironmentSettings;
  readonly dynamics: Dynamics;
}

export class BusinessLayer {
  readonly parts: BusinessLayerParts;
  readonly #writers = new Map<string, LogWriter>();
  readonly #indexMemory: IndexMemory;
  /** Clients per environment, with the version of the settings they were built from; their tokens are worth keeping. */
  readonly #dynamics = new Map<string, { readonly etag: string; readonly dynamics: Dynamics }>();

  readonly #shared = new Map<string, Promise<void>>();

  constructor(parts: BusinessLayerParts) {
    this.parts = parts;
    this.#indexMemory = new IndexMemory(parts.idIndex?.memoryBytes);
  }

  /** Undefined when there is no such environment. @throws TableError */
  async environment(environmentId: string): Promise<Environment | undefined> {
    const stored = await this.parts.settings.get(environmentId);
    return stored && this.#environmentOf(stored);
  }

  /** The logs of an environment. @throws TableError */
  logs(environment: Environment): Promise<ListedLog[]> {
    return listLogs(this.parts.tables, environment.key);
  }

  /** The one writer of a legal entity's log in this instance. */
  writer(environment: Environment, organizationId: string): LogWriter {
    const organizationKey = organizationKeyOf(organizationId);
    const partitionKey = partitionKeyOf(environment.key, organizationKey);
    let writer = this.#writers.get(partitionKey);
    if (writer === undefined) {
      const log = { environmentKey: environment.key, organizationKey, organizationId };
      const { tables, runtime, idIndex } = this.parts;
      const limits = { ...idIndex, memory: this.#indexMemory };
      this.#writers.set(partitionKey, (writer = new LogWriter(tables, runtime, log, limits)));
    }
    return writer;
  }

  /** Does a piece of work once for all who ask for it by the same name while it is under way. */
  sharedWork(name: string, work: () => Promise<void>): Promise<void> {
    let running = this.#shared.get(name);
    if (running === undefined) {
      running = work().finally(() => this.#shared.delete(name));
      this.#shared.set(name, running);
    }
    return running;
  }

  /** What a cache synchronization of a legal entity needs. */
  syncDependencies(environment: Environment, organizationKey: string): SyncDependencies {
    const { eventIdWindowHours, processingBoundSeconds } = environment.settings.inventoryVisibility;
    return {
      tables: this.parts.tables,
      runtime: this.parts.runtime,
      inventoryVisibility: environment.dynamics.inventoryVisibility,
      environmentKey: environment.key,
      organizationKey,
      partitionKey: partitionKeyOf(environment.key, organizationKey),
      window: {
        eventIdWindowMs: eventIdWindowHours * 3_600_000,
        processingBoundMs: processingBoundSeconds * 1_000,
      },
    };
  }

  /** What packaging, posting and tracking of a legal entity need. */
  journalDependencies(environment: Environment, log: ListedLog): TrackingDependencies {
    return {
      tables: this.parts.tables,
      runtime: this.parts.runtime,
      queue: this.parts.queue,
      supplyChain: environment.dynamics.supplyChain,
      settings: environment.settings,
      environmentId: environment.settings.environmentId,
      organizationKey: log.organizationKey,
      organizationId: log.organizationId,
      partitionKey: partitionKeyOf(environment.key, log.organizationKey),
    };
  }

  #environmentOf({ settings, etag }: StoredSettings): Environment {
    const key = environmentKeyOf(settings.environmentId);
    let known = this.#dynamics.get(key);
    if (known?.etag !== etag) {
      known = { etag, dynamics: this.parts.dynamics(settings) };
      this.#dynamics.set(key, known);
    }
    return { key, settings, dynamics: known.dynamics };
  }
}
