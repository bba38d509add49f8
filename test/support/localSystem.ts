/**
 * The whole system as real processes on free ports of this machine, for one test or one file of tests: Azurite, broker,
 * simulated Dynamics side, and functions hosts on the deployment bundle. Nothing runs by itself but the queue: timers
 * fire, and the jobs of Supply Chain Management run, when a test says so.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FaultRule } from '../../local/dynamics/http/faults.ts';
import type { DynamicsOptions } from '../../local/dynamics/dynamicsOptions.ts';
import { forkChild } from '../../local/forkChild.ts';
import { type HttpAnswer, type HttpCall, httpCall } from './httpCall.ts';
import {
  API_AUDIENCE,
  ENVIRONMENT_ID,
  FUNCTIONS_CLIENT,
  POSTING_CLIENT,
  settingsDocument,
  type SettingsChanges,
  TENANT_ID,
} from './localSettings.ts';
import { type Azurite, type Broker, clockAt, startBroker, startDynamics, startTables } from './localParts.ts';
import { Part, type RunningPart } from './part.ts';
import { SimulatedDynamics } from './simulatedDynamics.ts';
import { storedSettings } from './storedSettings.ts';
import { until } from './until.ts';

const APP_ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Once a year: tests fire the timers themselves. */
const NEVER = '0 0 0 1 1 *';
/** How long a minute of the settings' schedules lasts, so that every firing finds its job due. */
const SECONDS_PER_MINUTE = '0.01';

export type TimerFunction = 'syncCache' | 'packageJournals' | 'trackJournals';

export interface LocalSystemOptions {
  /** Members of the settings document that replace those of the tests' own; or of them by the Dynamics side's address. */
  readonly settings?: SettingsChanges | ((dynamicsUrl: string) => SettingsChanges);
  /** Functions hosts; 1 when absent. */
  readonly hosts?: number;
  /** App settings that replace the tests' own. */
  readonly appSettings?: Readonly<Record<string, string>>;
  readonly dynamics?: Partial<DynamicsOptions>;
  /** Folder of the app that the hosts load; the product when absent. */
  readonly appRoot?: string;
  /** Keeps the rows on disk, so that they outlive a stop of Azurite. */
  readonly keepRows?: boolean;
  /** Starts a proxy to stand between the hosts and Azurite, whose port it is given. */
  readonly proxyTables?: (azuritePort: number) => Promise<TableProxy>;
  /** Receives every line that a host writes. */
  readonly onHostLine?: (line: string) => void;
  /** How many times as fast as the machine's the clocks of all parts but storage go; 1 when absent. */
  readonly pace?: number;
}

export interface TableProxy {
  readonly port: number;
  close(): Promise<void>;
}

export class LocalSystem {
  azurite!: Part<Azurite>;
  broker!: Part<Broker>;
  dynamicsPart!: Part;
  /** Its control API, and its tokens. */
  dynamics!: SimulatedDynamics;
  hosts: Part[] = [];
  #tableProxy: TableProxy | undefined;
  /** For the caller with all roles. */
  token = '';
  /** The last lines that the hosts have written, for failures that need an explanation. */
  readonly hostLines: string[] = [];
  readonly #options: LocalSystemOptions;
  readonly #undo: (() => Promise<unknown>)[] = [];

  private constructor(options: LocalSystemOptions) {
    this.#options = options;
  }

  /** Starts everything; what has started is ended when something else cannot. */
  static async start(options: LocalSystemOptions = {}): Promise<LocalSystem> {
    const system = new LocalSystem(options);
    try {
      await system.#build();
      return system;
    } catch (error) {
      await system.close();
      throw error;
    }
  }

  async #build(): Promise<void> {
    const { keepRows = false, proxyTables, hosts = 1, dynamics, settings, pace } = this.#options;
    const env = pace === undefined ? process.env : clockAt(pace);
    const folder = await mkdtemp(join(tmpdir(), 'local-system-'));
    this.#undo.push(() => rm(folder, { recursive: true, force: true }));
    [this.azurite, this.broker, this.dynamicsPart] = await Promise.all([
      this.#part((port) => startTables(port, keepRows ? join(folder, 'tables') : undefined)),
      this.#part((port) => startBroker(port, env)),
      this.#part(
        (port) => startDynamics(port, { folder: join(folder, 'dynamics'), ...dynamics }, env),
        dynamics?.port,
      ),
    ]);
    if (proxyTables) {
      const proxy = await proxyTables(this.azurite.port);
      this.#tableProxy = proxy;
      this.#undo.push(() => proxy.close());
    }
    const url = `http://127.0.0.1:${this.dynamicsPart.port}`;
    this.dynamics = new SimulatedDynamics(url);
    const settingsFile = join(folder, 'environments.json');
    const changes = typeof settings === 'function' ? settings(url) : settings;
    await writeFile(settingsFile, JSON.stringify(settingsDocument(url, changes)));
    const appSettings = this.#appSettings(url, settingsFile);
    this.hosts = await Promise.all(
      Array.from({ length: hosts }, () => this.#part((port) => this.#startHost(port, appSettings, env))),
    );
    this.token = await this.dynamics.token(POSTING_CLIENT);
  }

  async #part<Running extends RunningPart>(
    start: (port: number) => Promise<Running>,
    port?: number,
  ): Promise<Part<Running>> {
    const part = await Part.start(start, port);
    this.#undo.push(() => part.stop());
    return part;
  }

  #appSettings(dynamicsUrl: string, settingsFile: string): Record<string, string> {
    const { connectionString } = this.azurite.running;
    const entra = `${dynamicsUrl}/entra/${TENANT_ID}`;
    return {
      TABLES_CONNECTION: this.#tableProxy
        ? connectionString.replace(`:${this.azurite.port}/`, `:${this.#tableProxy.port}/`)
        : connectionString,
      TABLE_NAME_PREFIX: '',
      STORAGE_FULL_FILE: '',
      SERVICE_BUS_CONNECTION: this.broker.running.connectionString,
      ENVIRONMENT_SETTINGS_FILE: settingsFile,
      SYNC_CACHE_SCHEDULE: NEVER,
      PACKAGE_JOURNALS_SCHEDULE: NEVER,
      TRACK_JOURNALS_SCHEDULE: NEVER,
      APPLY_RETENTION_SCHEDULE: NEVER,
      AUDIT_LOGS_SCHEDULE: NEVER,
      SECONDS_PER_MINUTE,
      AUTH_ISSUER: `${entra}/v2.0`,
      AUTH_AUDIENCE: API_AUDIENCE,
      AUTH_JWKS_URI: `${entra}/discovery/v2.0/keys`,
      DYNAMICS_CLIENT_SECRET: FUNCTIONS_CLIENT.clientSecret,
      ...this.#options.appSettings,
    };
  }

  async #startHost(
    port: number,
    appSettings: Record<string, string>,
    env: NodeJS.ProcessEnv,
  ): Promise<RunningPart> {
    const host = await forkChild<{ url: string }>({
      name: 'functions host',
      entry: new URL('../../local/functionsHost/main.ts', import.meta.url),
      options: { appRoot: this.#options.appRoot ?? APP_ROOT, port, env: appSettings },
      env,
      onLine: (text) => {
        this.hostLines.push(text);
        if (this.hostLines.length > 500) this.hostLines.shift();
        this.#options.onHostLine?.(text);
      },
    });
    return {
      port: Number(new URL(host.ready.url).port),
      pid: host.pid,
      close: () => host.close(),
      kill: () => host.kill(),
    };
  }

  /** Address of a path below the environment's routes. */
  url(path: string, host = 0): string {
    const port = this.hosts[host]?.port ?? 0;
    return `http://127.0.0.1:${port}/api/environment/${ENVIRONMENT_ID}/${path}`;
  }

  /** Posts lines, or a body that is not made of lines. */
  post(
    lines: unknown,
    {
      query = '',
      host = 0,
      ...call
    }: Omit<HttpCall, 'url' | 'method'> & { query?: string; host?: number } = {},
  ): Promise<HttpAnswer> {
    return httpCall({
      url: this.url(`transaction/adjustment/bulk${query}`, host),
      method: 'POST',
      body: JSON.stringify(lines),
      ...call,
      headers: {
        authorization: `Bearer ${this.token}`,
        'content-type': 'application/json',
        'api-version': '1.0',
        ...call.headers,
      },
    });
  }

  /** Reads a path below the environment's routes, or a link of an answer (it begins with a slash). */
  get(path: string, host = 0): Promise<HttpAnswer> {
    const url = path.startsWith('/') ? new URL(path, this.url('', host)).href : this.url(path, host);
    return httpCall({ url, headers: { authorization: `Bearer ${this.token}` } });
  }

  /** Has a timer fire now. It is not waited for; a firing during a run makes one more run follow. */
  async fire(name: TimerFunction, host = 0): Promise<void> {
    const port = this.hosts[host]?.port ?? 0;
    const { status } = await httpCall({
      url: `http://127.0.0.1:${port}/admin/functions/${name}`,
      method: 'POST',
    });
    if (status !== 202) throw new Error(`firing ${name} was answered ${status}`);
  }

  /** Has timers fire and all jobs of Supply Chain Management run, again and again, until something has come true. */
  async driveUntil<Value>(
    what: string,
    ask: () => Promise<Value | undefined | false>,
    timers: readonly TimerFunction[] = ['syncCache', 'packageJournals', 'trackJournals'],
  ): Promise<Value> {
    const turn = async (): Promise<Value | undefined | false> => {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      for (const name of timers) for (const host of this.hosts.keys()) await this.fire(name, host);
      await this.dynamics.runJobs();
      return undefined;
    };
    return until(what, turn, { pauseMs: 300, patienceMs: 100_000 }).catch((error: unknown) => {
      throw new Error(
        `${error instanceof Error ? error.message : String(error)}\n${this.hostLines.slice(-30).join('\n')}`,
      );
    });
  }

  /** Adds a rule by which the simulated Dynamics side misbehaves. */
  async misbehave(rule: FaultRule): Promise<void> {
    await this.dynamics.control('POST', 'faults', rule);
  }

  /** Changes members of the stored settings, and starts the hosts anew so that all of them know at once. */
  async changeSettings(changes: SettingsChanges): Promise<void> {
    await storedSettings(this.azurite.running.connectionString).change(ENVIRONMENT_ID, changes);
    await Promise.all(this.hosts.map((host) => host.restart()));
  }

  /** Ends everything, in the reverse order of the start. */
  async close(): Promise<void> {
    for (const step of this.#undo.splice(0).reverse()) await step();
  }
}
