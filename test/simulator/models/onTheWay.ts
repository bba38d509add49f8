/** Calls that have been sent and have not arrived, and which of them may take effect yet. */
import type { Engine } from '../engine/engine.ts';

export interface CallOnItsWay {
  /** It was judged by its token already, and is worked on late. */
  isJudged: boolean;
  /** It has arrived, or never will. */
  isOver: boolean;
  /** When its token expires, true time. */
  readonly expiry: number;
}

export class OnTheWay {
  readonly #engine: Engine;
  readonly #calls = new Map<string, CallOnItsWay[]>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** @param names what the call carries */
  begin(names: readonly string[], expiry: number): CallOnItsWay {
    const call: CallOnItsWay = { isJudged: false, isOver: false, expiry };
    for (const name of names)
      this.#calls.set(name, [...(this.#calls.get(name) ?? []).filter(({ isOver }) => !isOver), call]);
    return call;
  }

  mayTakeEffect(name: string): boolean {
    const calls = this.#calls.get(name) ?? [];
    return calls.some(({ isOver, isJudged, expiry }) => !isOver && (isJudged || expiry > this.#engine.now));
  }
}
