/** Supply Chain Management of one environment, over HTTP. The settings choose how journals travel. */
import { entraTokenSource } from '../dynamics/entraToken.ts';
import type { ReadSecret } from '../dynamics/entraToken.ts';
import { QuietPeriod } from '../dynamics/quietPeriod.ts';
import { TokenCache } from '../dynamics/tokenCache.ts';
import type { HttpClient } from '../http/httpClient.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import type { Clock } from '../runtime/ports.ts';
import type { SupplyChainSettings } from '../settings/environmentSettings.ts';
import type { TableStore } from '../tables/tableStore.ts';
import { packageFormat } from './dataPackage/packageFormat.ts';
import { DynamicsRequests } from './dynamicsRequests.ts';
import { enqueue } from './enqueue.ts';
import { executionIdOf, importPackage, isExecutionId } from './importPackage.ts';
import type { ImportContext } from './importPackage.ts';
import { ImportSlot } from './importSlot.ts';
import { readExecution, readImportStatus } from './importStatus.ts';
import { genericJournals, openGenericJournals } from './genericHeaders.ts';
import { genericLinesOfJournal } from './genericLines.ts';
import { askForJournals, readJournals, readLinesById, readLinesOfJournal } from './readBack.ts';
import type {
  ImportStatus,
  JournalReference,
  OpenedJournal,
  ReadBackJournal,
  ReadBackLine,
  ScmJournal,
  SendAnswer,
  SupplyChain,
} from './supplyChain.ts';

export interface SupplyChainOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly settings: SupplyChainSettings;
  /** Where instances agree on whose import has a data project. */
  readonly tables: TableStore;
  readonly readSecret: ReadSecret;
  /** Milliseconds for one token request. Default 15,000. */
  readonly tokenTimeoutMs?: number;
  /** Milliseconds for one question. Default 60,000: the first OData call after a restart of SCM is slow. */
  readonly callTimeoutMs?: number;
  /**
   * Milliseconds for sending one data package. Default 120,000; for `ImportFromPackage`, which answers only once the
   * package is unpacked, 600,000.
   */
  readonly sendTimeoutMs?: number;
}

/** One per environment and version of its settings: it keeps the environment's token. */
export class SupplyChainClient implements SupplyChain {
  readonly address: string;
  readonly #context: ImportContext;
  readonly #settings: SupplyChainSettings;
  readonly #tokens: TokenCache;
  readonly #requests: DynamicsRequests;

  constructor(options: SupplyChainOptions) {
    const { http, clock, settings, tables, readSecret } = options;
    const { url, authority, credential, transport, activityId = '', dataProject, importAction } = settings;
    this.address =
      transport === 'recurring'
        ? `${url}/api/connector/enqueue/${encodeURIComponent(activityId)}`
        : `${url}/data/DataManagementDefinitionGroups('${encodeURIComponent(dataProject)}')`;
    this.#settings = settings;
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
    const onUnauthorized = (token: AccessToken): void => this.#tokens.invalidate(token);
    const timeoutMs = options.callTimeoutMs ?? 60_000;
    const quiet = new QuietPeriod(clock);
    this.#requests = new DynamicsRequests({ http, clock, quiet, onUnauthorized, url, timeoutMs });
    const waits = transport === 'package' && importAction === 'ImportFromPackage';
    this.#context = {
      http,
      clock,
      quiet,
      onUnauthorized,
      requests: this.#requests,
      slot: new ImportSlot(tables, clock, url, dataProject),
      ...labelsOf(settings),
      project: dataProject,
      action: importAction,
      slotHeldMs: settings.unknownOutcomeSeconds * 1000,
      timeoutMs: options.sendTimeoutMs ?? (waits ? 600_000 : 120_000),
    };
  }

  token(): Promise<AccessToken> {
    return this.#tokens.token();
  }

  send(token: AccessToken, company: string, submissionId: string, zip: Uint8Array): Promise<SendAnswer> {
    if (this.#settings.transport === 'package')
      return importPackage(this.#context, token, company, submissionId, zip);
    return enqueue(this.#context, token, {
      address: this.address,
      company,
      externalIdentifier: submissionId,
      zip,
      timeoutMs: this.#context.timeoutMs,
    });
  }

  async importStatus(token: AccessToken, messageId: string): Promise<ImportStatus> {
    if (!isExecutionId(messageId)) return readImportStatus(this.#context, token, messageId);
    const status = await readExecution(this.#context, token, messageId);
    // SCM took it, and has no record of it yet, or no longer.
    return status ?? { kind: 'pending', messageStatus: 'Unknown', executionId: messageId };
  }

  async findImport(token: AccessToken, submissionId: string): Promise<ImportStatus | undefined> {
    return this.#settings.transport === 'package'
      ? readExecution(this.#context, token, executionIdOf(submissionId))
      : undefined;
  }

  async openJournals(
    token: AccessToken,
    company: string,
    journals: readonly ScmJournal[],
  ): Promise<readonly OpenedJournal[]> {
    const { entityProfile, journalNumberFrom } = this.#settings;
    if (entityProfile === 'generic-v2')
      return openGenericJournals(this.#requests, token, company, journals, journalNumberFrom);
    const keys = journals.map(({ journalKey }) => journalKey);
    await askForJournals(this.#requests, token, company, keys);
    return journals;
  }

  linesOfJournal(token: AccessToken, company: string, journal: JournalReference): Promise<ReadBackLine[]> {
    return this.#settings.entityProfile === 'generic-v2'
      ? genericLinesOfJournal(this.#requests, token, company, journal)
      : readLinesOfJournal(this.#requests, token, company, journal.journalKey);
  }

  async linesById(token: AccessToken, company: string, ids: readonly string[]): Promise<ReadBackLine[]> {
    if (this.#settings.entityProfile === 'generic-v2') return [];
    return readLinesById(this.#requests, token, company, ids);
  }

  journals(
    token: AccessToken,
    company: string,
    journalNumbers: readonly string[],
  ): Promise<ReadBackJournal[]> {
    const read = this.#settings.entityProfile === 'generic-v2' ? genericJournals : readJournals;
    return read(this.#requests, token, company, journalNumbers);
  }
}

/** Labels of the entities that packages hold under the settings. */
function labelsOf(settings: SupplyChainSettings): Pick<ImportContext, 'entities' | 'lineEntity'> {
  const { headers, lines } = packageFormat(settings);
  return { entities: [...(headers ? [headers.label] : []), lines.label], lineEntity: lines.label };
}
