/**
 * The whole system of a soak: Azurite, broker, simulated Dynamics side and functions hosts, each a process of its own,
 * with a faulty link on every stretch between them. Parts are reached by their links alone, so they keep their addresses
 * over every start.
 */
import { createWriteStream, type WriteStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleApp } from '../../build.ts';
import { startAzurite } from '../../local/azurite/startAzurite.ts';
import { type ChildOptions, forkChild } from '../../local/forkChild.ts';
import type { Prng } from '../simulator/engine/prng.ts';
import {
  API_AUDIENCE,
  FUNCTIONS_CLIENT,
  POSTING_CLIENT,
  settingsDocument,
  TENANT_ID,
} from '../support/localSettings.ts';
import { httpCall } from '../support/httpCall.ts';
import { SimulatedDynamics } from '../support/simulatedDynamics.ts';
import { DynamicsHistory } from './dynamicsHistory.ts';
import type { SoakClock } from './fasterClock.ts';
import { FaultyLink } from './faultyLink.ts';
import { CACHE_DATA_SOURCES, JOURNAL_NAMES, LEGAL_ENTITIES, SOAK_SETTINGS } from './soakLines.ts';
import { SoakPart, type SoakProcess } from './soakPart.ts';
import { startStaticServer, type StaticServer } from './staticServer.ts';

const HOST_JSON = fileURLToPath(new URL('../../host.json', import.meta.url));
/** Seconds of the parts' clock. */
const TIMERS = '*/4 * * * * *';
const NEVER = '0 0 0 1 1 *';
const SECONDS_PER_MINUTE = '4';
const TOKEN_SECONDS = 900;
/** Milliseconds of the parts' clock. */
const LOCK_DURATION_MS = 15_000;

export interface SoakOptions {
  readonly prng: Prng;
  readonly hosts: number;
  /** How much faster the parts' clocks go than the machine's. */
  readonly pace: number;
  /** How long a link holds back what it holds back, from and to. Milliseconds. */
  readonly holdMs: readonly [number, number];
}

export class SoakSystem {
  /** By name: `azurite`, `broker`, `dynamics`, `host1`, … */
  readonly parts = new Map<string, SoakPart>();
  /** By name: `host1-azurite`, `host1-broker`, `hosts-dynamics`, `clients-host1`, … */
  readonly links = new Map<string, FaultyLink>();
  readonly folder: string;
  readonly history: DynamicsHistory;
  readonly #options: SoakOptions;
  readonly #log: WriteStream;
  #clock: SoakClock;
  #tables = '';
  #settingsFile = '';
  #keys: StaticServer | undefined;

  private constructor(options: SoakOptions, folder: string) {
    this.#options = options;
    this.folder = folder;
    this.history = new DynamicsHistory(join(folder, 'dynamics'));
    this.#log = createWriteStream(this.logFile);
    this.#clock = { from: Date.now(), pace: options.pace, aheadMs: 0 };
  }

  static async start(options: SoakOptions): Promise<SoakSystem> {
    const folder = await mkdtemp(join(tmpdir(), 'soak-'));
    const system = new SoakSystem(options, folder);
    try {
      await system.#build();
      return system;
    } catch (error) {
      await system.close();
      throw error;
    }
  }

  /** What the parts write. */
  get logFile(): string {
    return join(this.folder, 'parts.log');
  }

  /** Of the storage itself, past all links. */
  get tablesConnection(): string {
    return this.#tables;
  }

  get processIds(): number[] {
    return [...this.parts.values()].flatMap(({ pid }) => pid ?? []);
  }

  /** The links that lead to a part. */
  linksTo(part: string): FaultyLink[] {
    return [...this.links].flatMap(([name, link]) => (name.endsWith(`-${part}`) ? [link] : []));
  }

  /** A token for the API, as clients get it. */
  token(): Promise<string> {
    return new SimulatedDynamics(this.#dynamicsUrl).token(POSTING_CLIENT);
  }

  hostUrl(host: number): string {
    return `http://127.0.0.1:${this.#port(`clients-host${host + 1}`)}`;
  }

  async #build(): Promise<void> {
    const app = join(this.folder, 'app');
    await mkdir(app);
    await Promise.all([
      bundleApp('functions/index.ts', join(app, 'functions.cjs')),
      copyFile(HOST_JSON, join(app, 'host.json')),
      writeFile(join(app, 'package.json'), JSON.stringify({ name: 'soak', main: 'functions.cjs' })),
    ]);
    const azurite = this.#add('azurite', async () => {
      const running = await startAzurite({ onLine: this.#onLine('azurite') });
      this.#tables = running.connectionString;
      return { ...running, port: running.tablePort };
    });
    await azurite.start();
    const hosts = Array.from({ length: this.#options.hosts }, (_, index) => `host${index + 1}`);
    const names = hosts.flatMap((host) => [`${host}-azurite`, `${host}-broker`, `clients-${host}`]);
    for (const name of ['hosts-dynamics', ...names])
      this.links.set(name, await FaultyLink.open(this.#options.prng.fork(name), this.#options.holdMs));
    this.#pointLinks('azurite', Number(/:(\d+)\//.exec(this.#tables)?.[1]));
    this.#settingsFile = join(this.folder, 'environments.json');
    await writeFile(
      this.#settingsFile,
      JSON.stringify(settingsDocument(this.#dynamicsUrl, this.#settings())),
    );
    const dynamics = this.#add('dynamics', () => this.#startDynamics());
    const broker = this.#add('broker', () => this.#startBroker());
    await Promise.all([dynamics.start(), broker.start()]);
    // What the clients' tokens are verified with comes from a service of its own, which is not what is tried here.
    const entra = `${this.#dynamicsUrl}/entra/${TENANT_ID}`;
    const keys = await httpCall({ url: `${entra}/discovery/v2.0/keys` });
    this.#keys = await startStaticServer(keys.text);
    await Promise.all(hosts.map((host) => this.#add(host, () => this.#startHost(host)).start()));
  }

  #settings(): Record<string, unknown> {
    const { supplyChain } = settingsDocument(this.#dynamicsUrl) as { supplyChain: object };
    return { ...SOAK_SETTINGS, supplyChain: { ...supplyChain, unknownOutcomeSeconds: 20 } };
  }

  #add(name: string, start: () => Promise<SoakProcess>): SoakPart {
    const part = new SoakPart(name, start, (port) => this.#pointLinks(name, port));
    this.parts.set(name, part);
    return part;
  }

  #pointLinks(part: string, port: number): void {
    for (const link of this.linksTo(part)) link.target = port;
  }

  #port(link: string): number {
    return this.links.get(link)?.port ?? 0;
  }

  get #dynamicsUrl(): string {
    return `http://127.0.0.1:${this.#port('hosts-dynamics')}`;
  }

  #onLine(name: string): (line: string) => void {
    return (line) => this.#log.write(`${new Date().toISOString()} ${name} ${line}\n`);
  }

  async #fork<Ready>(name: string, entry: string, options: unknown): Promise<SoakProcess & { ready: Ready }> {
    const preload = new URL('fasterClock.ts', import.meta.url).href;
    const child = await forkChild<Ready>({
      name,
      entry: new URL(entry, import.meta.url),
      options,
      env: {
        ...process.env,
        NODE_OPTIONS: `--import=${preload}`,
        SOAK_CLOCK: JSON.stringify(this.#clock),
      },
      onLine: this.#onLine(name),
    } satisfies ChildOptions);
    const { port, url } = child.ready as { port?: number; url?: string };
    return { ...child, port: port ?? Number(new URL(url ?? '').port) };
  }

  #startDynamics(): Promise<SoakProcess> {
    return this.#fork('dynamics', '../../local/dynamics/main.ts', {
      port: 0,
      publicUrl: this.#dynamicsUrl,
      folder: join(this.folder, 'dynamics'),
      clients: [FUNCTIONS_CLIENT, POSTING_CLIENT],
      companies: LEGAL_ENTITIES,
      dataSources: CACHE_DATA_SOURCES,
      journalNames: JOURNAL_NAMES,
      tokenLifetimeSeconds: TOKEN_SECONDS,
    });
  }

  #startBroker(): Promise<SoakProcess> {
    const queues = { 'journal-packages': { lockDurationMs: LOCK_DURATION_MS } };
    return this.#fork('broker', '../../local/broker/main.ts', { port: 0, queues });
  }

  #startHost(name: string): Promise<SoakProcess> {
    const entra = `${this.#dynamicsUrl}/entra/${TENANT_ID}`;
    const env = {
      TABLES_CONNECTION: this.#tables.replace(/:\d+\//, `:${this.#port(`${name}-azurite`)}/`),
      TABLE_NAME_PREFIX: '',
      STORAGE_FULL_FILE: '',
      SERVICE_BUS_CONNECTION:
        `Endpoint=sb://127.0.0.1:${this.#port(`${name}-broker`)};SharedAccessKeyName=RootManageSharedAccessKey;` +
        'SharedAccessKey=soak;UseDevelopmentEmulator=true;',
      ENVIRONMENT_SETTINGS_FILE: this.#settingsFile,
      SYNC_CACHE_SCHEDULE: TIMERS,
      PACKAGE_JOURNALS_SCHEDULE: TIMERS,
      TRACK_JOURNALS_SCHEDULE: TIMERS,
      APPLY_RETENTION_SCHEDULE: NEVER,
      AUDIT_LOGS_SCHEDULE: NEVER,
      SECONDS_PER_MINUTE,
      AUTH_ISSUER: `${entra}/v2.0`,
      AUTH_AUDIENCE: API_AUDIENCE,
      AUTH_JWKS_URI: this.#keys?.url ?? '',
      DYNAMICS_CLIENT_SECRET: FUNCTIONS_CLIENT.clientSecret,
    };
    return this.#fork(name, '../../local/functionsHost/main.ts', {
      appRoot: join(this.folder, 'app'),
      port: 0,
      env,
    });
  }

  /** Kills a part and starts it again. */
  async killAndStart(part: SoakPart): Promise<void> {
    await part.kill();
    if (part.name === 'dynamics') await this.history.archive();
    await part.start();
  }

  /** Stops everything but the storage, sets all clocks ahead, and starts it again. */
  async setClocksAhead(milliseconds: number): Promise<void> {
    const others = [...this.parts.values()].filter(({ name }) => name !== 'azurite');
    await Promise.all(others.map((part) => part.close()));
    await this.history.archive();
    this.#clock = { ...this.#clock, aheadMs: this.#clock.aheadMs + milliseconds };
    await Promise.all(others.map((part) => part.start()));
  }

  /** Ends everything; forgets its data unless it is to be looked at. */
  async close({ keepFolder = false } = {}): Promise<void> {
    await Promise.all([...this.parts.values()].map((part) => part.kill()));
    for (const link of this.links.values()) link.close();
    this.#keys?.close();
    await new Promise((resolve) => this.#log.end(resolve));
    if (!keepFolder) await rm(this.folder, { recursive: true, force: true });
  }

  /** Ends all processes at once, without waiting: for a process that is about to end itself. */
  abandon(): void {
    for (const pid of this.processIds)
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended already.
      }
  }
}
