/** Microsoft Entra access tokens for a Dynamics service: client credentials, or the managed identity of the host. */
import type { HttpClient } from '../http/httpClient.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { withDeadline } from '../runtime/deadline.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import type { Clock } from '../runtime/ports.ts';
import type { DynamicsCredential } from '../settings/environmentSettings.ts';
import { MAX_TOKEN_ANSWER_BYTES, tokenFromAnswer, tokenRefused } from './tokenAnswer.ts';
import type { TokenSource } from './tokenCache.ts';

const DEPENDENCY = 'Microsoft Entra ID';
const MANAGED_IDENTITY = 'Managed identity';

/** The value of an app setting, or undefined when there is none. */
export type ReadSecret = (settingName: string) => string | undefined;

export interface EntraTokenOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  /** E.g. `https://login.microsoftonline.com`. */
  readonly authority: string;
  readonly credential: DynamicsCredential;
  /** E.g. `https://contoso.operations.dynamics.com/.default`. */
  readonly scope: string;
  readonly readSecret: ReadSecret;
  /** Milliseconds for one request. */
  readonly timeoutMs: number;
}

/** Where tokens for `scope` come from. Each call fetches a new one; put a TokenCache before it. */
export function entraTokenSource(options: EntraTokenOptions): TokenSource {
  const { credential } = options;
  return credential.kind === 'managedIdentity'
    ? (rejected) => managedIdentityToken(credential.clientId, options, rejected)
    : () => clientCredentialsToken(credential, options);
}

/** RFC 6749 §4.4 at Entra's v2.0 endpoint. */
async function clientCredentialsToken(
  credential: Extract<DynamicsCredential, { kind: 'clientSecret' }>,
  { http, clock, authority, scope, readSecret, timeoutMs }: EntraTokenOptions,
): Promise<AccessToken> {
  const secret = readSecret(credential.secretSetting);
  if (!secret) {
    throw new DependencyError(
      DEPENDENCY,
      `the app setting ${credential.secretSetting} is empty; put the client secret of application ${credential.clientId} there`,
    );
  }
  const form = new URLSearchParams({
    client_id: credential.clientId,
    client_secret: secret,
    grant_type: 'client_credentials',
    scope,
  });
  const url = `${authority}/${encodeURIComponent(credential.tenantId)}/oauth2/v2.0/token`;
  const answer = await http
    .send({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: form.toString(),
      timeoutMs,
      maxResponseBytes: MAX_TOKEN_ANSWER_BYTES,
    })
    .catch((error: unknown) => {
      throw new DependencyError(DEPENDENCY, `cannot be reached: ${messageOf(error)}`, { cause: error });
    });
  if (answer.status === 200) return tokenFromAnswer(DEPENDENCY, answer, clock.now());
  throw tokenRefused(DEPENDENCY, answer, remedyFor(answer.status, credential), clock.now());
}

function remedyFor(
  status: number,
  credential: Extract<DynamicsCredential, { kind: 'clientSecret' }>,
): string {
  if (status === 429 || status >= 500) return 'try again later';
  if (status === 404) return `check the authority and the tenant ${credential.tenantId} of the settings`;
  return `check tenant ${credential.tenantId}, application ${credential.clientId} and that the app setting ${credential.secretSetting} holds a secret value (not its id) that has not expired`;
}

/** The SDKs are loaded only where an identity is used: they are large, and a laptop has none. */
async function managedIdentityToken(
  clientId: string | undefined,
  { clock, scope, timeoutMs }: EntraTokenOptions,
  rejected: AccessToken | undefined,
): Promise<AccessToken> {
  try {
    // The SDK repeats failed requests on its own; the deadline is for all of them.
    return await withDeadline(
      clock,
      timeoutMs,
      () => askIdentity(clientId, scope, rejected),
      () => new Error(`no answer within ${timeoutMs} ms`),
    );
  } catch (error) {
    const who = clientId ? `the user-assigned identity ${clientId}` : 'the system-assigned identity';
    throw new DependencyError(
      MANAGED_IDENTITY,
      `gave no token for ${scope}; check that ${who} exists and is assigned to this app`,
      { cause: error },
    );
  }
}

/**
 * The SDK keeps tokens of its own, for the whole process, and cannot be told that one was rejected. MSAL beneath it
 * can, and stores what it gets where the SDK finds it. (The host's identity endpoint may keep a token as well; nothing
 * but time helps against that.)
 */
async function askIdentity(
  clientId: string | undefined,
  scope: string,
  rejected: AccessToken | undefined,
): Promise<AccessToken> {
  const { ManagedIdentityCredential } = await import('@azure/identity');
  const credential = clientId ? new ManagedIdentityCredential({ clientId }) : new ManagedIdentityCredential();
  const { token, expiresOnTimestamp } = await credential.getToken(scope);
  if (token !== rejected?.value) return { value: token, expiresAt: expiresOnTimestamp };
  const { ManagedIdentityApplication } = await import('@azure/msal-node');
  const application = new ManagedIdentityApplication(
    clientId ? { managedIdentityIdParams: { userAssignedClientId: clientId } } : {},
  );
  const { accessToken, expiresOn } = await application.acquireToken({
    resource: scope.replace(/\/\.default$/, ''),
    forceRefresh: true,
  });
  if (!expiresOn) throw new Error('the new token names no expiry');
  return { value: accessToken, expiresAt: expiresOn.getTime() };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
