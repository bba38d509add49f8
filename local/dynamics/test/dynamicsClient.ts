/** Speaks to the simulator over a real socket, as the public documentation says and with nothing of the product. */
import { parseExactJson } from '../exactJson.ts';
import { DEFAULTS } from '../dynamicsOptions.ts';

export const CLIENT = {
  clientId: '33333333-3333-4333-8333-333333333333',
  clientSecret: 'a secret of the tests',
};

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON, numbers as floats. */
  readonly json: unknown;
  /** The body as JSON, numbers as they were written. */
  readonly exact: unknown;
}

export interface EventBody {
  readonly id: string;
  readonly organizationId?: string;
  readonly productId?: string;
  readonly dimensionDataSource?: string;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly quantities?: unknown;
}

export async function call(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder().decode(bytes);
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? JSON.parse(text) : undefined,
    exact: isJson ? parseExactJson(bytes) : undefined,
  };
}

export class DynamicsClient {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  requestToken(form: Record<string, string>): Promise<Answer> {
    return call(`${this.url}/entra/${DEFAULTS.tenantId}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
  }

  async entraToken(resource: string): Promise<string> {
    const answer = await this.requestToken({
      client_id: CLIENT.clientId,
      client_secret: CLIENT.clientSecret,
      grant_type: 'client_credentials',
      scope: `${resource}/.default`,
    });
    return (answer.json as { access_token: string }).access_token;
  }

  exchange(assertion: string, changes: Record<string, string> = {}): Promise<Answer> {
    return call(`${this.url}/securityservice/token`, {
      method: 'POST',
      headers: { 'Api-Version': '1.0', 'Content-Type': 'application/json' },
      body: JSON.stringify({
        grant_type: 'client_credentials',
        client_assertion_type: 'aad_app',
        client_assertion: assertion,
        scope: 'https://inventoryservice.operations365.dynamics.com/.default',
        context: DEFAULTS.environmentId,
        context_type: 'finops-env',
        ...changes,
      }),
    });
  }

  async ivToken(): Promise<string> {
    const answer = await this.exchange(await this.entraToken('0cdb527f-a8d1-4bf8-9436-b352c68682b2'));
    return (answer.json as { access_token: string }).access_token;
  }

  scmToken(): Promise<string> {
    return this.entraToken(`${this.url}/scm`);
  }

  /** `body` as text, so that a test decides every character of it. */
  async postIv(operation: string, body: string, token?: string): Promise<Answer> {
    return call(`${this.url}/iv/api/environment/${DEFAULTS.environmentId}/${operation}`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${token ?? (await this.ivToken())}`,
        'Api-Version': '1.0',
        'Content-Type': 'application/json',
      },
      body,
    });
  }

  postEvents(events: readonly EventBody[]): Promise<Answer> {
    const complete = events.map((event) => ({
      organizationId: 'usmf',
      productId: 'D0001',
      dimensions: { siteId: '1', locationId: '13' },
      ...event,
    }));
    return this.postIv('onhand/bulk', JSON.stringify(complete));
  }

  async enqueue(zip: Uint8Array<ArrayBuffer>, company = 'USMF', externalId = 'package-1'): Promise<Answer> {
    return call(`${this.url}/scm/api/connector/enqueue/${DEFAULTS.activityId}?company=${company}`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${await this.scmToken()}`,
        'Content-Type': 'application/zip',
        'x-ms-dyn-externalidentifier': externalId,
      },
      body: zip,
    });
  }

  async action(name: string, parameters: Record<string, string | boolean>): Promise<Answer> {
    return call(
      `${this.url}/scm/data/DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities.${name}`,
      {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${await this.scmToken()}`,
          'Content-Type': 'application/json',
        },
        body: JSON.stringify(parameters),
      },
    );
  }

  async actionValue(name: string, parameters: Record<string, string | boolean>): Promise<string> {
    return ((await this.action(name, parameters)).json as { value: string }).value;
  }

  async read(resource: string, query: Record<string, string> = {}): Promise<Answer> {
    const search = new URLSearchParams({ 'cross-company': 'true', ...query });
    return this.readUrl(`${this.url}/scm/data/${resource}?${search.toString()}`);
  }

  async readUrl(url: string): Promise<Answer> {
    return call(url, { headers: { Authorization: `Bearer ${await this.scmToken()}` } });
  }

  async rows(entitySet: string, query: Record<string, string> = {}): Promise<Record<string, unknown>[]> {
    return ((await this.read(entitySet, query)).json as { value: Record<string, unknown>[] }).value;
  }

  /** An address to upload a package to: GetAzureWriteUrl answers JSON inside a string. */
  async writeUrl(uniqueFileName: string): Promise<string> {
    const value = await this.actionValue('GetAzureWriteUrl', { uniqueFileName });
    return (JSON.parse(value) as { BlobUrl: string }).BlobUrl;
  }

  upload(url: string, body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Answer> {
    return call(url, { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob', ...headers }, body });
  }

  /** Uploads a package and hands it over; nothing is imported before the batch runs. */
  async importFromPackage(
    zip: Uint8Array<ArrayBuffer>,
    executionId: string,
    changes: Record<string, string | boolean> = {},
    action = 'ImportFromPackage',
  ): Promise<Answer> {
    const packageUrl = await this.writeUrl(`${executionId}.zip`);
    await this.upload(packageUrl, zip);
    return this.action(action, {
      packageUrl,
      definitionGroupId: 'Adjustments',
      executionId,
      execute: true,
      overwrite: true,
      legalEntityId: 'USMF',
      ...changes,
    });
  }

  async change(method: 'POST' | 'PATCH', resource: string, body: unknown): Promise<Answer> {
    return call(`${this.url}/scm/data/${resource}?cross-company=true`, {
      method,
      headers: { Authorization: `Bearer ${await this.scmToken()}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  /** Enqueues, imports, and gives the message's id. */
  async importNow(zip: Uint8Array<ArrayBuffer>, company = 'USMF'): Promise<string> {
    const messageId = (await this.enqueue(zip, company)).json as string;
    await this.control('POST', 'import/run');
    return messageId;
  }

  control(method: string, path: string, body?: unknown): Promise<Answer> {
    return call(`${this.url}/control/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async totals(): Promise<{
    inventoryVisibility: { dataSource: string; physicalMeasure: string; applied: string; onHand: string }[];
    supplyChain: { quantity: string; postedQuantity: string; lines: number; postedLines: number }[];
  }> {
    return (await this.control('GET', 'totals')).json as Awaited<ReturnType<DynamicsClient['totals']>>;
  }

  /** On-hand by `dataSource.measure`, over all places. One place per measure is expected. */
  async onHand(): Promise<Record<string, string>> {
    const { inventoryVisibility } = await this.totals();
    return Object.fromEntries(
      inventoryVisibility.map((row) => [`${row.dataSource}.${row.physicalMeasure}`, row.onHand]),
    );
  }
}
