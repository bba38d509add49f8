/** Keeps the current access token of one environment and one service, and gets the next in time. */
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import type { Clock } from '../runtime/ports.ts';

/**
 * Gets a new token. `rejected` was answered with 401: the source must not give it again from a store of its own.
 * @throws DependencyError
 */
export type TokenSource = (rejected?: AccessToken) => Promise<AccessToken>;

/** A token is handed out only while this much of it remains … */
const LEAST_REMAINING_MS = 5 * 60 * 1000;
/** … or this part of its life, whichever is less: some security services give out tokens of 20 minutes. */
const LEAST_REMAINING_PART = 0.2;

interface CachedToken {
  readonly token: AccessToken;
  /** From here on another is fetched. */
  readonly usableUntil: number;
}

/**
 * Callers that ask at the same moment share one fetch; a fetch that fails is not remembered. What was handed out is
 * never renewed: whoever holds a token makes its one attempt with it.
 */
export class TokenCache {
  readonly #source: TokenSource;
  readonly #clock: Clock;
  #cached: CachedToken | undefined;
  #rejected: AccessToken | undefined;
  #fetching: Promise<AccessToken> | undefined;

  constructor(source: TokenSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** @throws DependencyError when a new token is needed and cannot be had. */
  async token(): Promise<AccessToken> {
    if (this.#cached && this.#clock.now() <= this.#cached.usableUntil) return this.#cached.token;
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  /** The service answered 401 to this token: it is not handed out again. Another token in the cache stays. */
  invalidate(token: AccessToken): void {
    if (this.#cached?.token.value !== token.value) return;
    this.#cached = undefined;
    this.#rejected = token;
  }

  async #fetch(): Promise<AccessToken> {
    const token = await this.#source(this.#rejected);
    const life = token.expiresAt - this.#clock.now();
    if (life <= 0) {
      throw new DependencyError(
        'Token service',
        "the token it gave has expired already by this machine's clock; set the clock right",
      );
    }
    const margin = Math.min(LEAST_REMAINING_MS, life * LEAST_REMAINING_PART);
    this.#rejected = undefined;
    this.#cached = { token, usableUntil: token.expiresAt - margin };
    return token;
  }
}
