/**
 * Supply Chain Management over HTTP: the recurring-integration endpoints and OData.
 * Sources: recurring-integrations.md (enqueue), data-management-api.md (actions), odata.md.
 */
import { randomUUID } from 'node:crypto';
import type { TokenAuthority } from '../entra/tokens.ts';
import { bearerToken, Refusal } from '../http/exchange.ts';
import type { Exchange, Reply, Service } from '../http/exchange.ts';
import { postedJson } from '../http/jsonBody.ts';
import type { World } from '../state/world.ts';
import type { Message } from './erp.ts';
import { jobStatus, runAction } from './messageStatus.ts';
import { readEntities } from './odata/query.ts';

const ACTION = /^DataManagementDefinitionGroups\/Microsoft\.Dynamics\.DataEntities\.(\w+)$/;

export interface SupplyChainSetUp {
  /** `…/scm`: the address, and the audience of its tokens. */
  readonly url: string;
  readonly authority: TokenAuthority;
  readonly world: World;
  /** Legal entities, the default company of the integration user first. */
  readonly companies: readonly string[];
  readonly activityId: string;
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
    const { authority, url, world } = this.#setUp;
    await authority.verify(bearerToken(exchange.headers), url);
    const [, area = '', rest = ''] = /^\/(api\/connector|data)\/(.+)$/.exec(exchange.path) ?? [];
    if (area === 'data') return this.#data(decoded(rest), exchange);
    const [operation = '', activityId = ''] = rest.split('/');
    if (operation === 'enqueue' && exchange.method === 'POST') return this.#enqueue(activityId, exchange);
    if (operation === 'jobstatus' && exchange.method === 'GET') {
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
    const { url, world, companies, pageSize } = this.#setUp;
    const action = ACTION.exec(resource)?.[1];
    if (action !== undefined) {
      const value = runAction(action, postedJson(exchange), world.erp);
      return { status: 200, json: { '@odata.context': `${url}/data/$metadata#Edm.String`, value } };
    }
    if (exchange.method !== 'GET')
      throw new Refusal(405, 'This entity can only be read here.', { Allow: 'GET' });
    const setUp = { url: `${url}/data`, defaultCompany: companies[0] ?? '', pageSize };
    return { status: 200, json: readEntities(resource, exchange.query, world.erp, setUp) };
  }

  #enqueue(activityId: string, exchange: Exchange): Reply {
    const { world, companies, now } = this.#setUp;
    if (activityId.toLowerCase() !== this.#setUp.activityId.toLowerCase()) {
      throw new Refusal(404, `There is no recurring data job with activity id "${activityId}".`);
    }
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
    return { status: 200, json: message.messageId };
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new Refusal(400, `"${path}" is not percent-encoded correctly.`);
  }
}
