/**
 * The Inventory Visibility service: routes, tokens, versions. Source: inventory-visibility-api.md.
 * A request needs a token of the security service (an Entra token is answered 401, as the 401 guide of Microsoft's
 * examples says) that was issued for the environment in the path.
 */
import type { TokenAuthority } from '../entra/tokens.ts';
import { bearerToken, Refusal } from '../http/exchange.ts';
import type { Exchange, Reply, Service } from '../http/exchange.ts';
import type { Faults } from '../http/faults.ts';
import { postedJson } from '../http/jsonBody.ts';
import type { World } from '../state/world.ts';
import type { DataSource } from './baseDimensions.ts';
import { runIndexQuery } from './indexQuery.ts';
import { decideBulk } from './onHandBulk.ts';
import { INVENTORY_VISIBILITY_AUDIENCE } from './securityService.ts';

export interface InventoryVisibilitySetUp {
  readonly environmentId: string;
  readonly dataSources: readonly DataSource[] | undefined;
  readonly authority: TokenAuthority;
  readonly world: World;
  readonly faults: Faults;
  readonly now: () => number;
}

export class InventoryVisibilityService implements Service {
  readonly name = 'iv';
  readonly maxBodyBytes = 4 * 1024 * 1024;
  readonly #setUp: InventoryVisibilitySetUp;

  constructor(setUp: InventoryVisibilitySetUp) {
    this.#setUp = setUp;
  }

  async handle(exchange: Exchange): Promise<Reply> {
    if (exchange.path === '/health/ping') return { status: 200, json: 'Healthy' };
    const claims = await this.#setUp.authority.verify(
      bearerToken(exchange.headers),
      INVENTORY_VISIBILITY_AUDIENCE,
    );
    const match = /^\/api\/environment\/([^/]+)\/(.+)$/.exec(exchange.path);
    const [, environment = '', operation = ''] = match ?? [];
    if (environment.toLowerCase() !== this.#setUp.environmentId.toLowerCase()) {
      throw new Refusal(404, `There is no environment "${environment}".`);
    }
    if (String(claims['context']).toLowerCase() !== environment.toLowerCase()) {
      throw new Refusal(403, `The token was issued for environment "${String(claims['context'])}".`);
    }
    const version = exchange.headers['api-version'];
    if (version !== undefined && version !== '1.0') {
      throw new Refusal(400, `Api-Version "${String(version)}" is not supported; use "1.0".`);
    }
    switch (operation.toLowerCase()) {
      case 'onhand/bulk':
        return this.#bulk(postedJson(exchange));
      case 'onhand/indexquery': {
        const { world, dataSources } = this.#setUp;
        return { status: 200, json: runIndexQuery(postedJson(exchange), world.onHand, dataSources) };
      }
      default:
        throw new Refusal(404, `There is no operation "${operation}".`);
    }
  }

  errorReply(status: number, message: string): Reply {
    return { status, json: { statusCode: status, message } };
  }

  #bulk(body: unknown): Reply {
    const { world, faults, dataSources, now } = this.#setUp;
    const at = now();
    const { counted, results } = decideBulk(body, world.onHand, at, dataSources, faults);
    if (counted.length > 0) world.commit({ kind: 'events', at, events: counted });
    return { status: 200, json: results };
  }
}
