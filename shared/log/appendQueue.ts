/** Requests that wait for the next append, and which of them it takes together. */
import { DependencyError } from '../runtime/dependencyError.ts';
import type { AppendLine, AppendOutcome } from './appendGroup.ts';

/** Most lines of one batch of several requests. */
export const MAX_BATCH_LINES = 4_000;
/** Requests are cut into groups at this many bytes of request bodies, so that a batch fits one row uncompressed. */
const MAX_GROUP_BYTES = 800_000;
/** Behind storage that does not answer, each append takes its whole time: nobody stands in such a queue for longer. */
const LONGEST_WAIT_MS = 15_000;

export interface AppendRequest {
  readonly lines: readonly AppendLine[];
  /** Size of what the client sent: an upper bound for the text to store. */
  readonly bytes: number;
  /** Begin the cache synchronization within the append; the request carries it out itself. */
  readonly inlineSync: boolean;
}

export interface AppendResult {
  readonly outcomes: readonly AppendOutcome[];
  /** First sequence number of the inline synchronization, when there is one. */
  readonly sync?: number;
}

/** A request that waits, and how it is told. */
export interface WaitingAppend extends AppendRequest {
  /** When it came, milliseconds since the Unix epoch. */
  readonly since: number;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

export class AppendQueue {
  #waiting: WaitingAppend[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Resolves when whoever takes the request has stored it; rejects with a DependencyError when nobody came in time. */
  push(request: AppendRequest, now: number): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...request, since: now, resolve, reject });
    });
  }

  /**
   * The requests to append next: the one that came first, and those after it that fit the same batch. Requests with an
   * inline synchronization stand in groups of their own; those of the other kind keep their places and come next, so
   * that a mixture of both does not become a queue of groups of one. Empty when nobody is left that can still wait.
   */
  takeGroup(now: number): WaitingAppend[] {
    this.#sendAwayThoseWhoWaitedTooLong(now);
    const group: WaitingAppend[] = [];
    const rest: WaitingAppend[] = [];
    let lines = 0;
    let bytes = 0;
    let isFull = false;
    for (const next of this.#waiting) {
      const first = group[0];
      const isOfTheKind = first === undefined || next.inlineSync === first.inlineSync;
      if (isOfTheKind && first !== undefined)
        isFull ||= lines + next.lines.length > MAX_BATCH_LINES || bytes + next.bytes > MAX_GROUP_BYTES;
      if (!isOfTheKind || isFull) {
        rest.push(next);
        continue;
      }
      lines += next.lines.length;
      bytes += next.bytes;
      group.push(next);
    }
    this.#waiting = rest;
    return group;
  }

  #sendAwayThoseWhoWaitedTooLong(now: number): void {
    const isLate = ({ since }: WaitingAppend): boolean => now - since > LONGEST_WAIT_MS;
    for (const request of this.#waiting.filter(isLate))
      request.reject(
        new DependencyError(
          'Table Storage',
          'the lines waited too long for their turn; nothing was written',
          {
            retryAfterMs: 1_000,
          },
        ),
      );
    this.#waiting = this.#waiting.filter((request) => !isLate(request));
  }
}
