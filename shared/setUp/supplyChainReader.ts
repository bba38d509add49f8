/** The reading calls of the checks to one Supply Chain Management environment. */
import { excerpt, isRecord } from '../dynamics/answerJson.ts';
import type { AnswerRecord } from '../dynamics/answerJson.ts';
import { QuietPeriod } from '../dynamics/quietPeriod.ts';
import type { HttpClient, OutboundResponse } from '../http/httpClient.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import type { Clock } from '../runtime/ports.ts';
import { DynamicsRequests } from '../supplyChain/dynamicsRequests.ts';

const DEPENDENCY = 'Supply Chain Management';
/** A real environment's is 40 to 60 MB. */
const MAX_METADATA_BYTES = 128 * 1024 * 1024;

export interface FirstRecords {
  readonly entity: string;
  /** Absent: every property. */
  readonly select?: readonly string[];
  readonly filter?: string;
  /** At most so many. */
  readonly top: number;
}

export class SupplyChainReader {
  readonly url: string;
  readonly requests: DynamicsRequests;
  readonly token: AccessToken;
  readonly #http: HttpClient;

  constructor(options: {
    readonly http: HttpClient;
    readonly clock: Clock;
    readonly url: string;
    readonly token: AccessToken;
    /** Milliseconds for one call. */
    readonly timeoutMs: number;
  }) {
    const { http, clock, url, token, timeoutMs } = options;
    this.url = url;
    this.token = token;
    this.#http = http;
    const quiet = new QuietPeriod(clock);
    // A token is asked for once and used for one run of the checks.
    this.requests = new DynamicsRequests({
      http,
      clock,
      url,
      quiet,
      timeoutMs,
      onUnauthorized: () => undefined,
    });
  }

  /** The first records of an entity, in whatever company; undefined where the environment does not know it. @throws DependencyError */
  async first({ entity, select, filter, top }: FirstRecords): Promise<AnswerRecord[] | undefined> {
    const options = [
      'cross-company=true',
      ...(select === undefined ? [] : [`$select=${select.join(',')}`]),
      `$top=${top}`,
      ...(filter === undefined ? [] : [`$filter=${encodeURIComponent(filter)}`]),
    ];
    const response = await this.get(`/data/${entity}?${options.join('&')}`, entity);
    if (response.status === 404) return undefined;
    const { value } = this.requests.record(response, entity);
    if (Array.isArray(value) && value.every(isRecord)) return value.slice(0, top);
    throw new DependencyError(DEPENDENCY, `${entity}: the answer holds no list of records`);
  }

  /** @throws DependencyError; statuses 4xx but 401 and 429 are answers */
  get(path: string, what: string): Promise<OutboundResponse> {
    return this.requests.readAnyStatus(this.token, `${this.url}${path}`, what);
  }

  /** The bytes of `$metadata`. @throws DependencyError or HttpFailure */
  async metadata(timeoutMs: number): Promise<Uint8Array> {
    const response = await this.#http.send({
      method: 'GET',
      url: `${this.url}/data/$metadata`,
      headers: { authorization: `Bearer ${this.token.value}`, accept: 'application/xml' },
      timeoutMs,
      maxResponseBytes: MAX_METADATA_BYTES,
    });
    if (response.status === 200) return response.body;
    throw new DependencyError(
      DEPENDENCY,
      `$metadata: answered ${response.status}: ${excerpt(response.body)}`,
    );
  }
}
