/** Puts the simulated Dynamics side together: state, services, batch jobs, one HTTP server. */
import { systemClock } from '../../shared/runtime/systemRuntime.ts';
import { BlobService, CONTAINER } from './blob/blobService.ts';
import { SharedAccess } from './blob/sharedAccess.ts';
import { ControlService } from './control/controlService.ts';
import { DEFAULTS } from './dynamicsOptions.ts';
import type { DynamicsOptions } from './dynamicsOptions.ts';
import { EntraService } from './entra/entraService.ts';
import { newSigningKey, TokenAuthority } from './entra/tokens.ts';
import type { Service } from './http/exchange.ts';
import { Faults } from './http/faults.ts';
import { LateRequests } from './http/lateRequests.ts';
import { listen } from './http/server.ts';
import { InventoryVisibilityService } from './inventoryVisibility/inventoryVisibilityService.ts';
import { INVENTORY_VISIBILITY_APP_ID, SecurityService } from './inventoryVisibility/securityService.ts';
import { Recurrence } from './recurrence.ts';
import { World } from './state/world.ts';
import type { TokenIssuer } from './state/world.ts';
import { BatchJobs } from './supplyChain/batchJobs.ts';
import { SupplyChainService } from './supplyChain/supplyChainService.ts';

const SYNCHRONIZATION_TICK_MS = 200;

export interface RunningDynamics {
  /** `http://127.0.0.1:PORT`, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Stops the jobs, ends all connections, closes the state. */
  close(): Promise<void>;
}

/** `machineNow`: milliseconds since the epoch; a test may own it. The control API sets the clock ahead of it. */
export async function startDynamics(
  options: DynamicsOptions,
  machineNow: () => number = () => systemClock.now(),
): Promise<RunningDynamics> {
  const set = { ...DEFAULTS, ...options };
  const world = await World.open(options.folder, options.eventIdWindowMs, machineNow());
  const now = (): number => machineNow() + world.clockAheadMs;
  const faults = new Faults(now);
  for (const rule of options.scenario?.faults ?? []) faults.add(rule);
  const lateRequests = new LateRequests();
  const batchJobs = new BatchJobs(
    world,
    {
      ...set,
      journalNames: options.journalNames,
      offsetRows: options.offsetRows,
      genericJournalNames: options.genericJournalNames,
    },
    faults,
    now,
  );
  const imports = new Recurrence(set.importIntervalMs, () => batchJobs.importMessages());
  const postings = new Recurrence(set.postingJobIntervalMs, () => batchJobs.postJournals());
  const synchronization = new Recurrence(SYNCHRONIZATION_TICK_MS, () => batchJobs.synchronizeStock('due'));

  const server = await listen(set.port, async (ownUrl) => {
    const url = options.publicUrl ?? ownUrl;
    const entra = await openAuthority(world, 'entra', `${url}/entra/${set.tenantId}/v2.0`, now);
    const security = await openAuthority(world, 'securityService', `${url}/securityservice`, now);
    const { dataSources } = options;
    const lifetimeSeconds = set.tokenLifetimeSeconds;
    const scmUrl = `${url}/scm`;
    const access = new SharedAccess(`${url}/blob/${CONTAINER}`, entra.secret, now);
    return {
      faults,
      lateRequests,
      settled: () => world.settled(),
      services: new Map<string, Service>([
        [
          'entra',
          new EntraService({
            url: `${url}/entra`,
            tenantId: set.tenantId,
            clients: set.clients,
            resources: new Map(
              [INVENTORY_VISIBILITY_APP_ID, scmUrl, ...set.apiAudiences].map((name) => [name, name]),
            ),
            apiAudiences: set.apiAudiences,
            lifetimeSeconds,
            authority: entra,
            now,
          }),
        ],
        [
          'securityservice',
          new SecurityService({
            environmentId: set.environmentId,
            entra,
            authority: security,
            lifetimeSeconds,
          }),
        ],
        [
          'iv',
          new InventoryVisibilityService({
            environmentId: set.environmentId,
            dataSources,
            authority: security,
            world,
            faults,
            now,
          }),
        ],
        [
          'scm',
          new SupplyChainService({
            ...set,
            url: scmUrl,
            authority: entra,
            access,
            world,
            faults,
            journalNames: options.journalNames,
            applications: options.applications,
            jobApplications: options.jobApplications,
            now,
          }),
        ],
        ['blob', new BlobService({ world, access, now })],
        [
          'control',
          new ControlService(world, faults, lateRequests, now, {
            importMessages: () => imports.run(() => batchJobs.importMessages()),
            postJournals: () => postings.run(() => batchJobs.postJournals()),
            synchronizeStock: () => synchronization.run(() => batchJobs.synchronizeStock('all')),
          }),
        ],
      ]),
    };
  });

  return {
    url: `http://127.0.0.1:${server.port}`,
    port: server.port,
    async close() {
      await server.close();
      await Promise.all([imports.stop(), postings.stop(), synchronization.stop()]);
      await world.close();
    },
  };
}

/** An authority whose key is made once and kept, so that its tokens outlive a restart. */
async function openAuthority(
  world: World,
  issuer: TokenIssuer,
  url: string,
  now: () => number,
): Promise<TokenAuthority> {
  let jwk = world.signingKeys.get(issuer);
  if (!jwk) {
    jwk = await newSigningKey();
    world.commit({ kind: 'signingKey', issuer, jwk });
  }
  return TokenAuthority.open(url, jwk, now);
}
