/** Runs a job again and again, and at once when told; never twice at a time. */

export class Recurrence {
  readonly #job: () => Promise<unknown>;
  readonly #intervalMs: number;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #stopped = false;

  /** `intervalMs` between the end of one run and the next; 0: only when told. */
  constructor(intervalMs: number, job: () => Promise<unknown>) {
    this.#intervalMs = intervalMs;
    this.#job = job;
    this.#schedule();
  }

  /** Runs `job` (default: the recurring one) after whatever is running. @throws what it throws */
  run<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#running.then(job);
    this.#running = result.catch(() => undefined);
    return result;
  }

  /** Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(): void {
    if (this.#intervalMs === 0 || this.#stopped) return;
    this.#timer = setTimeout(() => {
      void this.run(this.#job)
        .catch((error: unknown) => {
          console.error(error);
        })
        .then(() => {
          this.#schedule();
        });
    }, this.#intervalMs);
  }
}
