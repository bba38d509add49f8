/** Whether Supply Chain Management has the entities, columns and actions that the settings use, by its `$metadata`. */
import type { EnvironmentSettings, SupplyChainSettings } from '../settings/environmentSettings.ts';
import { DEFAULT_SETTINGS } from '../settings/defaultSettings.ts';
import { columnNames } from '../supplyChain/dataPackage/dataFiles.ts';
import { packageFormat } from '../supplyChain/dataPackage/packageFormat.ts';
import { found, passed } from './check.ts';
import type { Check } from './check.ts';
import type { Metadata } from './metadataReader.ts';

const FEATURES_REMEDY =
  'update Supply Chain Management to 10.0.41 or later and switch on "Inventory Visibility transaction integration" in Feature management; then refresh the entity list';

interface NeededEntity {
  readonly name: string;
  /** Without which nothing goes; the others cost information. */
  readonly indispensable: boolean;
  readonly columns: readonly string[];
}

const EXPECTED_STATUS = 'InventoryServiceJournalExpectedStatus';

const NEEDED_ACTIONS = {
  recurring: [
    'GetMessageStatus',
    'GetExecutionIdByMessageId',
    'GetExecutionSummaryStatus',
    'GetExecutionErrors',
  ],
  package: ['GetAzureWriteUrl', 'GetExecutionSummaryStatus', 'GetExecutionErrors'],
} as const satisfies Readonly<Record<SupplyChainSettings['transport'], readonly string[]>>;

export function metadataChecks(metadata: Metadata, settings: EnvironmentSettings): Check[] {
  return [
    ...neededEntities(settings).flatMap((entity) => entityChecks(metadata, entity, settings.supplyChain)),
    ...actionChecks(metadata, settings.supplyChain),
    ...expectedStatusChecks(metadata, settings.supplyChain),
  ];
}

function neededEntities({ supplyChain, scmDimensionColumns }: EnvironmentSettings): NeededEntity[] {
  const sent = columnNames(packageFormat(supplyChain));
  const lineColumns = [...new Set([...sent.lines, ...Object.values(scmDimensionColumns)])];
  const ofProfile: NeededEntity[] =
    supplyChain.entityProfile === 'service'
      ? [
          needed('InventoryServiceAdjustmentJournalHeaders', [...sent.headers, 'IsPosted']),
          needed('InventoryServiceAdjustmentJournalEntries', lineColumns),
        ]
      : [
          needed('InventoryAdjustmentJournalHeaders', [
            'JOURNALNUMBER',
            'JOURNALNAMEID',
            'DESCRIPTION',
            'IsPosted',
          ]),
          needed('InventoryAdjustmentJournalEntriesV2', lineColumns),
        ];
  return [
    ...ofProfile,
    { name: 'InventoryJournalTableBiEntities', indispensable: false, columns: ['JournalId', 'NumOfLines'] },
    { name: 'InventoryJournalTransBiEntities', indispensable: false, columns: ['Voucher', 'InventTransId'] },
  ];
}

function needed(name: string, columns: readonly string[]): NeededEntity {
  return { name, indispensable: true, columns };
}

function entityChecks(metadata: Metadata, entity: NeededEntity, supplyChain: SupplyChainSettings): Check[] {
  const { name, indispensable, columns } = entity;
  const properties = metadata.properties.get(name);
  if (properties === undefined)
    return [
      indispensable
        ? found('fail', 'entity', name, 'is not in $metadata', FEATURES_REMEDY)
        : found('warn', 'entity', name, 'is not in $metadata', 'vouchers and lot numbers will stay unknown'),
    ];
  const missing = columns.filter((column) => !properties.has(column.toUpperCase()));
  const seen = passed('entity', name, `is in $metadata`);
  if (missing.length === 0)
    return [seen, passed('columns', name, `has the ${columns.length} columns that are sent or read`)];
  // Staging columns may be called otherwise than the public properties; only our own default names are known to be the same.
  const ownNames =
    supplyChain.dataPackage.template === undefined &&
    missing.every((column) => !isRenamed(column, supplyChain));
  return [
    seen,
    ownNames
      ? found('fail', 'columns', name, `lacks ${missing.join(', ')}`, columnsRemedy(missing))
      : found(
          'toBeConfirmed',
          'columns',
          name,
          `has no public property ${missing.join(', ')}`,
          'the settings give these staging columns; compare them with an exported data package',
        ),
  ];
}

function isRenamed(column: string, { dataPackage }: SupplyChainSettings): boolean {
  const { offsetDataSourceColumn, offsetPhysicalMeasureColumn } = DEFAULT_SETTINGS.supplyChain.dataPackage;
  const usual = [offsetDataSourceColumn, offsetPhysicalMeasureColumn];
  return (
    !usual.includes(column) &&
    [dataPackage.offsetDataSourceColumn, dataPackage.offsetPhysicalMeasureColumn].includes(column)
  );
}

function columnsRemedy(missing: readonly string[]): string {
  return missing.some((column) => column.includes('OFFSET'))
    ? 'switch on "Inventory Visibility integration with inventory adjustment offset" in Feature management, then refresh the entity list'
    : 'check scmDimensionColumns of the settings, and refresh the entity list of data management';
}

function actionChecks({ actions }: Metadata, { transport, importAction }: SupplyChainSettings): Check[] {
  const wanted = [...NEEDED_ACTIONS[transport], ...(transport === 'package' ? [importAction] : [])];
  const missing = wanted.filter((name) => !actions.has(name));
  const subject = `actions of transport ${transport}`;
  return missing.length === 0
    ? [passed('action', subject, `${wanted.join(', ')} are in $metadata`)]
    : [
        found(
          'fail',
          'action',
          subject,
          `${missing.join(', ')}: not in $metadata`,
          'check that supplyChain.url is an environment of finance and operations, and its version',
        ),
      ];
}

function expectedStatusChecks(
  { enums }: Metadata,
  { entityProfile, dataPackage }: SupplyChainSettings,
): Check[] {
  if (entityProfile !== 'service') return [];
  const members = enums.get(EXPECTED_STATUS);
  const wanted = [dataPackage.expectedStatusCreated, dataPackage.expectedStatusPosted];
  if (members === undefined)
    return [
      found(
        'toBeConfirmed',
        'expectedStatus',
        EXPECTED_STATUS,
        'is not in $metadata',
        'see which values a journal of the entity takes, and set expectedStatusCreated and expectedStatusPosted',
      ),
    ];
  const missing = wanted.filter((member) => !members.has(member));
  return missing.length === 0
    ? [passed('expectedStatus', EXPECTED_STATUS, `has the members ${wanted.join(' and ')}`)]
    : [
        found(
          'fail',
          'expectedStatus',
          EXPECTED_STATUS,
          `has no member ${missing.join(' or ')}; it has ${[...members].join(', ')}`,
          'set supplyChain.dataPackage.expectedStatusCreated and expectedStatusPosted to members of it',
        ),
      ];
}
