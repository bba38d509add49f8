/**
 * Microsoft Entra ID as far as an app of its own needs it: token endpoint, OpenID configuration, keys.
 * Source: v2-oauth2-client-creds-grant-flow.md, access-token-claims-reference.md, v2-protocols-oidc.md.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Exchange, Reply, Service } from '../http/exchange.ts';
import { Refusal } from '../http/exchange.ts';
import { decideGrant, GrantError } from './clientCredentials.ts';
import type { RegisteredClient } from './clientCredentials.ts';
import type { TokenAuthority } from './tokens.ts';

export interface EntraSetUp {
  /** `…/entra`, where this service is reached. */
  readonly url: string;
  readonly tenantId: string;
  readonly clients: readonly RegisteredClient[];
  /** Resource (scope without `/.default`) → audience. */
  readonly resources: ReadonlyMap<string, string>;
  /** Audiences whose tokens carry the client's roles. */
  readonly apiAudiences: readonly string[];
  readonly lifetimeSeconds: number;
  readonly authority: TokenAuthority;
  readonly now: () => number;
}

export class EntraService implements Service {
  readonly name = 'entra';
  readonly maxBodyBytes = 64 * 1024;
  readonly #setUp: EntraSetUp;

  constructor(setUp: EntraSetUp) {
    this.#setUp = setUp;
  }

  async handle(exchange: Exchange): Promise<Reply> {
    const [, tenant = '', ...rest] = exchange.path.split('/');
    if (tenant.toLowerCase() !== this.#setUp.tenantId.toLowerCase()) {
      return this.#grantError(
        new GrantError(400, 'invalid_request', 90002, `Tenant '${tenant}' not found. Check the tenant id.`),
      );
    }
    switch (rest.join('/')) {
      case 'oauth2/v2.0/token':
        return this.#token(exchange);
      case 'v2.0/.well-known/openid-configuration':
        return { status: 200, json: this.#configuration() };
      case 'discovery/v2.0/keys':
        return {
          status: 200,
          json: { keys: [{ ...this.#setUp.authority.publicJwk, issuer: this.#setUp.authority.issuer }] },
        };
      default:
        throw new Refusal(404, `There is nothing at "${exchange.path}".`);
    }
  }

  errorReply(status: number, message: string): Reply {
    const error = status >= 500 ? 'temporarily_unavailable' : 'invalid_request';
    return { status, json: { error, error_description: message } };
  }

  async #token(exchange: Exchange): Promise<Reply> {
    const { clients, resources, lifetimeSeconds, authority } = this.#setUp;
    try {
      if (exchange.method !== 'POST') {
        throw new GrantError(400, 'invalid_request', 900561, 'The endpoint only accepts POST requests.');
      }
      const contentType = exchange.headers['content-type'] ?? '';
      if (!contentType.toLowerCase().startsWith('application/x-www-form-urlencoded')) {
        throw new GrantError(
          400,
          'invalid_request',
          900144,
          "The request body must contain the following parameter: 'grant_type'; it is read as application/x-www-form-urlencoded.",
        );
      }
      const form = new URLSearchParams(Buffer.from(exchange.body).toString('utf8'));
      const { client, audience } = decideGrant(form, clients, resources);
      const token = await authority.sign(audience, lifetimeSeconds, this.#claims(client, audience));
      return {
        status: 200,
        headers: { 'Cache-Control': 'no-store, no-cache', Pragma: 'no-cache' },
        json: {
          token_type: 'Bearer',
          expires_in: lifetimeSeconds,
          ext_expires_in: lifetimeSeconds,
          access_token: token,
        },
      };
    } catch (error) {
      if (error instanceof GrantError) return this.#grantError(error);
      throw error;
    }
  }

  #claims(client: RegisteredClient, audience: string): Record<string, unknown> {
    const objectId = client.objectId ?? principalOf(client.clientId);
    const roles = this.#setUp.apiAudiences.includes(audience) ? (client.roles ?? []) : [];
    return {
      tid: this.#setUp.tenantId,
      appid: client.clientId,
      azp: client.clientId,
      azpacr: '1',
      oid: objectId,
      sub: objectId,
      idtyp: 'app',
      ...(roles.length > 0 ? { roles } : {}),
      uti: randomUUID(),
      ver: '2.0',
    };
  }

  #configuration(): Record<string, unknown> {
    const { url, tenantId, authority } = this.#setUp;
    return {
      issuer: authority.issuer,
      token_endpoint: `${url}/${tenantId}/oauth2/v2.0/token`,
      jwks_uri: `${url}/${tenantId}/discovery/v2.0/keys`,
      token_endpoint_auth_methods_supported: ['client_secret_post'],
      id_token_signing_alg_values_supported: ['RS256'],
      subject_types_supported: ['pairwise'],
      response_types_supported: ['token'],
    };
  }

  #grantError(error: GrantError): Reply {
    const timestamp = new Date(this.#setUp.now())
      .toISOString()
      .replace('T', ' ')
      .replace(/\.\d+Z$/, 'Z');
    const [trace, correlation] = [randomUUID(), randomUUID()];
    return {
      status: error.status,
      json: {
        error: error.error,
        error_description: `${error.message} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
        error_codes: [error.code],
        timestamp,
        trace_id: trace,
        correlation_id: correlation,
        error_uri: `https://login.microsoftonline.com/error?code=${error.code}`,
      },
    };
  }
}

/** A stable object id for an app registration that names none. */
function principalOf(clientId: string): string {
  const hex = createHash('sha256').update(`principal ${clientId.toLowerCase()}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
