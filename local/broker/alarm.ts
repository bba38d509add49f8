import type { Clock } from '../../shared/runtime/ports.ts';

/** The longest wait a Node timer can take. */
const MAX_SLEEP_MS = 2 ** 31 - 1;

/** Calls `ring` when the clock reaches the earliest time that was asked for. It may ring too early, never too late. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #due = Infinity;
  #sleeping: AbortController | undefined;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** A later time than the one it is set to changes nothing: the next ring asks again. */
  set(due: number): void {
    if (due >= this.#due) return;
    this.stop();
    this.#due = due;
    const sleeping = new AbortController();
    this.#sleeping = sleeping;
    const wait = Math.min(Math.max(due - this.#clock.now(), 0), MAX_SLEEP_MS);
    this.#clock.sleep(wait, sleeping.signal).then(
      () => {
        if (this.#sleeping !== sleeping) return;
        this.stop();
        this.#ring();
      },
      () => undefined, // only ever ends by stop()
    );
  }

  stop(): void {
    this.#due = Infinity;
    this.#sleeping?.abort();
    this.#sleeping = undefined;
  }
}
