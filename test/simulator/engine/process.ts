/** A process of the simulated system: it can end, and it can stand still. */
export class Process {
  readonly name: string;
  /** Its clock less the true one, in milliseconds. */
  readonly skew: number;
  #alive = true;
  #pausedUntil = 0;
  #pauses = 0;

  constructor(name: string, skew: number) {
    this.name = name;
    this.skew = skew;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get pausedUntil(): number {
    return this.#pausedUntil;
  }

  /** How often it stood still: from the second time on it may act on what it knew long ago. */
  get pauses(): number {
    return this.#pauses;
  }

  /** Its continuations are never resumed. */
  crash(): void {
    this.#alive = false;
  }

  pause(until: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
    this.#pauses++;
  }

  wake(): void {
    this.#pausedUntil = 0;
  }
}
