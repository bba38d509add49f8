/** A local part as a process of its own, which a test can stop, kill and start again on the same port. */

/** What a part's own start function gives. */
export interface RunningPart {
  readonly port: number;
  readonly pid: number;
  close(): Promise<void>;
  kill(): Promise<void>;
}

export class Part<Running extends RunningPart = RunningPart> {
  readonly #start: (port: number) => Promise<Running>;
  #running: Running;
  #isUp = true;

  private constructor(start: (port: number) => Promise<Running>, running: Running) {
    this.#start = start;
    this.#running = running;
  }

  /** Starts the part on any free port. `start` is given the port to use, 0 for any. */
  static async start<Running extends RunningPart>(
    start: (port: number) => Promise<Running>,
    port = 0,
  ): Promise<Part<Running>> {
    return new Part(start, await start(port));
  }

  /** The part as it runs now, or ran last. */
  get running(): Running {
    return this.#running;
  }

  get port(): number {
    return this.#running.port;
  }

  /** Ends it as its operator would. */
  async stop(): Promise<void> {
    if (this.#isUp) await this.#running.close();
    this.#isUp = false;
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    if (this.#isUp) await this.#running.kill();
    this.#isUp = false;
  }

  /** Starts it again where it was. */
  async restart(): Promise<void> {
    await this.stop();
    this.#running = await this.#start(this.port);
    this.#isUp = true;
  }
}
