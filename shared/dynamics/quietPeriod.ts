/**
 * Leaves a service alone for as long as it asked (429 or 503 with Retry-After): calls made in spite of it are refused as
 * well, and prolong the wait. Source: "Service protection API limits", retry guidance of finance and operations.
 */
import type { Clock } from '../runtime/ports.ts';

/** After this much silence one call goes out whatever was asked: nobody else would notice that the service is back. */
const LONGEST_MS = 10 * 60 * 1000;

export class QuietPeriod {
  readonly #clock: Clock;
  #until = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The service answered `status`, and asked for `milliseconds` without calls where it named a time. */
  note(status: number, milliseconds: number | undefined): void {
    if ((status !== 429 && status !== 503) || milliseconds === undefined) return;
    this.#until = Math.max(this.#until, this.#clock.now() + Math.min(milliseconds, LONGEST_MS));
  }

  /** Milliseconds still to wait; 0 when calls may go out. */
  remainingMs(): number {
    // A clock that was set back must not make the wait longer than was asked.
    return Math.min(Math.max(0, this.#until - this.#clock.now()), LONGEST_MS);
  }
}
