/** Whether Inventory Visibility answers to our token: an on-hand query, which changes nothing. */
import { excerpt } from '../dynamics/answerJson.ts';
import { readOnHandQuantities } from '../inventoryVisibility/onHandQuery.ts';
import { found, passed } from './check.ts';
import type { Check } from './check.ts';
import { callOnHand } from './onHandCall.ts';
import type { OnHandCall } from './onHandCall.ts';
import type { SampleLine } from './sampleLine.ts';

const NAME = 'Inventory Visibility';

/** @throws Error when nobody answers */
export async function checkInventoryVisibility(call: OnHandCall, sample: SampleLine): Promise<Check[]> {
  const { settings } = call;
  const { environmentId, inventoryVisibility } = settings;
  const { endpoint } = inventoryVisibility;
  const response = await callOnHand(call, {
    organizationId: sample.organizationId ?? settings.legalEntities[0]?.organizationId ?? 'none',
    productIds: [sample.itemNumber ?? 'none'],
    // The service wants both where it keeps stock by location.
    dimensions: { SiteId: [sample.siteId ?? 'none'], LocationId: [sample.warehouseId ?? 'none'] },
    groupBy: [],
  });
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
