/**
 * Turns between the instances that append to one log. Who lost catches up and tries again at once; who won after
 * losing lately waits before its next append and meanwhile collects a larger group, so that nobody starves.
 */

const SHORTEST_WAIT_MS = 25;
const WAIT_PER_LOSS_MS = 40;
const LONGEST_WAIT_MS = 400;
/** Weight of the newest append in the running mean of losses per win. */
const NEWEST = 0.5;
const FORGOTTEN = 0.1;

export class Fairness {
  #losses = 0;
  #lossesPerWin = 0;

  lost(): void {
    this.#losses++;
  }

  won(): void {
    this.#lossesPerWin = this.#lossesPerWin * (1 - NEWEST) + this.#losses * NEWEST;
    this.#losses = 0;
  }

  /** Milliseconds to wait before the next append; 0 when nobody else was met lately. */
  waitBeforeNext(): number {
    if (this.#lossesPerWin < FORGOTTEN) return 0;
    const wait = WAIT_PER_LOSS_MS * this.#lossesPerWin;
    return Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, wait));
  }
}
