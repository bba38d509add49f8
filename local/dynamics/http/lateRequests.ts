/** Requests that are held up on their way: their senders have been cut off, their work is still to come. */
export class LateRequests {
  readonly #held = new Map<() => Promise<unknown>, NodeJS.Timeout>();

  /** `work` is done after `delayMs`, or when all are delivered. */
  add(work: () => Promise<unknown>, delayMs: number): void {
    this.#held.set(
      work,
      setTimeout(() => void this.#deliver(work), delayMs),
    );
  }

  get count(): number {
    return this.#held.size;
  }

  /** Lets all of them arrive, in the order they were sent. Gives how many. */
  async deliverAll(): Promise<number> {
    const held = [...this.#held.keys()];
    for (const work of held) await this.#deliver(work);
    return held.length;
  }

  /** They are lost for good. */
  drop(): void {
    for (const timer of this.#held.values()) clearTimeout(timer);
    this.#held.clear();
  }

  async #deliver(work: () => Promise<unknown>): Promise<void> {
    clearTimeout(this.#held.get(work));
    if (this.#held.delete(work)) await work();
  }
}
