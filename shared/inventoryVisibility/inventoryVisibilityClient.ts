/** The Inventory Visibility service of one environment, over HTTP. */
import { entraTokenSource } from '../dynamics/entraToken.ts';
import type { ReadSecret } from '../dynamics/entraToken.ts';
import { excerpt } from '../dynamics/answerJson.ts';
import { INVENTORY_VISIBILITY_SCOPE, securityServiceTokenSource } from '../dynamics/securityServiceToken.ts';
import { TokenCache } from '../dynamics/tokenCache.ts';
import type { HttpClient, OutboundResponse } from '../http/httpClient.ts';
import { parseRetryAfter } from '../http/retryAfter.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import type { Clock } from '../runtime/ports.ts';
import type { InventoryVisibilitySettings } from '../settings/environmentSettings.ts';
import type { AccessToken, InventoryVisibility, OnHandAnswer, OnHandEvent } from './inventoryVisibility.ts';
import { readOnHandAnswer, readOnHandFailure } from './onHandAnswer.ts';
import { onHandQueryBody, readOnHandQuantities } from './onHandQuery.ts';
import type { OnHandQuantities, OnHandQuery } from './onHandQuery.ts';
import { onHandRequestBody } from './onHandRequest.ts';

const DEPENDENCY = 'Inventory Visibility';

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
  readonly #http: HttpClient;
  readonly #clock: Clock;
  readonly #root: string;
  readonly #callTimeoutMs: number;
  readonly #tokens: TokenCache;

  constructor(options: InventoryVisibilityOptions) {
    const { http, clock, environmentId, settings, readSecret, tokenTimeoutMs: timeoutMs = 15_000 } = options;
    this.#http = http;
    this.#clock = clock;
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
      securityServiceTokenSource({ http, clock, endpoint, environmentId, entra, timeoutMs }),
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
    try {
      const response = await this.#post(token, '/onhand/bulk', body);
      return readOnHandAnswer(response, events, this.#clock.now());
    } catch (error) {
      return readOnHandFailure(error);
    }
  }

  /** What the cache holds, by product and dimensions. @throws DependencyError */
  async queryOnHand(token: AccessToken, query: OnHandQuery): Promise<OnHandQuantities[]> {
    let response: OutboundResponse;
    try {
      response = await this.#post(token, '/onhand/indexquery', onHandQueryBody(query));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new DependencyError(DEPENDENCY, `the on-hand query failed: ${reason}`, { cause: error });
    }
    if (response.status !== 200) {
      const retryAfterMs = parseRetryAfter(response.headers['retry-after'], this.#clock.now());
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

  async #post(token: AccessToken, path: string, body: string): Promise<OutboundResponse> {
    const response = await this.#http.send({
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
    });
    if (response.status === 401) this.#tokens.invalidate(token);
    return response;
  }
}
