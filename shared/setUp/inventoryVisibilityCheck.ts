/** Whether Inventory Visibility answers to our token: an on-hand query, which changes nothing. */
import { sendFollowing } from '../dynamics/allowedRedirect.ts';
import { excerpt } from '../dynamics/answerJson.ts';
import type { HttpClient } from '../http/httpClient.ts';
import type { AccessToken } from '../inventoryVisibility/inventoryVisibility.ts';
import { onHandQueryBody, readOnHandQuantities } from '../inventoryVisibility/onHandQuery.ts';
import type { Clock } from '../runtime/ports.ts';
import type { EnvironmentSettings } from '../settings/environmentSettings.ts';
import { found, passed } from './check.ts';
import type { Check } from './check.ts';
import type { SampleLine } from './sampleLine.ts';

const MAX_ANSWER_BYTES = 1024 * 1024;
const NAME = 'Inventory Visibility';

export interface InventoryVisibilityParts {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly settings: EnvironmentSettings;
  readonly sample: SampleLine;
  /** Milliseconds. */
  readonly timeoutMs: number;
}

/** @throws Error when nobody answers */
export async function checkInventoryVisibility(
  { http, clock, settings, sample, timeoutMs }: InventoryVisibilityParts,
  token: AccessToken,
): Promise<Check[]> {
  const { environmentId } = settings;
  const { endpoint, redirectHosts } = settings.inventoryVisibility;
  const response = await sendFollowing(
    { http, clock, hosts: redirectHosts },
    {
      method: 'POST',
      url: `${endpoint}/api/environment/${encodeURIComponent(environmentId)}/onhand/indexquery`,
      headers: {
        authorization: `Bearer ${token.value}`,
        'api-version': '1.0',
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body: onHandQueryBody({
        organizationId: sample.organizationId ?? settings.legalEntities[0]?.organizationId ?? 'none',
        productIds: [sample.itemNumber ?? 'none'],
        // The service wants both where it keeps stock by location.
        dimensions: { SiteId: [sample.siteId ?? 'none'], LocationId: [sample.warehouseId ?? 'none'] },
        groupBy: [],
      }),
      timeoutMs,
      maxResponseBytes: MAX_ANSWER_BYTES,
    },
  );
  const { status } = response;
  const seen = `answered an on-hand query with ${status}${status === 200 ? '' : `: ${excerpt(response.body)}`}`;
  const failed = (remedy: string): Check[] => [found('fail', 'inventoryVisibility', NAME, seen, remedy)];
  switch (status) {
    case 200:
      return readOnHandQuantities(response.body) === undefined
        ? failed(`check that inventoryVisibility.endpoint (${endpoint}) is the service's own address`)
        : [passed('inventoryVisibility', NAME, seen)];
    case 401:
    case 403:
      return failed(
        `check that the application is registered for environment ${environmentId} in the Inventory Visibility add-in, and for no other environment`,
      );
    case 404:
      return failed(
        `check inventoryVisibility.endpoint (${endpoint}): "Show service details" of the Inventory Visibility app names it; and the environment id`,
      );
    case 400:
      return [
        found(
          'warn',
          'inventoryVisibility',
          NAME,
          seen,
          'it is there, but does not take the query; look at the index configuration of the Inventory Visibility app',
        ),
      ];
    default:
      return failed('try again later');
  }
}
