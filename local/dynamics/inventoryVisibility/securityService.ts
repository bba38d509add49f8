/**
 * The security service, which exchanges an Entra token for one that Inventory Visibility takes.
 * Source: inventory-visibility-api.md, "Authentication". Keys of the body are read without regard to case, and the
 * Api-Version header may be missing, as Microsoft's own tests have it.
 */
import type { TokenAuthority } from '../entra/tokens.ts';
import { isObject, property } from '../exactJson.ts';
import { Refusal } from '../http/exchange.ts';
import type { Exchange, Reply, Service } from '../http/exchange.ts';
import { postedJson } from '../http/jsonBody.ts';

/** App id of the Inventory Visibility service in Entra. */
export const INVENTORY_VISIBILITY_APP_ID = '0cdb527f-a8d1-4bf8-9436-b352c68682b2';

/** Audience of the exchanged token. */
export const INVENTORY_VISIBILITY_AUDIENCE = 'https://inventoryservice.operations365.dynamics.com';

export interface SecuritySetUp {
  readonly environmentId: string;
  readonly entra: TokenAuthority;
  readonly authority: TokenAuthority;
  readonly lifetimeSeconds: number;
}

export class SecurityService implements Service {
  readonly name = 'security';
  readonly maxBodyBytes = 64 * 1024;
  readonly #setUp: SecuritySetUp;

  constructor(setUp: SecuritySetUp) {
    this.#setUp = setUp;
  }

  async handle(exchange: Exchange): Promise<Reply> {
    const { environmentId, entra, authority, lifetimeSeconds } = this.#setUp;
    if (exchange.path !== '/token') throw new Refusal(404, `There is nothing at "${exchange.path}".`);
    const body = postedJson(exchange);
    if (!isObject(body)) throw new Refusal(400, 'The body is not a JSON object.');
    const field = (name: string, expected?: string): string => {
      const value = property(body, name);
      if (typeof value !== 'string') throw new Refusal(400, `${name} is missing or not a string.`);
      if (expected !== undefined && value !== expected) {
        throw new Refusal(400, `${name} "${value}" is not supported; use "${expected}".`);
      }
      return value;
    };
    field('grant_type', 'client_credentials');
    field('client_assertion_type', 'aad_app');
    field('scope', `${INVENTORY_VISIBILITY_AUDIENCE}/.default`);
    field('context_type', 'finops-env');
    const context = field('context');
    const claims = await entra.verify(field('client_assertion'), INVENTORY_VISIBILITY_APP_ID);
    if (context.toLowerCase() !== environmentId.toLowerCase()) {
      throw new Refusal(403, `The application has no access to environment "${context}".`);
    }
    const token = await authority.sign(INVENTORY_VISIBILITY_AUDIENCE, lifetimeSeconds, {
      appid: claims['appid'],
      tid: claims['tid'],
      context: environmentId,
      contexttype: 'finops-env',
    });
    return { status: 200, json: { access_token: token, token_type: 'bearer', expires_in: lifetimeSeconds } };
  }

  errorReply(status: number, message: string): Reply {
    return { status, json: { statusCode: status, message } };
  }
}
