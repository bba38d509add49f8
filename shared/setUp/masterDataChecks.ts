/** Whether the master data of a line that somebody means to post is there. */
import { isRecord } from '../dynamics/answerJson.ts';
import { sameText, text } from '../supplyChain/entityRecords.ts';
import { equals } from '../supplyChain/odata.ts';
import { found, passed } from './check.ts';
import type { Check } from './check.ts';
import type { SampleLine } from './sampleLine.ts';
import type { SupplyChainReader } from './supplyChainReader.ts';

interface Lookup {
  readonly what: string;
  readonly entity: string;
  readonly key: string;
  readonly value: string | undefined;
  readonly remedy: string;
}

/** @throws DependencyError */
export async function checkMasterData(reader: SupplyChainReader, sample: SampleLine): Promise<Check[]> {
  const { organizationId, itemNumber, siteId, warehouseId } = sample;
  const lookups: readonly Lookup[] = [
    {
      what: 'item',
      entity: 'ReleasedProductsV2',
      key: 'ItemNumber',
      value: itemNumber,
      remedy: 'release the product to the legal entity',
    },
    {
      what: 'site',
      entity: 'OperationalSitesV2',
      key: 'SiteId',
      value: siteId,
      remedy: 'create the site, or map its code',
    },
    {
      what: 'warehouse',
      entity: 'Warehouses',
      key: 'WarehouseId',
      value: warehouseId,
      remedy: 'create the warehouse, or map its code',
    },
  ];
  const asked = lookups.filter(({ value }) => value !== undefined);
  if (asked.length === 0 || organizationId === undefined)
    return [
      found(
        'toBeConfirmed',
        'masterData',
        'a sample line',
        asked.length === 0 ? 'none was given' : 'its legal entity was not given',
        'give a line that will be posted: --organization, --item, --site, --warehouse',
      ),
    ];
  return Promise.all(asked.map((lookup) => look(reader, organizationId, lookup, siteId)));
}

async function look(
  reader: SupplyChainReader,
  organizationId: string,
  { what, entity, key, value = '', remedy }: Lookup,
  siteId: string | undefined,
): Promise<Check> {
  const subject = `${what} ${value} of ${organizationId}`;
  const records = await reader.first({
    entity,
    select: ['dataAreaId', key, ...(entity === 'Warehouses' ? ['OperationalSiteId'] : [])],
    filter: `${equals('dataAreaId', organizationId)} and ${equals(key, value)}`,
    top: 10,
  });
  if (records === undefined)
    return found('toBeConfirmed', 'masterData', subject, `${entity} cannot be read`, 'look it up by hand');
  const record = records
    .filter(isRecord)
    .find(
      (one) =>
        sameText(text(one, key, entity), value) && sameText(text(one, 'dataAreaId', entity), organizationId),
    );
  if (record === undefined) return found('fail', 'masterData', subject, 'is not there', remedy);
  const site = record.OperationalSiteId;
  if (typeof site === 'string' && siteId !== undefined && !sameText(site, siteId))
    return found(
      'fail',
      'masterData',
      subject,
      `belongs to site ${site}, not ${siteId}`,
      'give the site it belongs to',
    );
  return passed('masterData', subject, 'is there');
}
