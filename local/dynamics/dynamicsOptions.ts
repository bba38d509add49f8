/** How the simulated Dynamics side is set up. Plain JSON, so that it can run as a child process. */
import type { RegisteredClient } from './entra/clientCredentials.ts';
import type { Scenario } from './control/scenario.ts';
import type { DataSource } from './inventoryVisibility/baseDimensions.ts';
import type { MasterData } from './supplyChain/masterData.ts';
import type { OffsetRow } from './supplyChain/offset.ts';

export interface DynamicsOptions {
  /** 0 or absent: any free port. Tokens name the address, so a restart should use the same port. */
  readonly port?: number;
  /** The address that clients know, where something stands before it; absent: its own. No slash at the end. */
  readonly publicUrl?: string;
  /** Where the state is kept; absent: in memory. */
  readonly folder?: string;
  readonly tenantId?: string;
  readonly environmentId?: string;
  /** Activity id of the recurring data job. */
  readonly activityId?: string;
  /** App registrations. */
  readonly clients: readonly RegisteredClient[];
  /** Resources of one's own APIs, e.g. `api://…`: scope is `{resource}/.default`, audience the resource itself. */
  readonly apiAudiences?: readonly string[];
  /** Of tokens, of both kinds. */
  readonly tokenLifetimeSeconds?: number;
  /** Configuration of Inventory Visibility; absent: every data source but `fno`, with base dimension names. */
  readonly dataSources?: readonly DataSource[];
  /** How long event ids are remembered; absent: for ever. */
  readonly eventIdWindowMs?: number;
  /** Legal entities; the first is the integration user's default company. */
  readonly companies?: readonly string[];
  /** Client ids of the "Microsoft Entra ID applications" page; absent: every client. */
  readonly applications?: readonly string[];
  /** Client ids enabled on the authorization policy of the recurring job; absent: every client. */
  readonly jobApplications?: readonly string[];
  /** Entity sets that this environment does not have. */
  readonly withoutEntitySets?: readonly string[];
  /** "Enhanced parallel package import" of the framework parameters. */
  readonly enhancedParallelPackageImport?: boolean;
  /** Known journal names; absent: any. */
  readonly journalNames?: readonly string[];
  readonly defaultJournalName?: string;
  /** What can be read over OData of items, sites and warehouses; imports take any. */
  readonly masterData?: MasterData;
  /** What GetApplicationVersion answers. */
  readonly applicationVersion?: string;
  /** Item number → default cost. */
  readonly itemCosts?: Readonly<Record<string, string>>;
  readonly defaultItemCost?: string;
  /** Inventory adjustment offset; absent: every measure, on posting, same sign, all dimensions. */
  readonly offsetRows?: readonly OffsetRow[];
  /** Measure of `fno` that follows postings. */
  readonly fnoMeasure?: string;
  /** From posting to Inventory Visibility; about a minute in reality. */
  readonly offsetDelayMs?: number;
  /** Recurrence of the data job; 0: only through the control API. */
  readonly importIntervalMs?: number;
  /** Recurrence of the posting job; 0: only through the control API. */
  readonly postingJobIntervalMs?: number;
  /** Journal names whose journals of the generic entities the posting job posts too; absent: all. */
  readonly genericJournalNames?: readonly string[];
  /** Rows of an OData page. */
  readonly pageSize?: number;
  /** Misbehaviour from the start, with every start. */
  readonly scenario?: Scenario;
}

export const DEFAULTS = {
  port: 0,
  tenantId: '11111111-1111-4111-8111-111111111111',
  environmentId: '22222222-2222-4222-8222-222222222222',
  activityId: '44444444-4444-4444-8444-444444444444',
  apiAudiences: ['api://inventory-visibility-business-layer'],
  tokenLifetimeSeconds: 3600,
  companies: ['USMF', 'DEMF', 'JPMF'],
  masterData: {
    items: ['D0001', 'T0001'],
    sites: ['1', '2'],
    warehouses: [
      { warehouseId: '13', siteId: '1' },
      { warehouseId: '24', siteId: '2' },
    ],
  },
  applicationVersion: '10.0.45',
  defaultJournalName: 'IAdj',
  itemCosts: {},
  defaultItemCost: '1',
  fnoMeasure: 'PhysicalInvent',
  offsetDelayMs: 500,
  importIntervalMs: 500,
  postingJobIntervalMs: 3000,
  pageSize: 10_000,
  withoutEntitySets: [],
  enhancedParallelPackageImport: false,
} as const satisfies Omit<DynamicsOptions, 'clients'>;
