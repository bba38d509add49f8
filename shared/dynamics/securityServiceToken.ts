/**
 * The second step of signing in to Inventory Visibility: its security service exchanges an Entra token for its own.
 * Source: "Inventory Visibility public APIs", section "Authentication".
 */
import type { HttpClient, OutboundRequest } from '../http/httpClient.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { DependencyError } from '../runtime/dependencyError.ts';
import type { Clock } from '../runtime/ports.ts';
import { MAX_TOKEN_ANSWER_BYTES, tokenFromAnswer, tokenRefused } from './tokenAnswer.ts';
import { sendFollowing } from './allowedRedirect.ts';
import type { TokenCache, TokenSource } from './tokenCache.ts';

const DEPENDENCY = 'Inventory Visibility security service';

/** Scope of the Entra token that the security service takes (application id of Inventory Visibility). */
export const INVENTORY_VISIBILITY_SCOPE = '0cdb527f-a8d1-4bf8-9436-b352c68682b2/.default';

const EXCHANGE_SCOPE = 'https://inventoryservice.operations365.dynamics.com/.default';

export interface SecurityServiceOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  /** Its token endpoint, e.g. `https://securityservice.operations365.dynamics.com/token`. */
  readonly endpoint: string;
  /** Environment id of Supply Chain Management. */
  readonly environmentId: string;
  /** Entra tokens for INVENTORY_VISIBILITY_SCOPE. */
  readonly entra: TokenCache;
  /** Hosts that the exchange may be redirected to; see {@link sendFollowing}. */
  readonly redirectHosts: readonly string[];
  /** Milliseconds for the exchange. */
  readonly timeoutMs: number;
}

/** Where tokens for Inventory Visibility come from. Each call fetches a new one; put a TokenCache before it. */
export function securityServiceTokenSource(options: SecurityServiceOptions): TokenSource {
  return () => exchange(options);
}

async function exchange(options: SecurityServiceOptions): Promise<AccessToken> {
  const { http, clock, endpoint, environmentId, entra, redirectHosts: hosts, timeoutMs } = options;
  const assertion = await entra.token();
  const request: OutboundRequest = {
    method: 'POST',
    url: endpoint,
    headers: { 'api-version': '1.0', 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({
      grant_type: 'client_credentials',
      client_assertion_type: 'aad_app',
      client_assertion: assertion.value,
      scope: EXCHANGE_SCOPE,
      context: environmentId,
      context_type: 'finops-env',
    }),
    timeoutMs,
    maxResponseBytes: MAX_TOKEN_ANSWER_BYTES,
  };
  const answer = await sendFollowing({ http, clock, hosts }, request).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DependencyError(DEPENDENCY, `cannot be reached: ${reason}`, { cause: error });
  });
  if (answer.status === 200) return tokenFromAnswer(DEPENDENCY, answer, clock.now());
  if (answer.status === 401) entra.invalidate(assertion);
  throw tokenRefused(DEPENDENCY, answer, remedyFor(answer.status, environmentId), clock.now());
}

function remedyFor(status: number, environmentId: string): string {
  if (status === 429 || status >= 500) return 'try again later';
  if (status >= 300 && status < 400) {
    return 'it redirects to nowhere; check inventoryVisibility.securityService in the settings';
  }
  return `check that the application is registered for environment ${environmentId} in the Inventory Visibility add-in, and for no other environment`;
}
