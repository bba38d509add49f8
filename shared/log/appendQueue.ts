/** Requests that wait for the next append, and which of them it takes together. */
import type { AppendLine, AppendOutcome } from './appendGroup.ts';

/** Most lines of one batch of several requests. */
export const MAX_BATCH_LINES = 4_000;
/** Requests are cut into groups at this many bytes of request bodies, so that a batch fits one row uncompressed. */
const MAX_GROUP_BYTES = 800_000;

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
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

export class AppendQueue {
  readonly #waiting: WaitingAppend[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Resolves when whoever takes the request has stored it. */
  push(request: AppendRequest): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...request, resolve, reject });
    });
  }

  /** The next requests that fit one batch; those with an inline synchronization stand in groups of their own. */
  takeGroup(): WaitingAppend[] {
    const group: WaitingAppend[] = [];
    let lines = 0;
    let bytes = 0;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const first = group[0];
      if (first && next.inlineSync !== first.inlineSync) break;
      if (first && (lines + next.lines.length > MAX_BATCH_LINES || bytes + next.bytes > MAX_GROUP_BYTES))
        break;
      lines += next.lines.length;
      bytes += next.bytes;
      group.push(next);
      this.#waiting.shift();
    }
    return group;
  }
}
