/** One process of a soak: started, killed, paused and started again, wherever a port is free. */
import type { ChildExit } from '../../local/forkChild.ts';

export interface SoakProcess {
  readonly port: number;
  readonly pid: number;
  readonly exited: Promise<ChildExit>;
  close(): Promise<void>;
  kill(): Promise<void>;
}

const STARTS = 3;

export class SoakPart {
  readonly name: string;
  readonly #start: () => Promise<SoakProcess>;
  readonly #onStart: (port: number) => void;
  #running: SoakProcess | undefined;

  /** `onStart` is told the port of each start. */
  constructor(name: string, start: () => Promise<SoakProcess>, onStart: (port: number) => void) {
    this.name = name;
    this.#start = start;
    this.#onStart = onStart;
  }

  /** Process id; undefined while nothing runs. */
  get pid(): number | undefined {
    return this.#running?.pid;
  }

  /** @throws Error when it does not start, several times in a row */
  async start(): Promise<void> {
    for (let left = STARTS; this.#running === undefined; left--)
      try {
        this.#running = await this.#start();
      } catch (error) {
        if (left <= 1) throw error;
      }
    this.#onStart(this.#running.port);
  }

  async kill(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.kill();
  }

  async close(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.close();
  }

  /** SIGSTOP or SIGCONT. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (this.#running) process.kill(this.#running.pid, signal);
  }
}
