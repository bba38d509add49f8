/** A process of the simulated system: it can end, and it can stand still. */
export class Process {
  readonly name: string;
  /** Whether it runs the next version of the code. */
  readonly isNewer: boolean;
  /** Its clock less the true one, in milliseconds. Clocks get set, backward as well. */
  skew: number;
  #alive = true;
  #pausedUntil = 0;
  #pausedFrom = 0;
  #pauses = 0;

  constructor(name: string, skew: number, isNewer = false) {
    this.name = name;
    this.isNewer = isNewer;
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

  /** Whether it stood still at an instant, when it last did. */
  sleptThrough(instant: number): boolean {
    return this.#pausedFrom < instant && instant < this.#pausedUntil;
  }

  pause(from: number, until: number): void {
    this.#pausedFrom = from;
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
    this.#pauses++;
  }

  wake(): void {
    this.#pausedUntil = 0;
  }
}
