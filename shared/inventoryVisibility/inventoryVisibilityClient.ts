/** The Inventory Visibility service of one environment, over HTTP. */
import { entraTokenSource } from '../dynamics/entraToken.ts';
import type { ReadSecret } from '../dynamics/entraToken.ts';
import { sendFollowing } from '../dynamics/allowedRedirect.ts';
import type { RedirectContext } from '../dynamics/allowedRedirect.ts';
import { excerpt } from '../dynamics/answerJson.ts';
import { INVENTORY_VISIBILITY_SCOPE, securityServiceTokenSource } from '../dynamics/securityServiceToken.ts';
import { QuietPeriod } from '../dynamics/quietPeriod.ts';
import { TokenCache } from '../dynamics/tokenCache.ts';
import type { HttpClient, OutboundResponse } from '../http/httpClient.ts';
import { parseRetryAfter } from '../http/retryAfter.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import type { Clock } from '../runtime/ports.ts';
import type { InventoryVisibilitySettings } from '../settings/environmentSettings.ts';
import type { AccessToken, InventoryVisibility, OnHandAnswer, OnHandEvent } from './inventoryVisibility.ts';
import { readOnHandAnswer, readOnHandFailure, waitOf } from './onHandAnswer.ts';
import { onHandQueryBody, quantityOfKey, queryOfKey, readOnHandQuantities } from './onHandQuery.ts';
import type { OnHandKey, OnHandQuantities, OnHandQuery } from './onHandQuery.ts';
import { onHandRequestBody } from './onHandRequest.ts';

const DEPENDENCY = 'Inventory Visibility';
const LEFT_ALONE = 'not asked, because it asked for no calls for a while';

/** Bytes of an answer with 512 results, each with a long message. */
const MAX_RESULTS_BYTES = 4 * 1024 * 1024;
/** Bytes of an answer to a query; a key has one row. */
const MAX_QUERY_ANSWER_BYTES = 16 * 1024 * 1024;

export interface InventoryVisibilityOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly environmentId: string;
  readonly settings: InventoryVisibilitySettings;
  readonly readSecret: ReadSecret;
  /** Milliseconds for one token request. Default 15,000. */
  readonly tokenTimeoutMs?: number;
  /** Milliseconds for one call. Default 30,000. */
  readonly callTimeoutMs?: number;
}

/** One per environment and version of its settings: it keeps the environment's tokens. */
export class InventoryVisibilityClient implements InventoryVisibility {
  readonly #context: RedirectContext;
  readonly #quiet: QuietPeriod;
  readonly #root: string;
  readonly #callTimeoutMs: number;
  readonly #tokens: TokenCache;

  constructor(options: InventoryVisibilityOptions) {
    const { http, clock, environmentId, settings, readSecret, tokenTimeoutMs: timeoutMs = 15_000 } = options;
    const { redirectHosts } = settings;
    this.#context = { http, clock, hosts: redirectHosts };
    this.#quiet = new QuietPeriod(clock);
    this.#root = `${settings.endpoint}/api/environment/${encodeURIComponent(environmentId)}`;
    this.#callTimeoutMs = options.callTimeoutMs ?? 30_000;
    const { authority, credential, securityService: endpoint } = settings;
    const entra = new TokenCache(
      entraTokenSource({
        http,
        clock,
        authority,
        credential,
        scope: INVENTORY_VISIBILITY_SCOPE,
        readSecret,
        timeoutMs,
      }),
      clock,
    );
    this.#tokens = new TokenCache(
      securityServiceTokenSource({ http, clock, endpoint, environmentId, entra, redirectHosts, timeoutMs }),
      clock,
    );
  }

  token(): Promise<AccessToken> {
    return this.#tokens.token();
  }

  async postOnHand(token: AccessToken, events: readonly OnHandEvent[]): Promise<OnHandAnswer> {
    let body: string;
    try {
      body = onHandRequestBody(events);
    } catch (error) {
      // Nothing was sent; as a refusal it is isolated like one of the service's own.
      return {
        kind: 'refused',
        statusCode: 400,
        message: error instanceof Error ? error.message : String(error),
      };
    }
    const waitMs = this.#quiet.remainingMs();
    if (waitMs > 0) return { kind: 'noEffect', message: LEFT_ALONE, retryAfterMs: waitMs };
    try {
      const response = await this.#post(token, '/onhand/bulk', body, MAX_RESULTS_BYTES);
      return readOnHandAnswer(response, events, this.#context.clock.now());
    } catch (error) {
      return readOnHandFailure(error);
    }
  }

  /** What the cache holds, by product and dimensions. @throws DependencyError */
  async queryOnHand(token: AccessToken, query: OnHandQuery): Promise<OnHandQuantities[]> {
    const waitMs = this.#quiet.remainingMs();
    if (waitMs > 0) throw new DependencyError(DEPENDENCY, LEFT_ALONE, { retryAfterMs: waitMs });
    let response: OutboundResponse;
    try {
      const body = onHandQueryBody(query);
      response = await this.#post(token, '/onhand/indexquery', body, MAX_QUERY_ANSWER_BYTES);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new DependencyError(DEPENDENCY, `the on-hand query failed: ${reason}`, { cause: error });
    }
    if (response.status !== 200) {
      const retryAfterMs = waitOf(response, this.#context.clock.now());
      throw new DependencyError(
        DEPENDENCY,
        `the on-hand query was answered with ${response.status}: ${excerpt(response.body)}`,
        retryAfterMs === undefined ? {} : { retryAfterMs },
      );
    }
    const groups = readOnHandQuantities(response.body);
    if (!groups) throw new DependencyError(DEPENDENCY, 'the answer to the on-hand query cannot be read');
    return groups;
  }

  /**
   * What the cache holds for one key, as a canonical decimal; `0` where it holds nothing. Dimensions that the key does
   * not name are summed over. @throws DependencyError
   */
  async quantityOf(token: AccessToken, key: OnHandKey): Promise<string> {
    return quantityOfKey(await this.queryOnHand(token, queryOfKey(key)), key);
  }

  async #post(
    token: AccessToken,
    path: string,
    body: string,
    maxResponseBytes: number,
  ): Promise<OutboundResponse> {
    const response = await sendFollowing(this.#context, {
      method: 'POST',
      url: this.#root + path,
      headers: {
        authorization: `Bearer ${token.value}`,
        'api-version': '1.0',
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body,
      timeoutMs: this.#callTimeoutMs,
      maxResponseBytes,
    });
    if (response.status === 401) this.#tokens.invalidate(token);
    const { clock } = this.#context;
    this.#quiet.note(response.status, parseRetryAfter(response.headers['retry-after'], clock.now()));
    return response;
  }
}
