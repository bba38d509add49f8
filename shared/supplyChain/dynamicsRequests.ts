/** Signed-in calls to one Supply Chain Management environment, with its refusals as errors that say what to do. */
import { excerpt, isRecord, parseAnswer, printable } from '../dynamics/answerJson.ts';
import type { AnswerRecord } from '../dynamics/answerJson.ts';
import type { QuietPeriod } from '../dynamics/quietPeriod.ts';
import type { HttpClient, OutboundResponse } from '../http/httpClient.ts';
import { parseRetryAfter } from '../http/retryAfter.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import type { Clock } from '../runtime/ports.ts';

const DEPENDENCY = 'Supply Chain Management';

/** What the throttling guidance of finance and operations asks for when an answer 429 names no time. */
export const THROTTLED_WAIT_MS = 30_000;

/** An OData page holds at most 10,000 records. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

export interface DynamicsRequestsOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  /** Root of the environment, without a trailing slash. */
  readonly url: string;
  /** Kept together with those who submit. */
  readonly quiet: QuietPeriod;
  /** Told of every token that was answered with 401. */
  readonly onUnauthorized: (token: AccessToken) => void;
  /** Milliseconds for one call. */
  readonly timeoutMs: number;
}

export class DynamicsRequests {
  readonly url: string;
  readonly #options: DynamicsRequestsOptions;

  constructor(options: DynamicsRequestsOptions) {
    this.url = options.url;
    this.#options = options;
  }

  /** GET of an OData address. `what` names it in errors, e.g. `journal lines`. @throws DependencyError unless 200 */
  async read(token: AccessToken, url: string, what: string): Promise<AnswerRecord> {
    const response = await this.readAnyStatus(token, url, what);
    return this.record(response, what);
  }

  /** As `read`, and leaves it to the caller what 4xx answers but 401 and 429 mean. @throws DependencyError */
  readAnyStatus(token: AccessToken, url: string, what: string): Promise<OutboundResponse> {
    return this.#call(token, 'GET', url, undefined, what);
  }

  /**
   * An OData action of data management; the caller decides what 4xx answers but 401 and 429 mean.
   * @throws DependencyError
   */
  action(
    token: AccessToken,
    name: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<OutboundResponse> {
    const path = `/data/DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities.${name}`;
    return this.#call(token, 'POST', this.url + path, JSON.stringify(parameters), name);
  }

  /** POST to another OData address; the caller decides what 4xx answers but 401 and 429 mean. @throws DependencyError */
  post(token: AccessToken, url: string, body: AnswerRecord, what: string): Promise<OutboundResponse> {
    return this.#call(token, 'POST', url, JSON.stringify(body), what);
  }

  /** Creates a record and gives it as SCM made it. @throws DependencyError unless 201 */
  async create(token: AccessToken, url: string, record: AnswerRecord, what: string): Promise<AnswerRecord> {
    return this.created(await this.post(token, url, record, what), what);
  }

  /** The record of an answer 201. @throws DependencyError for another status or content */
  created(response: OutboundResponse, what: string): AnswerRecord {
    const created = response.status === 201 ? parseAnswer(response.body) : undefined;
    if (isRecord(created)) return created;
    throw new DependencyError(
      DEPENDENCY,
      `${what}: creating a record was answered ${response.status}: ${errorText(response)}`,
    );
  }

  /** The JSON object of an answer 200. @throws DependencyError for another status or content. */
  record(response: OutboundResponse, what: string): AnswerRecord {
    if (response.status !== 200) {
      const remedy = response.status === 404 ? '; check the url of the settings' : '';
      throw new DependencyError(
        DEPENDENCY,
        `${what}: answered ${response.status}: ${errorText(response)}${remedy}`,
      );
    }
    const body = parseAnswer(response.body);
    if (isRecord(body)) return body;
    throw new DependencyError(DEPENDENCY, `${what}: the answer 200 is not a JSON object`);
  }

  async #call(
    token: AccessToken,
    method: 'GET' | 'POST',
    url: string,
    body: string | undefined,
    what: string,
  ): Promise<OutboundResponse> {
    const { http, clock, timeoutMs, onUnauthorized, quiet } = this.#options;
    const waitMs = quiet.remainingMs();
    if (waitMs > 0)
      throw new DependencyError(DEPENDENCY, `${what}: not asked, ${leftAlone(waitMs)}`, {
        retryAfterMs: waitMs,
      });
    const response = await http
      .send({
        method,
        url,
        headers: {
          authorization: `Bearer ${token.value}`,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body }),
        timeoutMs,
        maxResponseBytes: MAX_ANSWER_BYTES,
      })
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        throw new DependencyError(DEPENDENCY, `${what}: ${reason}`, { cause: error });
      });
    if (response.status === 401) {
      onUnauthorized(token);
      throw new DependencyError(
        DEPENDENCY,
        `${what}: answered 401; check that the application is listed under Microsoft Entra ID applications with a user`,
      );
    }
    const retryAfterMs = parseRetryAfter(response.headers['retry-after'], clock.now());
    quiet.note(response.status, response.status === 429 ? (retryAfterMs ?? THROTTLED_WAIT_MS) : retryAfterMs);
    if (response.status === 429) {
      throw new DependencyError(DEPENDENCY, `${what}: answered 429, too many requests`, {
        retryAfterMs: retryAfterMs ?? THROTTLED_WAIT_MS,
      });
    }
    if (response.status >= 500) {
      throw new DependencyError(
        DEPENDENCY,
        `${what}: answered ${response.status}: ${errorText(response)}`,
        retryAfterMs === undefined ? {} : { retryAfterMs },
      );
    }
    return response;
  }
}

/** Why a call is not made, as a clause. */
export function leftAlone(waitMs: number): string {
  return `because it asked for no calls for another ${Math.ceil(waitMs / 1000)} seconds`;
}

/** What the service says went wrong: OData's error message, its inner one where there is one, or the answer's text. */
export function errorText(response: OutboundResponse): string {
  const body = parseAnswer(response.body);
  const error = isRecord(body) ? body.error : undefined;
  if (isRecord(error)) {
    const inner = isRecord(error.innererror) ? error.innererror.message : undefined;
    const text = typeof inner === 'string' ? inner : error.message;
    if (typeof text === 'string') return printable(text, 400);
  }
  return excerpt(response.body, 400);
}
