/**
 * Shows how far things are: on a terminal one line that is rewritten, elsewhere a line when something has changed, at
 * most one in a while.
 */

export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Between two plain lines. Milliseconds. */
const PLAIN_EVERY_MS = 2_000;

export class ProgressLine {
  readonly #screen: Screen;
  readonly #now: () => number;
  readonly #startedAt: number;
  /** What was shown last, and when. */
  #shown = { text: '', at: -Infinity };
  /** What waits until the next plain line is due. */
  #waiting = '';

  /** `now`: milliseconds since the Unix epoch. */
  constructor(screen: Screen, now: () => number) {
    this.#screen = screen;
    this.#now = now;
    this.#startedAt = now();
  }

  /** Since it was made. */
  get seconds(): number {
    return Math.round((this.#now() - this.#startedAt) / 1000);
  }

  show(text: string): void {
    if (this.#screen.isTTY) {
      // A line that wraps could not be rewritten. Some terminals say that they have no columns.
      this.#screen.write(`\r\u001b[2K${this.#line(text).slice(0, (this.#screen.columns || 80) - 1)}`);
      this.#shown = { text, at: this.#now() };
    } else if (text !== this.#shown.text) {
      this.#waiting = text;
      if (this.#now() - this.#shown.at >= PLAIN_EVERY_MS) this.#writeWaiting();
    }
  }

  /** Shows the last text; what comes next stands below it. */
  end(): void {
    if (this.#waiting !== '') this.#writeWaiting();
    else if (this.#screen.isTTY && this.#shown.text !== '') this.#screen.write('\n');
    this.#shown = { text: '', at: -Infinity };
  }

  #writeWaiting(): void {
    this.#screen.write(`${this.#line(this.#waiting)}\n`);
    this.#shown = { text: this.#waiting, at: this.#now() };
    this.#waiting = '';
  }

  #line(text: string): string {
    return `${String(this.seconds).padStart(3)} s   ${text}`;
  }
}
