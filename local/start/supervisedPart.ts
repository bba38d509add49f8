/** Keeps one local part running: when its process ends by itself, it is started again on the same port. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ChildExit } from '../forkChild.ts';
import { onFreePort } from './freePort.ts';

/** Pause before the first restart; it doubles with every failure in a row, up to the longest. Milliseconds. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
/** A part that has run this long has recovered. Milliseconds. */
const HEALTHY_AFTER_MS = 30_000;

/** A running process of the part. */
export interface RunningPart {
  readonly port: number;
  readonly pid: number;
  readonly exited: Promise<ChildExit>;
  close(): Promise<void>;
  kill(): Promise<void>;
}

export interface PartOptions {
  /** E.g. `broker`. */
  readonly name: string;
  start(port: number): Promise<RunningPart>;
  /** What a crash means for the user, e.g. that rows may be gone; added to the line that reports it. */
  readonly afterCrash: string;
  readonly report: (line: string) => void;
  /** Told after every restart. */
  readonly onRestart: () => void;
}

export class SupervisedPart {
  readonly #options: PartOptions;
  readonly #stop = new AbortController();
  #running: RunningPart;
  readonly #watching: Promise<void>;

  private constructor(options: PartOptions, running: RunningPart) {
    this.#options = options;
    this.#running = running;
    this.#watching = this.#watch();
  }

  /** Starts the part on the preferred port or near it. @throws Error when it cannot be started at all. */
  static async start(options: PartOptions, preferredPort: number): Promise<SupervisedPart> {
    return new SupervisedPart(options, await onFreePort(preferredPort, (port) => options.start(port)));
  }

  get port(): number {
    return this.#running.port;
  }

  get pid(): number {
    return this.#running.pid;
  }

  /** Ends the process as a crash would; it is started again. */
  kill(): Promise<void> {
    return this.#running.kill();
  }

  /** Ends the part for good and waits for it. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
    await this.#running.close();
  }

  async #watch(): Promise<void> {
    const { name, afterCrash, report, onRestart } = this.#options;
    const stopped = new Promise<'stopped'>((resolve) => {
      this.#stop.signal.addEventListener('abort', () => resolve('stopped'));
    });
    let failures = 0;
    for (;;) {
      const startedAt = Date.now();
      const end = await Promise.race([this.#running.exited, stopped]);
      if (end === 'stopped') return;
      failures = Date.now() - startedAt >= HEALTHY_AFTER_MS ? 1 : failures + 1;
      report(`${name} ended (${end.signal ?? `exit code ${end.code}`}) and is started again. ${afterCrash}`);
      if (!(await this.#restart(failures))) return;
      report(`${name} runs again on port ${this.port}`);
      onRestart();
    }
  }

  /** Tries until it runs on its old port; false when the part is to end. */
  async #restart(failuresBefore: number): Promise<boolean> {
    const { name, report } = this.#options;
    const { port } = this.#running;
    for (let failures = failuresBefore; ; failures += 1) {
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
      await delay(pause, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      if (this.#stop.signal.aborted) return false;
      try {
        this.#running = await this.#options.start(port);
        return true;
      } catch (error) {
        report(
          `${name} could not be started again: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
  }
}
