/** How the simulated Dynamics side is set up to fit the local environment. */
import type { EnvironmentSettings } from '../../shared/settings/environmentSettings.ts';
import type { Scenario } from '../dynamics/control/scenario.ts';
import type { DynamicsOptions } from '../dynamics/dynamicsOptions.ts';
import { ALL_OFFSET_DIMENSIONS } from '../dynamics/supplyChain/offset.ts';

export const TENANT_ID = '11111111-1111-4111-8111-111111111111';
export const CLIENT_ID = '33333333-3333-4333-8333-333333333333';
export const API_AUDIENCE = 'api://inventory-visibility-business-layer';

export interface DynamicsSetUp {
  readonly port: number;
  readonly folder: string;
  readonly clientSecret: string;
  readonly settings: EnvironmentSettings;
  readonly scenario?: Scenario | undefined;
}

/** One app registration serves both directions: the business layer signs in with it, and it may call the API. */
export function dynamicsOptions(setUp: DynamicsSetUp): DynamicsOptions {
  const { port, folder, clientSecret, settings, scenario } = setUp;
  const { activityId } = settings.supplyChain;
  return {
    ...(scenario ? { scenario } : {}),
    port,
    folder,
    tenantId: TENANT_ID,
    environmentId: settings.environmentId,
    ...(activityId === undefined ? {} : { activityId }),
    clients: [{ clientId: CLIENT_ID, clientSecret, roles: ['Read', 'Post', 'Operate', 'Admin'] }],
    apiAudiences: [API_AUDIENCE],
    dataSources: settings.dataSources,
    companies: settings.legalEntities.map((legalEntity) => legalEntity.organizationId),
    // What SCM posts for a mapped measure is taken off that measure again, so that stock is not counted twice.
    offsetRows: settings.mappings.map((mapping) => ({
      dataSource: mapping.dataSource,
      physicalMeasure: mapping.physicalMeasure,
      trigger: mapping.targetTransactionStatus === 'Created' ? 'Create' : 'Post',
      sign: mapping.direction,
      dimensions: ALL_OFFSET_DIMENSIONS,
    })),
  };
}
