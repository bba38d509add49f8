/**
 * The signing keys of the token issuer: fetched on demand, refreshed hourly and for an unknown key id, the last known
 * ones kept while the issuer is away. Somebody who invents key ids must not turn us into a load on the issuer, so a
 * refresh for an unknown one happens at most every five minutes.
 *
 * Source of the intervals: Microsoft identity platform, "Signing key rollover".
 */

import { createLocalJWKSet, errors } from 'jose';
import type { CryptoKey, FlattenedJWSInput, JSONWebKeySet, JWSHeaderParameters } from 'jose';
import type { HttpClient } from '../http/httpClient.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import type { Clock, Logger } from '../runtime/ports.ts';

const REFRESH_AFTER_MS = 3_600_000;
const FORGET_AFTER_MS = 24 * 3_600_000;
const UNKNOWN_KEY_COOL_DOWN_MS = 300_000;
const FAILURE_COOL_DOWN_MS = 5_000;
const FETCH_TIMEOUT_MS = 5_000;
const MAX_BYTES = 256 * 1024;

type KeySelector = (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>;

export class SigningKeys {
  readonly #uri: string;
  readonly #http: HttpClient;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #known: { readonly select: KeySelector; readonly fetchedAt: number } | undefined;
  #fetching: Promise<void> | undefined;
  #failedAt: number | undefined;

  constructor(uri: string, ports: { http: HttpClient; clock: Clock; logger: Logger }) {
    this.#uri = uri;
    this.#http = ports.http;
    this.#clock = ports.clock;
    this.#logger = ports.logger;
  }

  /**
   * The key that a token names.
   *
   * @throws jose's JWKSNoMatchingKey when the issuer has no such key
   * @throws DependencyError when no keys could be fetched
   */
  async keyFor(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    const known = await this.#keys();
    try {
      return await known.select(header, token);
    } catch (error) {
      const age = this.#clock.now() - known.fetchedAt;
      if (!(error instanceof errors.JWKSNoMatchingKey) || age < UNKNOWN_KEY_COOL_DOWN_MS) throw error;
      await this.#refresh();
      return (this.#known ?? known).select(header, token);
    }
  }

  async #keys(): Promise<{ select: KeySelector; fetchedAt: number }> {
    const age = this.#known === undefined ? Infinity : this.#clock.now() - this.#known.fetchedAt;
    // While the last known keys still count, nobody waits for fresher ones.
    if (age >= FORGET_AFTER_MS) await this.#refresh();
    else if (age >= REFRESH_AFTER_MS) void this.#refresh();
    const known = this.#known;
    if (known === undefined || this.#clock.now() - known.fetchedAt >= FORGET_AFTER_MS) {
      throw new DependencyError('token issuer', `its signing keys could not be read from ${this.#uri}`, {
        retryAfterMs: FAILURE_COOL_DOWN_MS,
      });
    }
    return known;
  }

  /** One fetch at a time; resolves when it is over, whatever came of it. */
  async #refresh(): Promise<void> {
    if (this.#failedAt !== undefined && this.#clock.now() - this.#failedAt < FAILURE_COOL_DOWN_MS) return;
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    await this.#fetching;
  }

  async #fetch(): Promise<void> {
    try {
      const response = await this.#http.send({
        method: 'GET',
        url: this.#uri,
        headers: { accept: 'application/json' },
        timeoutMs: FETCH_TIMEOUT_MS,
        maxResponseBytes: MAX_BYTES,
      });
      if (response.status !== 200) throw new Error(`the answer's status is ${response.status}`);
      const keySet = JSON.parse(Buffer.from(response.body).toString('utf8')) as JSONWebKeySet;
      this.#known = { select: createLocalJWKSet(keySet), fetchedAt: this.#clock.now() };
      this.#failedAt = undefined;
    } catch (error) {
      this.#failedAt = this.#clock.now();
      const reason = error instanceof Error ? error.message : String(error);
      this.#logger.warn('signing keys could not be refreshed', { uri: this.#uri, reason });
    }
  }
}
