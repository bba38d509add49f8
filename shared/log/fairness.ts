/**
 * Turns between the instances that append to one log. Who lost catches up and tries again at once; who won after
 * losing lately waits before its next append and meanwhile collects a larger group, so that nobody starves.
 *
 * Backing off the losers instead would starve them: whoever won last has the shortest way to the next turn.
 */

const SHORTEST_WAIT_MS = 25;
const WAIT_PER_LOSS_MS = 40;
const LONGEST_WAIT_MS = 400;
/** Weight of the newest append in the running mean of losses per win. */
const NEWEST = 0.5;
/** Losses per win at which the others are taken to be gone. */
const FORGOTTEN = 0.1;

export class Fairness {
  #losses = 0;
  #lossesPerWin = 0;
  /** Milliseconds since the Unix epoch; the next append waits until then. */
  #turnAt = 0;

  /** An append met another instance's. */
  lost(): void {
    this.#losses++;
  }

  /** An append succeeded. `now`: milliseconds since the Unix epoch. */
  won(now: number): void {
    this.#lossesPerWin = this.#lossesPerWin * (1 - NEWEST) + this.#losses * NEWEST;
    this.#losses = 0;
    this.#turnAt = now + this.#turnLength();
  }

  /** Milliseconds to wait before the next append; 0 when nobody else was met lately. */
  waitBeforeNext(now: number): number {
    // Never longer than a turn, should the clock have been put back.
    return Math.min(this.#turnLength(), Math.max(0, this.#turnAt - now));
  }

  #turnLength(): number {
    if (this.#lossesPerWin < FORGOTTEN) return 0;
    return Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, WAIT_PER_LOSS_MS * this.#lossesPerWin));
  }
}
