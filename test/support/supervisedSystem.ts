/**
 * What `npm start` starts, in this process, in a folder of its own, on free ports and with a timer tick every second:
 * for tests that end its parts as a crash would, or all of it as Ctrl-C does.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningFile } from '../../local/start/runningFile.ts';
import { type Local, startLocal } from '../../local/start/startLocal.ts';
import { httpCall } from './httpCall.ts';
import { until } from './until.ts';

export type Killable = 'functionsHost' | 'broker' | 'azurite';

const EVERY_SECOND = '* * * * * *';
const ANY_PORTS = { functionsHost: 0, dynamics: 0, azurite: 0, broker: 0 };
const LAST_LINES = 60;

export class SupervisedSystem {
  /** Where it keeps its data. */
  readonly folder: string;
  readonly #appSettings: Readonly<Record<string, string>>;
  readonly #lastLines: string[] = [];
  #local: Local | undefined;

  private constructor(folder: string, appSettings: Readonly<Record<string, string>>) {
    this.folder = folder;
    this.#appSettings = appSettings;
  }

  /** `appSettings` replace those of the tests' own. */
  static async start(appSettings: Readonly<Record<string, string>> = {}): Promise<SupervisedSystem> {
    const folder = await mkdtemp(join(tmpdir(), 'supervised-system-'));
    const system = new SupervisedSystem(folder, appSettings);
    await system.startAgain();
    return system;
  }

  get running(): RunningFile {
    if (!this.#local) throw new Error('the system is stopped');
    return this.#local.running();
  }

  /** The last lines that it reported, for failures that need an explanation. */
  get lastLines(): string {
    return this.#lastLines.join('\n');
  }

  /** Starts it on the data and the ports that it had before. */
  async startAgain(): Promise<void> {
    this.#local = await startLocal({
      dataFolder: this.folder,
      ports: ANY_PORTS,
      appSettings: {
        SYNC_CACHE_SCHEDULE: EVERY_SECOND,
        PACKAGE_JOURNALS_SCHEDULE: EVERY_SECOND,
        TRACK_JOURNALS_SCHEDULE: EVERY_SECOND,
        APPLY_RETENTION_SCHEDULE: EVERY_SECOND,
        AUDIT_LOGS_SCHEDULE: EVERY_SECOND,
        SECONDS_PER_MINUTE: '1',
        ...this.#appSettings,
      },
      report: (line) => {
        this.#lastLines.push(line);
        if (this.#lastLines.length > LAST_LINES) this.#lastLines.shift();
      },
    });
  }

  /** Stops all of it cleanly and keeps its data. */
  async stop(): Promise<void> {
    await this.#local?.close();
    this.#local = undefined;
  }

  /** SIGKILL. @returns what resolves as soon as the supervisor has started the part again */
  async kill(part: Killable): Promise<() => Promise<void>> {
    const before = this.running.processIds[part];
    await this.#local?.kill(part);
    return async () => {
      await until(`${part} runs again`, async () => this.running.processIds[part] !== before);
    };
  }

  /** Has a timer fire now. */
  async fire(timer: 'syncCache' | 'packageJournals' | 'trackJournals'): Promise<void> {
    await httpCall({ url: `${this.running.functionsUrl}/admin/functions/${timer}`, method: 'POST' });
  }

  /** How much the simulated Dynamics side holds: events counted, journal lines. */
  async counts(): Promise<{ readonly eventIds: number; readonly lines: number }> {
    const answer = await httpCall({ url: `${this.running.dynamicsUrl}/control/state` });
    return answer.json();
  }

  /** Stops it and forgets its data. */
  async close(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
