/** Host.json's two limits of HTTP requests: how many run at once (the others wait) and how many run or wait. */
export class RequestGate {
  readonly #maxConcurrent: number;
  readonly #maxOutstanding: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(maxConcurrent: number | undefined, maxOutstanding: number | undefined) {
    this.#maxConcurrent = maxConcurrent ?? Infinity;
    this.#maxOutstanding = maxOutstanding ?? Infinity;
  }

  /** Waits for a place. @returns what gives the place back, or undefined when too many wait already */
  async enter(): Promise<(() => void) | undefined> {
    if (this.#running + this.#waiting.length >= this.#maxOutstanding) return undefined;
    // The place of a request that leaves goes straight to the next one, so `#running` stays as it is.
    if (this.#running >= this.#maxConcurrent)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    return () => {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    };
  }
}
