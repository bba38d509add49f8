/**
 * The offset rows, without which stock counts twice. No public entity has them: what can be seen is whether lines of the
 * measure have come through to Supply Chain Management with their offset named.
 */
import type { EnvironmentSettings, IntegrationMapping } from '../settings/environmentSettings.ts';
import { equals } from '../supplyChain/odata.ts';
import { found } from './check.ts';
import type { Check } from './check.ts';
import type { SupplyChainReader } from './supplyChainReader.ts';

/** @throws DependencyError */
export async function checkOffsets(
  reader: SupplyChainReader,
  settings: EnvironmentSettings,
): Promise<Check[]> {
  const mapped = settings.mappings.filter(
    ({ targetTransactionStatus }) => targetTransactionStatus !== 'None',
  );
  return Promise.all(mapped.map((mapping) => offsetCheck(reader, settings, mapping)));
}

async function offsetCheck(
  reader: SupplyChainReader,
  { supplyChain: { entityProfile } }: EnvironmentSettings,
  { dataSource, physicalMeasure, targetTransactionStatus }: IntegrationMapping,
): Promise<Check> {
  const records = await reader.first({
    entity:
      entityProfile === 'service'
        ? 'InventoryServiceAdjustmentJournalEntries'
        : 'InventoryAdjustmentJournalEntriesV2',
    select: ['JournalNumber'],
    filter: [
      equals('InventoryServiceAdjustmentOffsetDatasource', dataSource),
      equals('InventoryServiceAdjustmentOffsetPhysicalMeasure', physicalMeasure),
    ].join(' and '),
    top: 1,
  });
  const journal = records?.[0]?.JournalNumber;
  const seen =
    typeof journal === 'string'
      ? `journal ${journal} names it as the offset of its lines; the row itself cannot be read`
      : 'no line names it yet; the row itself cannot be read';
  const trigger = targetTransactionStatus === 'Created' ? 'Create or Post' : 'Post';
  return found(
    'toBeConfirmed',
    'offset',
    `${dataSource}.${physicalMeasure}`,
    seen,
    `Inventory Visibility integration parameters > Inventory adjustment offset must have a row with this data source and measure, trigger ${trigger}; after the first posted journal the measure must be back where it was in Inventory Visibility`,
  );
}
