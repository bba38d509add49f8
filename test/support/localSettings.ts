/** The environment that system tests work in: its settings document, who may call, and what lines look like. */

export const TENANT_ID = '11111111-1111-4111-8111-111111111111';
export const ENVIRONMENT_ID = '22222222-2222-4222-8222-222222222222';
const ACTIVITY_ID = '44444444-4444-4444-8444-444444444444';
export const API_AUDIENCE = 'api://inventory-visibility-business-layer';

/** App registrations: the functions themselves, an external system that may do everything, and one that may only read. */
export const FUNCTIONS_CLIENT = {
  clientId: '33333333-3333-4333-8333-333333333333',
  clientSecret: 'functions',
};
export const POSTING_CLIENT = {
  clientId: '55555555-5555-4555-8555-555555555555',
  clientSecret: 'posting',
  roles: ['Read', 'Post', 'Operate'],
};
export const READING_CLIENT = {
  clientId: '66666666-6666-4666-8666-666666666666',
  clientSecret: 'reading',
  roles: ['Read'],
};

export type SettingsChanges = Readonly<Record<string, unknown>>;

/** The settings document; `changes` replace whole members of it. */
export function settingsDocument(
  dynamicsUrl: string,
  changes: SettingsChanges = {},
): Record<string, unknown> {
  const credential = {
    kind: 'clientSecret',
    tenantId: TENANT_ID,
    clientId: FUNCTIONS_CLIENT.clientId,
    secretSetting: 'DYNAMICS_CLIENT_SECRET',
  };
  return {
    environmentId: ENVIRONMENT_ID,
    synchronizationFrequency: 1,
    jobSettings: {
      startTime: '2024-01-01T00:00:00Z',
      recurrenceInterval: 1,
      recurrenceUnit: 'minute',
      timeZone: 'UTC',
    },
    dataSources: [
      {
        name: 'pos',
        physicalMeasures: ['inbound', 'sold', 'counted'],
        dimensionNames: { shop: 'LocationId', shelf: 'WMSLocationId' },
      },
      { name: 'web', physicalMeasures: ['inbound'] },
    ],
    mappings: [
      { dataSource: 'pos', physicalMeasure: 'inbound', targetTransactionStatus: 'Posted' },
      {
        dataSource: 'pos',
        physicalMeasure: 'sold',
        targetTransactionStatus: 'Posted',
        direction: 'opposite',
      },
      { dataSource: 'web', physicalMeasure: 'inbound', targetTransactionStatus: 'Posted' },
    ],
    inventoryVisibility: {
      endpoint: `${dynamicsUrl}/iv`,
      authority: `${dynamicsUrl}/entra`,
      securityService: `${dynamicsUrl}/securityservice/token`,
      credential,
    },
    supplyChain: {
      url: `${dynamicsUrl}/scm`,
      authority: `${dynamicsUrl}/entra`,
      credential,
      activityId: ACTIVITY_ID,
      linesDeletedAfterPosting: 'no',
      unknownOutcomeSeconds: 2,
    },
    ...changes,
  };
}

export interface PostedLine {
  readonly id: string;
  readonly organizationId: string;
  readonly productId: string;
  readonly quantityDataSource: string;
  readonly physicalMeasure: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly quantity: number | string;
  readonly [optional: string]: unknown;
}

/** A line as an external system posts it. */
export function line(id: string, changes: Readonly<Record<string, unknown>> = {}): PostedLine {
  return {
    id,
    organizationId: 'USMF',
    productId: 'D0001',
    quantityDataSource: 'pos',
    physicalMeasure: 'inbound',
    dimensions: { siteId: '1', locationId: '13' },
    quantity: 1,
    ...changes,
  };
}
