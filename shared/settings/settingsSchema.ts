/**
 * JSON Schema of a settings document, as an operator writes it and as it is stored. Only what has no default is
 * required. Every `description` completes the sentence "… must be …" of a problem's message.
 */
import { BASE_DIMENSIONS } from './baseDimensions.ts';

export const ENVIRONMENT_ID_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$';

const boolean = { type: 'boolean', description: 'true or false' };
const timeZone = {
  type: 'string',
  minLength: 1,
  description: 'an IANA time zone such as "Europe/Copenhagen"',
};

function choice(...values: string[]) {
  return { enum: values, description: `one of ${values.map((value) => `"${value}"`).join(', ')}` };
}

function integer(minimum: number, maximum: number, of: string) {
  const range = `${minimum.toLocaleString('en-US')} to ${maximum.toLocaleString('en-US')}`;
  return { type: 'integer', minimum, maximum, description: `a whole number from ${range} (${of})` };
}

function positive(maximum: number, of: string) {
  const range = `above 0, at most ${maximum.toLocaleString('en-US')}`;
  return { type: 'number', exclusiveMinimum: 0, maximum, description: `a number ${range} (${of})` };
}

function text(maxLength: number, of: string) {
  const description = `${of}, 1 to ${maxLength} characters without spaces around them`;
  return { type: 'string', maxLength, pattern: '^\\S(.*\\S)?$', description };
}

function object(properties: Readonly<Record<string, object>>, required: readonly string[] = []) {
  return { type: 'object', properties, required, additionalProperties: false, description: 'an object' };
}

function list(items: object, of: string) {
  return { type: 'array', items, description: `a list of ${of}` };
}

const url = { type: 'string', description: 'an https address (http only on this machine)' };
const hostName = {
  type: 'string',
  pattern: '^(\\*\\.)?[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?$',
  description:
    'a host name in lower case such as "gw.example.com", or "*.example.com" for every host below it',
};
const instant = { type: 'string', description: 'an instant such as "2026-01-31T00:00:00Z"' };
const date = { type: 'string', description: 'a date such as "2026-01-31"' };

const stagingColumn = {
  type: 'string',
  pattern: '^[A-Z][A-Z0-9_]{0,79}$',
  description: 'the name of a staging column in capitals, such as "INVENTORYSITEID"',
};
const xmlName = {
  type: 'string',
  pattern: '^[A-Za-z_][A-Za-z0-9_.-]{0,199}$',
  description: 'the name of an XML element',
};
const enumMember = {
  type: 'string',
  pattern: '^[A-Za-z_][A-Za-z0-9_]{0,79}$',
  description: 'the name of a member of an enumeration, such as "Posted"',
};

const credential = {
  type: 'object',
  discriminator: { propertyName: 'kind' },
  required: ['kind'],
  description:
    'an object with kind "managedIdentity", or with kind "clientSecret", tenantId, clientId and secretSetting (the name of the app setting that holds the secret)',
  oneOf: [
    object(
      {
        kind: { const: 'managedIdentity' },
        clientId: text(100, 'the client id of a user-assigned identity'),
      },
      ['kind'],
    ),
    object(
      {
        kind: { const: 'clientSecret' },
        tenantId: text(100, 'the tenant id'),
        clientId: text(100, 'the client id'),
        secretSetting: {
          type: 'string',
          pattern: '^[A-Z][A-Z0-9_]{0,127}$',
          description:
            'the name of the app setting that holds the secret, in capitals, such as "DYNAMICS_CLIENT_SECRET"; never the secret itself',
        },
      },
      ['kind', 'tenantId', 'clientId', 'secretSetting'],
    ),
  ],
};

const legalEntity = {
  timeZone,
  blankTransDate: choice('accepted', 'journal'),
  openFrom: object({ date, closedPeriod: choice('send', 'hold', 'move') }, ['date', 'closedPeriod']),
};

const dataSourceName = text(50, 'the name of a data source');
const measureName = text(50, 'the name of a physical measure');

const mapping = object(
  {
    dataSource: dataSourceName,
    physicalMeasure: measureName,
    targetTransactionType: choice('InventoryAdjustmentJournal'),
    targetTransactionStatus: choice('None', 'Created', 'Posted'),
    direction: choice('same', 'opposite'),
    groupBy: choice('allDimensions', 'scmDimensions'),
    mergeGrain: choice('all', 'day', 'externalReference', 'never'),
  },
  ['dataSource', 'physicalMeasure', 'targetTransactionStatus'],
);

const dataSource = object(
  {
    name: dataSourceName,
    physicalMeasures: { ...list(measureName, 'one or more physical measures'), minItems: 1 },
    dimensionNames: {
      type: 'object',
      propertyNames: { ...text(50, 'the name of a dimension'), not: { const: '__proto__' } },
      additionalProperties: choice(...BASE_DIMENSIONS),
      description: 'an object of dimension name → base dimension',
    },
  },
  ['name', 'physicalMeasures'],
);

export const SETTINGS_SCHEMA = object(
  {
    environmentId: {
      type: 'string',
      pattern: ENVIRONMENT_ID_PATTERN,
      description: 'the id of the environment: 1 to 64 letters, digits, points, hyphens and underscores',
    },
    enableFeature: boolean,
    periodicallySynchronize: boolean,
    synchronizationFrequency: integer(1, 1_440, 'minutes'),
    enableSyncJob: boolean,
    jobSettings: object({
      startTime: instant,
      endTime: instant,
      recurrenceInterval: integer(1, 1_440, 'of the recurrence unit'),
      recurrenceUnit: choice('minute', 'hour', 'day', 'week', 'month'),
      timeZone,
    }),
    maxLineCountPerJournal: integer(1, 100_000, 'lines'),
    maxJournalCountPerPackage: integer(1, 1_000, 'journals'),
    maxPackageBytes: integer(100_000, 250_000_000, 'bytes'),
    mappings: list(mapping, 'mappings'),
    dataSources: list(dataSource, 'data sources'),
    scmDimensionColumns: {
      type: 'object',
      propertyNames: choice(...BASE_DIMENSIONS),
      additionalProperties: stagingColumn,
      description: 'an object of base dimension → staging column',
    },
    legalEntities: list(
      object({ organizationId: text(50, 'the id of a legal entity'), ...legalEntity }, ['organizationId']),
      'legal entities',
    ),
    defaultLegalEntity: object(legalEntity),
    costPolicy: object({ aggregation: choice('separate', 'weightedAverage'), sendOnIssues: boolean }),
    limits: object({
      maxLinesPerRequest: integer(1, 10_000, 'lines'),
      maxRequestBytes: integer(1_000, 50_000_000, 'bytes'),
    }),
    inventoryVisibility: object(
      {
        endpoint: url,
        authority: url,
        securityService: url,
        redirectHosts: list(hostName, 'host names'),
        credential,
        eventIdWindowHours: positive(8_760, 'hours'),
        processingBoundSeconds: positive(86_400, 'seconds'),
      },
      ['endpoint', 'credential'],
    ),
    supplyChain: object(
      {
        url,
        authority: url,
        credential,
        entityProfile: choice('service', 'generic-v2'),
        journalNumberFrom: choice('sequence', 'journalKey'),
        dataPackage: object({
          sourceFormat: choice('CSV-Unicode', 'XML-Element', 'XML-Attribute'),
          headerLabel: text(100, 'the label of the entity of journal headers'),
          lineLabel: text(100, 'the label of the entity of journal lines'),
          headerElement: xmlName,
          lineElement: xmlName,
          offsetDataSourceColumn: stagingColumn,
          offsetPhysicalMeasureColumn: stagingColumn,
          expectedStatusCreated: enumMember,
          expectedStatusPosted: enumMember,
          template: {
            type: 'string',
            maxLength: 200_000,
            pattern: '^[A-Za-z0-9+/]+={0,2}$',
            description:
              'a data package (a zip file without data) in base64 without line breaks, at most 200,000 characters',
          },
        }),
        transport: choice('recurring', 'package'),
        activityId: text(60, 'the activity id of the recurring data job'),
        dataProject: text(60, 'the name of a data project'),
        importAction: choice('ImportFromPackage', 'ImportFromPackageAsync'),
        linesDeletedAfterPosting: choice('yes', 'no', 'unknown'),
        unknownOutcomeSeconds: positive(2_592_000, 'seconds'),
        postingJobEveryHours: positive(8_760, 'hours'),
      },
      ['url', 'credential'],
    ),
    afterRewind: choice('hold', 'continue'),
    retention: object({ days: integer(0, 36_500, 'days; 0 keeps everything') }),
    closedBacklogs: list(
      object({ acceptedBefore: instant, datedBefore: date }, ['acceptedBefore']),
      'closed backlogs',
    ),
  },
  ['environmentId', 'inventoryVisibility', 'supplyChain'],
);
