/**
 * The client credentials grant. Sources: v2-oauth2-client-creds-grant-flow.md (parameters, answer, error shape) and
 * reference-error-codes.md (AADSTS numbers).
 */
import { timingSafeEqual, createHash } from 'node:crypto';

/** An app registration. */
export interface RegisteredClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** App roles granted on the APIs of `apiAudiences`. */
  readonly roles?: readonly string[];
  /** Object id of the service principal; default: made from the client id. */
  readonly objectId?: string;
}

/** An error as the token endpoint answers it. */
export class GrantError extends Error {
  readonly status: number;
  readonly error: string;
  readonly code: number;
  constructor(status: number, error: string, code: number, text: string) {
    super(`AADSTS${code}: ${text}`);
    this.name = 'GrantError';
    this.status = status;
    this.error = error;
    this.code = code;
  }
}

export interface Grant {
  readonly client: RegisteredClient;
  readonly audience: string;
}

/**
 * @param resources resource (scope without `/.default`) → audience of its tokens
 * @throws GrantError
 */
export function decideGrant(
  form: URLSearchParams,
  clients: readonly RegisteredClient[],
  resources: ReadonlyMap<string, string>,
): Grant {
  const required = (name: string): string => {
    const value = form.get(name);
    if (value !== null && value !== '') return value;
    throw new GrantError(
      400,
      'invalid_request',
      900144,
      `The request body must contain the following parameter: '${name}'.`,
    );
  };
  const grantType = required('grant_type');
  if (grantType !== 'client_credentials') {
    throw new GrantError(
      400,
      'unsupported_grant_type',
      70003,
      `The grant type '${grantType}' is not supported.`,
    );
  }
  const clientId = required('client_id');
  const scope = required('scope');
  const client = clients.find((known) => known.clientId.toLowerCase() === clientId.toLowerCase());
  if (!client) {
    throw new GrantError(
      400,
      'unauthorized_client',
      700016,
      `Application with identifier '${clientId}' was not found in the directory.`,
    );
  }
  const secret = form.get('client_secret');
  if (secret === null) {
    throw new GrantError(
      401,
      'invalid_client',
      7000218,
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    );
  }
  if (!sameText(secret, client.clientSecret)) {
    throw new GrantError(
      401,
      'invalid_client',
      7000215,
      `Invalid client secret provided. Ensure the secret being sent is the client secret value, for app '${clientId}'.`,
    );
  }
  if (!scope.endsWith('/.default')) {
    throw new GrantError(
      400,
      'invalid_scope',
      70011,
      `The scope '${scope}' is not valid; it must end in /.default.`,
    );
  }
  const resource = scope.slice(0, -'/.default'.length);
  const audience = resources.get(resource);
  if (audience === undefined) {
    throw new GrantError(
      400,
      'invalid_resource',
      500011,
      `The resource principal named ${resource} was not found in the tenant.`,
    );
  }
  return { client, audience };
}

/** Compares in the same time whatever differs. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
