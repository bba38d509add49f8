/** Whether the tokens can be had that everything else needs. */
import { entraTokenSource } from '../dynamics/entraToken.ts';
import type { ReadSecret } from '../dynamics/entraToken.ts';
import { INVENTORY_VISIBILITY_SCOPE, securityServiceTokenSource } from '../dynamics/securityServiceToken.ts';
import { TokenCache } from '../dynamics/tokenCache.ts';
import type { HttpClient } from '../http/httpClient.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import type { Clock } from '../runtime/ports.ts';
import type { DynamicsCredential, EnvironmentSettings } from '../settings/environmentSettings.ts';
import { found, notMade, passed } from './check.ts';
import type { Check, CheckCode } from './check.ts';

export interface SignInParts {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly settings: EnvironmentSettings;
  readonly readSecret: ReadSecret;
  /** Milliseconds for one token request. */
  readonly timeoutMs: number;
}

export interface SignIn {
  readonly checks: readonly Check[];
  /** Undefined where it could not be had. */
  readonly inventoryVisibility: AccessToken | undefined;
  readonly supplyChain: AccessToken | undefined;
  /** Everything that must not appear in a report. */
  readonly secrets: readonly string[];
}

/** Never throws: a token that cannot be had is a failed check, in the words of the client that the product uses. */
export async function signIn(parts: SignInParts): Promise<SignIn> {
  const [inventoryVisibility, supplyChain] = await Promise.all([
    toInventoryVisibility(parts),
    toSupplyChain(parts),
  ]);
  const { settings, readSecret } = parts;
  const credentials = [settings.inventoryVisibility.credential, settings.supplyChain.credential];
  return {
    checks: [...inventoryVisibility.checks, ...supplyChain.checks],
    inventoryVisibility: inventoryVisibility.token,
    supplyChain: supplyChain.token,
    secrets: [
      ...credentials.map((credential) =>
        credential.kind === 'clientSecret' ? readSecret(credential.secretSetting) : undefined,
      ),
      ...inventoryVisibility.tokens,
      ...supplyChain.tokens,
    ].filter((secret) => secret !== undefined),
  };
}

interface Outcome {
  readonly checks: readonly Check[];
  readonly token: AccessToken | undefined;
  readonly tokens: readonly string[];
}

async function toInventoryVisibility({
  http,
  clock,
  settings,
  readSecret,
  timeoutMs,
}: SignInParts): Promise<Outcome> {
  const { environmentId } = settings;
  const { authority, credential, securityService, redirectHosts } = settings.inventoryVisibility;
  const entra = new TokenCache(
    entraTokenSource({
      http,
      clock,
      authority,
      credential,
      scope: INVENTORY_VISIBILITY_SCOPE,
      readSecret,
      timeoutMs,
    }),
    clock,
  );
  const first = await gained(
    'entraTokenForInventoryVisibility',
    `Entra token for Inventory Visibility, from ${authority}`,
    credential,
    () => entra.token(),
  );
  if (first.token === undefined) {
    const second = notMade('securityServiceToken', securityService, 'there is no Entra token to exchange');
    return { checks: [first.check, second], token: undefined, tokens: [] };
  }
  const exchange = securityServiceTokenSource({
    http,
    clock,
    endpoint: securityService,
    environmentId,
    entra,
    redirectHosts,
    timeoutMs,
  });
  const second = await gained(
    'securityServiceToken',
    `token for Inventory Visibility, from ${securityService}`,
    credential,
    () => exchange(),
  );
  return {
    checks: [first.check, second.check],
    token: second.token,
    tokens: [first.token.value, ...(second.token ? [second.token.value] : [])],
  };
}

async function toSupplyChain({
  http,
  clock,
  settings,
  readSecret,
  timeoutMs,
}: SignInParts): Promise<Outcome> {
  const { authority, credential, url } = settings.supplyChain;
  const scope = `${url}/.default`;
  const source = entraTokenSource({ http, clock, authority, credential, scope, readSecret, timeoutMs });
  const { check, token } = await gained(
    'entraTokenForSupplyChain',
    `Entra token for Supply Chain Management, from ${authority}`,
    credential,
    () => source(),
  );
  return { checks: [check], token, tokens: token ? [token.value] : [] };
}

async function gained(
  code: CheckCode,
  subject: string,
  credential: DynamicsCredential,
  get: () => Promise<AccessToken>,
): Promise<{ readonly check: Check; readonly token?: AccessToken }> {
  const who =
    credential.kind === 'clientSecret' ? `application ${credential.clientId}` : 'the managed identity';
  try {
    const token = await get();
    return { check: passed(code, subject, `given to ${who}`), token };
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    return { check: found('fail', code, subject, seen, SIGN_IN_REMEDIES[credential.kind]) };
  }
}

const SIGN_IN_REMEDIES: Readonly<Record<DynamicsCredential['kind'], string>> = {
  clientSecret:
    'check tenant, application and authority of the settings, the app setting that holds the secret, and that the application is registered for this environment',
  managedIdentity:
    'assign the identity to this app, and register its client id as an application in Dynamics',
};
