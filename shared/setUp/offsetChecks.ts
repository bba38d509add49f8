/**
 * The offset rows, without which stock counts twice. No public entity has them, but a posted line shows whether they
 * work: once it is offset, Inventory Visibility holds nothing of the measure any more where the line was.
 */
import type { AnswerRecord } from '../dynamics/answerJson.ts';
import { printable } from '../dynamics/answerJson.ts';
import { quantityOfKey, queryOfKey, readOnHandQuantities } from '../inventoryVisibility/onHandQuery.ts';
import type { OnHandKey } from '../inventoryVisibility/onHandQuery.ts';
import type { EnvironmentSettings, IntegrationMapping } from '../settings/environmentSettings.ts';
import { sameText, text, yesOrNo } from '../supplyChain/entityRecords.ts';
import { anyOf, equals } from '../supplyChain/odata.ts';
import { found, passed } from './check.ts';
import type { Check } from './check.ts';
import { callOnHand } from './onHandCall.ts';
import type { OnHandCall } from './onHandCall.ts';
import type { SupplyChainReader } from './supplyChainReader.ts';

/** Lines among which a posted one is looked for. */
const LINES = 20;

/** @param onHand how Inventory Visibility is asked; undefined when signing in failed @throws DependencyError */
export async function checkOffsets(
  reader: SupplyChainReader,
  settings: EnvironmentSettings,
  onHand: OnHandCall | undefined,
): Promise<Check[]> {
  const mapped = settings.mappings.filter(
    ({ targetTransactionStatus }) => targetTransactionStatus !== 'None',
  );
  return Promise.all(mapped.map((mapping) => offsetCheck(reader, settings, mapping, onHand)));
}

async function offsetCheck(
  reader: SupplyChainReader,
  settings: EnvironmentSettings,
  mapping: IntegrationMapping,
  onHand: OnHandCall | undefined,
): Promise<Check> {
  const { dataSource, physicalMeasure, targetTransactionStatus } = mapping;
  const subject = `offset of ${dataSource}.${physicalMeasure}`;
  const trigger = targetTransactionStatus === 'Created' ? 'Create or Post' : 'Post';
  const open = (seen: string): Check =>
    found(
      'toBeConfirmed',
      'offset',
      subject,
      seen,
      `Inventory Visibility integration parameters > Inventory adjustment offset must have a row with this data source and measure, trigger ${trigger}; about a minute after a journal was posted, Inventory Visibility must hold the measure without its lines`,
    );
  const line = await postedLine(reader, settings, mapping);
  if (line === undefined) return open('no posted line names it yet; the row itself cannot be read');
  const journal = printable(String(line.JournalNumber), 40);
  if (onHand === undefined)
    return open(`journal ${journal} is posted, but Inventory Visibility cannot be asked`);
  const key = keyOf(line, settings, mapping);
  const response = await callOnHand(onHand, queryOfKey(key));
  const groups = response.status === 200 ? readOnHandQuantities(response.body) : undefined;
  if (groups === undefined)
    return open(`journal ${journal} is posted, but the on-hand query was answered ${response.status}`);
  const quantity = quantityOfKey(groups, key);
  return quantity === '0'
    ? passed(
        'offset',
        subject,
        `item ${key.productId} of posted journal ${journal} is back at 0 in Inventory Visibility`,
      )
    : open(
        `item ${key.productId} of posted journal ${journal} stands at ${quantity} in Inventory Visibility: lines that are not posted yet, or an offset that is missing`,
      );
}

async function postedLine(
  reader: SupplyChainReader,
  { supplyChain: { entityProfile } }: EnvironmentSettings,
  { dataSource, physicalMeasure }: IntegrationMapping,
): Promise<AnswerRecord | undefined> {
  const isService = entityProfile === 'service';
  const entity = isService
    ? 'InventoryServiceAdjustmentJournalEntries'
    : 'InventoryAdjustmentJournalEntriesV2';
  const headers = isService
    ? 'InventoryServiceAdjustmentJournalHeaders'
    : 'InventoryAdjustmentJournalHeaders';
  const lines = await reader.first({
    entity,
    filter: [
      equals('InventoryServiceAdjustmentOffsetDatasource', dataSource),
      equals('InventoryServiceAdjustmentOffsetPhysicalMeasure', physicalMeasure),
    ].join(' and '),
    top: LINES,
  });
  if (lines === undefined || lines.length === 0) return undefined;
  const numbers = [...new Set(lines.map((line) => text(line, 'JournalNumber', entity)))];
  const journals = await reader.first({
    entity: headers,
    select: ['dataAreaId', 'JournalNumber', 'IsPosted'],
    filter: anyOf(numbers.map((number) => equals('JournalNumber', number))),
    top: LINES,
  });
  return lines.find((line) =>
    journals?.some(
      (journal) =>
        yesOrNo(journal, 'IsPosted', headers) &&
        sameText(text(journal, 'JournalNumber', headers), text(line, 'JournalNumber', entity)) &&
        sameText(text(journal, 'dataAreaId', headers), text(line, 'dataAreaId', entity)),
    ),
  );
}

/** Where the line's stock stood in Inventory Visibility: its dimensions by the columns they were sent in. */
function keyOf(
  line: AnswerRecord,
  { legalEntities, scmDimensionColumns }: EnvironmentSettings,
  { dataSource, physicalMeasure }: IntegrationMapping,
): OnHandKey {
  const company = text(line, 'dataAreaId', 'a journal line');
  const known = legalEntities.find(({ organizationId }) => sameText(organizationId, company));
  const values = new Map(Object.entries(line).map(([name, value]) => [name.toUpperCase(), value]));
  const dimensions = Object.entries(scmDimensionColumns).flatMap(([base, column]): [string, string][] => {
    const value = values.get(column.toUpperCase());
    return typeof value === 'string' && value !== '' ? [[base, value]] : [];
  });
  return {
    organizationId: known?.organizationId ?? company.toUpperCase(),
    productId: text(line, 'ItemNumber', 'a journal line'),
    dimensions,
    dataSource,
    physicalMeasure,
  };
}
