/** Supply Chain Management of one environment, over HTTP: entity profile `service`, transport `recurring`. */
import { entraTokenSource } from '../dynamics/entraToken.ts';
import type { ReadSecret } from '../dynamics/entraToken.ts';
import { TokenCache } from '../dynamics/tokenCache.ts';
import type { HttpClient } from '../http/httpClient.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import type { Clock } from '../runtime/ports.ts';
import type { SupplyChainSettings } from '../settings/environmentSettings.ts';
import { DynamicsRequests } from './dynamicsRequests.ts';
import { enqueue } from './enqueue.ts';
import type { EnqueueContext } from './enqueue.ts';
import { readImportStatus } from './importStatus.ts';
import { readJournals, readLinesById, readLinesOfJournal } from './readBack.ts';
import type { ImportStatus, ReadBackJournal, ReadBackLine, SendAnswer, SupplyChain } from './supplyChain.ts';

export interface SupplyChainOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly settings: SupplyChainSettings;
  readonly readSecret: ReadSecret;
  /** Milliseconds for one token request. Default 15,000. */
  readonly tokenTimeoutMs?: number;
  /** Milliseconds for one question. Default 60,000: the first OData call after a restart of SCM is slow. */
  readonly callTimeoutMs?: number;
  /** Milliseconds for sending one data package. Default 120,000. */
  readonly sendTimeoutMs?: number;
}

/** One per environment and version of its settings: it keeps the environment's token. */
export class SupplyChainClient implements SupplyChain {
  readonly address: string;
  readonly #context: EnqueueContext;
  readonly #sendTimeoutMs: number;
  readonly #tokens: TokenCache;
  readonly #requests: DynamicsRequests;

  constructor(options: SupplyChainOptions) {
    const { http, clock, settings, readSecret } = options;
    const { url, authority, credential } = settings;
    this.address = `${url}/api/connector/enqueue/${encodeURIComponent(settings.activityId)}`;
    this.#sendTimeoutMs = options.sendTimeoutMs ?? 120_000;
    this.#tokens = new TokenCache(
      entraTokenSource({
        http,
        clock,
        authority,
        credential,
        scope: `${url}/.default`,
        readSecret,
        timeoutMs: options.tokenTimeoutMs ?? 15_000,
      }),
      clock,
    );
    this.#context = { http, clock, onUnauthorized: (token) => this.#tokens.invalidate(token) };
    this.#requests = new DynamicsRequests({
      ...this.#context,
      url,
      timeoutMs: options.callTimeoutMs ?? 60_000,
    });
  }

  token(): Promise<AccessToken> {
    return this.#tokens.token();
  }

  send(token: AccessToken, company: string, submissionId: string, zip: Uint8Array): Promise<SendAnswer> {
    return enqueue(this.#context, token, {
      address: this.address,
      company,
      externalIdentifier: submissionId,
      zip,
      timeoutMs: this.#sendTimeoutMs,
    });
  }

  importStatus(token: AccessToken, messageId: string): Promise<ImportStatus> {
    return readImportStatus(this.#requests, token, messageId);
  }

  linesOfJournal(token: AccessToken, company: string, journalNumber: string): Promise<ReadBackLine[]> {
    return readLinesOfJournal(this.#requests, token, company, journalNumber);
  }

  linesById(token: AccessToken, company: string, ids: readonly string[]): Promise<ReadBackLine[]> {
    return readLinesById(this.#requests, token, company, ids);
  }

  journals(
    token: AccessToken,
    company: string,
    journalNumbers: readonly string[],
  ): Promise<ReadBackJournal[]> {
    return readJournals(this.#requests, token, company, journalNumbers);
  }
}
