/** One on-hand query to Inventory Visibility, with its answer as it came. It changes nothing. */
import { sendFollowing } from '../dynamics/allowedRedirect.ts';
import type { HttpClient, OutboundResponse } from '../http/httpClient.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { onHandQueryBody } from '../inventoryVisibility/onHandQuery.ts';
import type { OnHandQuery } from '../inventoryVisibility/onHandQuery.ts';
import type { Clock } from '../runtime/ports.ts';
import type { EnvironmentSettings } from '../settings/environmentSettings.ts';

const MAX_ANSWER_BYTES = 1024 * 1024;

export interface OnHandCall {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly settings: EnvironmentSettings;
  readonly token: AccessToken;
  /** Milliseconds. */
  readonly timeoutMs: number;
}

/** @throws HttpFailure */
export function callOnHand(
  { http, clock, settings, token, timeoutMs }: OnHandCall,
  query: OnHandQuery,
): Promise<OutboundResponse> {
  const { endpoint, redirectHosts } = settings.inventoryVisibility;
  return sendFollowing(
    { http, clock, hosts: redirectHosts },
    {
      method: 'POST',
      url: `${endpoint}/api/environment/${encodeURIComponent(settings.environmentId)}/onhand/indexquery`,
      headers: {
        authorization: `Bearer ${token.value}`,
        'api-version': '1.0',
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body: onHandQueryBody(query),
      timeoutMs,
      maxResponseBytes: MAX_ANSWER_BYTES,
    },
  );
}
