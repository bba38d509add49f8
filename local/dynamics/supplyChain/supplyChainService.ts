/**
 * Supply Chain Management over HTTP: the recurring-integration endpoints and OData.
 * Sources: recurring-integrations.md (enqueue, authorization policy), data-management-api.md (actions), odata.md.
 */
import { randomUUID } from 'node:crypto';
import type { JWTPayload } from 'jose';
import type { SharedAccess } from '../blob/sharedAccess.ts';
import type { TokenAuthority } from '../entra/tokens.ts';
import { bearerToken, Refusal } from '../http/exchange.ts';
import type { Exchange, Reply, Service } from '../http/exchange.ts';
import type { Faults } from '../http/faults.ts';
import { jsonBody, postedJson } from '../http/jsonBody.ts';
import type { World } from '../state/world.ts';
import { runAction } from './dataManagementActions.ts';
import type { ImportFromPackageRules } from './importFromPackage.ts';
import type { Message } from './importRecords.ts';
import type { MasterData } from './masterData.ts';
import { jobStatus } from './messageStatus.ts';
import { metadataXml } from './odata/metadata.ts';
import { readEntities, readRow } from './odata/query.ts';
import { changeHeader, createEntity } from './odata/write.ts';

const ACTION = /^DataManagementDefinitionGroups\/Microsoft\.Dynamics\.DataEntities\.(\w+)$/;
/** As clients in public repositories call it. */
const VERSION_ACTION = 'DataManagementEntities/Microsoft.Dynamics.DataEntities.GetApplicationVersion';

export interface SupplyChainSetUp extends ImportFromPackageRules {
  /** `…/scm`: the address, and the audience of its tokens. */
  readonly url: string;
  readonly authority: TokenAuthority;
  readonly access: SharedAccess;
  readonly world: World;
  readonly faults: Faults;
  /** Legal entities, the default company of the integration user first. */
  readonly companies: readonly string[];
  readonly journalNames: readonly string[] | undefined;
  readonly defaultJournalName: string;
  readonly activityId: string;
  /** Client ids under Microsoft Entra ID applications; undefined: all. */
  readonly applications: readonly string[] | undefined;
  /** Client ids of the recurring job's authorization policy; undefined: all. */
  readonly jobApplications: readonly string[] | undefined;
  readonly masterData: MasterData;
  readonly applicationVersion: string;
  readonly withoutEntitySets: readonly string[];
  readonly pageSize: number;
  readonly now: () => number;
}

export class SupplyChainService implements Service {
  readonly name = 'scm';
  readonly maxBodyBytes = 64 * 1024 * 1024;
  readonly #setUp: SupplyChainSetUp;

  constructor(setUp: SupplyChainSetUp) {
    this.#setUp = setUp;
  }

  async handle(exchange: Exchange): Promise<Reply> {
    const { authority, url, world, applications, jobApplications } = this.#setUp;
    const claims = await authority.verify(bearerToken(exchange.headers), url);
    if (!listed(claims, applications)) {
      throw new Refusal(401, 'The application is not mapped to a user (Microsoft Entra ID applications).');
    }
    const [, area = '', rest = ''] = /^\/(api\/connector|data)\/(.+)$/.exec(exchange.path) ?? [];
    if (area === 'data') return this.#data(decoded(rest), exchange);
    const [operation = '', activityId = ''] = rest.split('/');
    if (area !== '' && !listed(claims, jobApplications)) {
      throw new Refusal(403, 'The application is not enabled on the authorization policy of the job.');
    }
    if (operation === 'enqueue' && exchange.method === 'POST') return this.#enqueue(activityId, exchange);
    if (operation === 'jobstatus' && exchange.method === 'GET') {
      this.#requireJob(activityId);
      return { status: 200, json: jobStatus(world.erp, activityId, exchange.query.get('jobId') ?? '') };
    }
    throw new Refusal(404, `No HTTP resource was found for ${exchange.method} "${exchange.path}".`);
  }

  errorReply(status: number, message: string): Reply {
    return {
      status,
      json: {
        error: {
          code: '',
          message: 'An error has occurred.',
          innererror: { message, type: '', stacktrace: '' },
        },
      },
    };
  }

  #data(resource: string, exchange: Exchange): Reply {
    const { url, world, companies, withoutEntitySets } = this.#setUp;
    if (resource === VERSION_ACTION && exchange.method === 'POST') {
      const value = this.#setUp.applicationVersion;
      return { status: 200, json: { '@odata.context': `${url}/data/$metadata#Edm.String`, value } };
    }
    const action = ACTION.exec(resource)?.[1];
    if (action !== undefined) {
      const value = runAction(action, postedJson(exchange), { ...this.#setUp, rules: this.#setUp });
      const type = typeof value === 'string' ? 'String' : 'Boolean';
      return { status: 200, json: { '@odata.context': `${url}/data/$metadata#Edm.${type}`, value } };
    }
    if (resource === '$metadata' && exchange.method === 'GET') {
      const bytes = Buffer.from(metadataXml(withoutEntitySets));
      return { status: 200, content: { type: 'application/xml', bytes } };
    }
    const setUp = {
      ...this.#setUp,
      url: `${url}/data`,
      defaultCompany: companies[0] ?? '',
    };
    switch (exchange.method) {
      case 'GET':
        return { status: 200, json: readEntities(resource, exchange.query, world.erp, setUp) };
      case 'POST': {
        const json = createEntity(resource, postedJson(exchange), this.#setUp);
        return { status: 201, headers: { 'OData-Version': '4.0' }, json };
      }
      case 'PATCH': {
        const { entitySet, row } = readRow(resource, exchange.query, world.erp, setUp);
        changeHeader(entitySet, row, jsonBody(exchange), this.#setUp);
        return { status: 204 };
      }
      default:
        throw new Refusal(405, `${exchange.method} is not supported here.`, { Allow: 'GET, POST, PATCH' });
    }
  }

  #requireJob(activityId: string): void {
    if (activityId.toLowerCase() !== this.#setUp.activityId.toLowerCase()) {
      throw new Refusal(404, `There is no recurring data job with activity id "${activityId}".`);
    }
  }

  #enqueue(activityId: string, exchange: Exchange): Reply {
    const { world, companies, now } = this.#setUp;
    this.#requireJob(activityId);
    const asked = exchange.query.get('company') ?? '';
    const company = companies.find((known) => known.toUpperCase() === asked.toUpperCase());
    if (company === undefined) {
      throw new Refusal(400, `Company "${asked}" does not exist; known are ${companies.join(', ')}.`);
    }
    if (exchange.body.length === 0) throw new Refusal(400, 'The body is empty; send the data package.');
    const external = exchange.headers['x-ms-dyn-externalidentifier'];
    const message: Message = {
      messageId: randomUUID(),
      activityId: this.#setUp.activityId,
      company,
      ...(typeof external === 'string' ? { externalIdentifier: external } : {}),
      status: 'Enqueued',
      enqueuedAt: now(),
      zip: Buffer.from(exchange.body).toString('base64'),
    };
    world.commit({ kind: 'erp', change: { messages: [message] } });
    const asObject = this.#setUp.faults.take('messageIdAsObject');
    return { status: 200, json: asObject ? { value: message.messageId } : message.messageId };
  }
}

function listed({ appid }: JWTPayload, applications: readonly string[] | undefined): boolean {
  return applications?.some((known) => known.toLowerCase() === String(appid).toLowerCase()) ?? true;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new Refusal(400, `"${path}" is not percent-encoded correctly.`);
  }
}
