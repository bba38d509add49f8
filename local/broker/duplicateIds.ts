/** The message ids seen within a window of time; older ones are forgotten. */
export class DuplicateIds {
  readonly #windowMs: number;
  readonly #seen = new Map<string, { readonly at: number; readonly sequenceNumber: number }>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Sequence number of the message that first came with this id within the window. */
  firstWith(messageId: string, now: number): number | undefined {
    // Insertion order is time order, so the ids that have left the window stand first.
    for (const [id, seen] of this.#seen) {
      if (seen.at + this.#windowMs > now) break;
      this.#seen.delete(id);
    }
    return this.#seen.get(messageId)?.sequenceNumber;
  }

  remember(messageId: string, sequenceNumber: number, now: number): void {
    this.#seen.set(messageId, { at: now, sequenceNumber });
  }
}
