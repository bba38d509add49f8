/** The checks against the simulated Dynamics side: a right set-up is green, and each wrong one is named. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startDynamics } from '../../local/dynamics/startDynamics.ts';
import type { DynamicsOptions } from '../../local/dynamics/dynamicsOptions.ts';
import type { RunningDynamics } from '../../local/dynamics/startDynamics.ts';
import { FUNCTIONS_CLIENT, settingsDocument } from '../../test/support/localSettings.ts';
import { deadAddress, startHttpPeer } from '../../test/support/httpPeer.ts';
import { SimulatedDynamics } from '../../test/support/simulatedDynamics.ts';
import { OutboundHttp } from '../http/outboundHttp.ts';
import type { Clock } from '../runtime/ports.ts';
import { systemClock } from '../runtime/systemRuntime.ts';
import { parseSettings } from '../settings/parseSettings.ts';
import type { EnvironmentSettings } from '../settings/environmentSettings.ts';
import type { Check, CheckCode } from './check.ts';
import { examineSetUp } from './doctor.ts';
import type { DoctorParts, SetUpReport } from './doctor.ts';

const SECRET = FUNCTIONS_CLIENT.clientSecret;
const SAMPLE = { organizationId: 'USMF', itemNumber: 'D0001', siteId: '1', warehouseId: '13' };
const http = new OutboundHttp(systemClock);
const more: RunningDynamics[] = [];
let dynamics: RunningDynamics;

const start = (options: Partial<DynamicsOptions> = {}): Promise<RunningDynamics> =>
  startDynamics({ clients: [FUNCTIONS_CLIENT], importIntervalMs: 0, postingJobIntervalMs: 0, ...options });

/** Another environment, for one test. */
async function another(options: Partial<DynamicsOptions>): Promise<string> {
  const started = await start(options);
  more.push(started);
  return started.url;
}

beforeAll(async () => {
  dynamics = await start();
});
afterEach(() => new SimulatedDynamics(dynamics.url).control('DELETE', 'faults'));
afterAll(async () => {
  http.close();
  await Promise.all([dynamics, ...more].map((each) => each.close()));
});

interface Changes {
  readonly url?: string;
  readonly inventoryVisibility?: Partial<EnvironmentSettings['inventoryVisibility']>;
  readonly supplyChain?: Partial<EnvironmentSettings['supplyChain']>;
  readonly settings?: Partial<EnvironmentSettings>;
  readonly parts?: Partial<DoctorParts>;
}

function settingsOf({
  url = dynamics.url,
  inventoryVisibility,
  supplyChain,
  settings,
}: Changes): EnvironmentSettings {
  const parsed = parseSettings(settingsDocument(url)).settings;
  if (parsed === undefined) throw new Error('the settings of the tests are wrong');
  return {
    ...parsed,
    legalEntities: [{ organizationId: 'USMF', timeZone: 'UTC', blankTransDate: 'accepted' }],
    ...settings,
    inventoryVisibility: { ...parsed.inventoryVisibility, ...inventoryVisibility },
    supplyChain: { ...parsed.supplyChain, ...supplyChain },
  };
}

function examine(changes: Changes = {}): Promise<SetUpReport> {
  return examineSetUp({
    http,
    clock: systemClock,
    settings: settingsOf(changes),
    readSecret: () => SECRET,
    sample: SAMPLE,
    callTimeoutMs: 5_000,
    ...changes.parts,
  });
}

const failuresOf = ({ checks }: SetUpReport): CheckCode[] => [
  ...new Set(checks.filter(({ result }) => result === 'fail').map(({ code }) => code)),
];

function the({ checks }: SetUpReport, code: CheckCode, subject?: string): Check {
  const check = checks.find(
    (one) => one.code === code && (subject === undefined || one.subject.includes(subject)),
  );
  if (check === undefined) throw new Error(`no check ${code} ${subject ?? ''}`);
  return check;
}

it('finds nothing to mend where everything is right, and says what nobody can read', async () => {
  const report = await examine();
  expect(report.checks.filter(({ result }) => result === 'fail' || result === 'warn')).toEqual([]);
  const passed = report.checks.filter(({ result }) => result === 'pass').map(({ code }) => code);
  expect([...new Set(passed)]).toEqual([
    'entraTokenForInventoryVisibility',
    'securityServiceToken',
    'inventoryVisibility',
    'entraTokenForSupplyChain',
    'supplyChain',
    'legalEntity',
    'entity',
    'columns',
    'action',
    'expectedStatus',
    'dataJob',
    'masterData',
    'clock',
    'supplyChainVersion',
  ]);
  const open = report.checks.filter(({ result }) => result === 'toBeConfirmed').map(({ code }) => code);
  expect(new Set(open).size).toBe(5);
  expect(open).toEqual(expect.arrayContaining(['journalName', 'offset', 'postingJob', 'feature']));
  expect(open.filter((code) => code === 'offset')).toHaveLength(3);
  for (const { result, remedy } of report.checks) expect(remedy === undefined).toBe(result === 'pass');
});

it('names a wrong secret or a missing one, never shows it, and goes on where it can', async () => {
  const report = await examine({ parts: { readSecret: () => 'a wrong secret' } });
  expect(failuresOf(report)).toEqual(['entraTokenForInventoryVisibility', 'entraTokenForSupplyChain']);
  expect(the(report, 'entraTokenForSupplyChain').seen).toContain('401');
  expect(the(report, 'dataJob')).toMatchObject({
    result: 'toBeConfirmed',
    seen: expect.stringContaining('not looked at') as string,
  });
  expect(the(report, 'clock').result).toBe('pass');
  expect(JSON.stringify(report)).not.toContain('a wrong secret');
  const missing = await examine({ parts: { readSecret: () => undefined } });
  expect(the(missing, 'entraTokenForSupplyChain').seen).toContain('DYNAMICS_CLIENT_SECRET');
});

it('tells the security service from Entra', async () => {
  const report = await examine({ inventoryVisibility: { securityService: `${dynamics.url}/nowhere/token` } });
  expect(failuresOf(report)).toEqual(['securityServiceToken']);
  expect(the(report, 'inventoryVisibility').result).toBe('toBeConfirmed');
});

it('names an endpoint of Inventory Visibility that is another service, or nobody', async () => {
  const wrong = await examine({ inventoryVisibility: { endpoint: `${dynamics.url}/iv/elsewhere` } });
  expect(failuresOf(wrong)).toEqual(['inventoryVisibility']);
  const dead = await examine({ inventoryVisibility: { endpoint: await deadAddress() } });
  expect(failuresOf(dead)).toEqual(['inventoryVisibility']);
  expect(the(dead, 'inventoryVisibility').seen).toContain('ECONNREFUSED');
});

it('names an environment of Supply Chain Management that is not there', async () => {
  const report = await examine({ supplyChain: { url: await deadAddress() } });
  // Its address is the scope of the token.
  expect(failuresOf(report)).toEqual(['entraTokenForSupplyChain']);
  expect(the(report, 'supplyChain').result).toBe('toBeConfirmed');
});

it('names an application without a user, and a user without rights', async () => {
  const unmapped = await another({ applications: [] });
  const report = await examine({ url: unmapped });
  expect(failuresOf(report)).toContain('supplyChain');
  expect(the(report, 'supplyChain').seen).toContain('Microsoft Entra ID applications');
  await new SimulatedDynamics(dynamics.url).control('POST', 'faults', {
    target: 'scm',
    path: 'data/',
    kind: 'status',
    status: 403,
  });
  const forbidden = await examine();
  expect(failuresOf(forbidden)).toEqual(
    expect.arrayContaining(['supplyChain', 'entity', 'journalName', 'offset', 'masterData']),
  );
  expect(failuresOf(forbidden)).not.toContain('dataJob');
  expect(the(forbidden, 'supplyChain').seen).toContain('403');
});

it('names a legal entity that is not there', async () => {
  const report = await examine({
    settings: { legalEntities: [{ organizationId: 'XXMF', timeZone: 'UTC', blankTransDate: 'accepted' }] },
  });
  expect(failuresOf(report)).toEqual(['legalEntity']);
  expect(the(report, 'legalEntity', 'XXMF').seen).toContain('usmf');
});

it('names an entity that is not there, and a view that is only useful', async () => {
  const url = await another({
    withoutEntitySets: ['InventoryServiceAdjustmentJournalEntries', 'InventoryJournalTransBiEntities'],
  });
  const report = await examine({ url });
  expect(failuresOf(report)).toEqual(['entity']);
  expect(the(report, 'entity', 'InventoryServiceAdjustmentJournalEntries').result).toBe('fail');
  expect(the(report, 'entity', 'InventoryJournalTransBiEntities').result).toBe('warn');
});

it('names a column that the entity does not have, and leaves a renamed one to be confirmed', async () => {
  const report = await examine({ settings: { scmDimensionColumns: { SiteId: 'INVENTORYPLANTID' } } });
  expect(the(report, 'columns', 'Entries')).toMatchObject({ result: 'fail', seen: 'lacks INVENTORYPLANTID' });
  const { dataPackage } = settingsOf({}).supplyChain;
  const renamed = await examine({
    supplyChain: { dataPackage: { ...dataPackage, offsetDataSourceColumn: 'OFFSETDATASOURCE' } },
  });
  expect(the(renamed, 'columns', 'Entries').result).toBe('toBeConfirmed');
  const status = await examine({
    supplyChain: { dataPackage: { ...dataPackage, expectedStatusPosted: 'PostIt' } },
  });
  expect(failuresOf(status)).toEqual(['expectedStatus']);
});

it('names a wrong activity id, and a job that does not know the application', async () => {
  const activityId = '99999999-9999-4999-8999-999999999999';
  const wrong = await examine({ supplyChain: { activityId } });
  expect(failuresOf(wrong)).toEqual(['dataJob']);
  const url = await another({ jobApplications: [] });
  const unknown = await examine({ url });
  expect(failuresOf(unknown)).toEqual(['dataJob']);
  expect(the(unknown, 'dataJob').remedy).toContain('authorization policy');
});

it('looks for the data project of the transport package', async () => {
  const before = await examine({ supplyChain: { transport: 'package' } });
  expect(the(before, 'dataProject').result).toBe('warn');
  expect(the(before, 'action').seen).toContain('ImportFromPackageAsync');
});

it('looks at the other entities under the profile generic-v2, with the journal names that are given', async () => {
  const mappings = settingsOf({}).mappings.map((mapping) => ({
    ...mapping,
    targetTransactionStatus: 'Created' as const,
  }));
  const report = await examine({
    supplyChain: { entityProfile: 'generic-v2' },
    settings: { mappings },
    parts: { journalNames: ['IAdj'] },
  });
  expect(failuresOf(report)).toEqual([]);
  expect(the(report, 'entity', 'InventoryAdjustmentJournalEntriesV2').result).toBe('pass');
  expect(the(report, 'journalName', 'IAdj').result).toBe('toBeConfirmed');
});

it('refuses the target status Posted under the profile generic-v2, where nothing has SCM post a journal', async () => {
  const report = await examine({ supplyChain: { entityProfile: 'generic-v2' } });
  expect(failuresOf(report)).toEqual(['postingJob']);
  expect(the(report, 'postingJob').remedy).toContain('set targetTransactionStatus to Created');
});

it('names what is missing of a sample line', async () => {
  const report = await examine({
    parts: { sample: { ...SAMPLE, itemNumber: 'D9999', siteId: '2' } },
  });
  expect(failuresOf(report)).toEqual(['masterData']);
  expect(the(report, 'masterData', 'D9999').seen).toBe('is not there');
  expect(the(report, 'masterData', 'site 2').result).toBe('pass');
  expect(the(report, 'masterData', 'warehouse 13').seen).toContain('site 1');
});

it('names an old version', async () => {
  const versions = ['10.0.40.12', '10.0.2095.60'];
  const urls = await Promise.all(versions.map((applicationVersion) => another({ applicationVersion })));
  const [old, build] = await Promise.all(urls.map((url) => examine({ url })));
  expect(old && failuresOf(old)).toEqual(['supplyChainVersion']);
  expect(build && the(build, 'supplyChainVersion').result).toBe('toBeConfirmed');
});

it.each([
  [600_000, 'fail'],
  [-60_000, 'warn'],
  [2_000, 'pass'],
])('compares clocks: %i milliseconds ahead', async (aheadMs, result) => {
  const clock: Clock = {
    now: () => systemClock.now() + aheadMs,
    sleep: (milliseconds, signal) => systemClock.sleep(milliseconds, signal),
  };
  const report = await examine({ parts: { clock } });
  expect(the(report, 'clock').result).toBe(result);
  expect(failuresOf(report)).toEqual(result === 'fail' ? ['clock'] : []);
});

it('takes no longer than its deadlines, and no answer of any size or shape, from somebody who is not Dynamics', async () => {
  const peer = await startHttpPeer(({ url, headers }, response) => {
    if (url.includes('/token')) {
      response.end(JSON.stringify({ access_token: 'a.token', token_type: 'Bearer', expires_in: 3600 }));
    } else if (url.includes('indexquery')) {
      response.end('x'.repeat(2 * 1024 * 1024));
    } else if (url.includes('LegalEntities')) {
      response.writeHead(403).end(`You are not welcome with ${headers.authorization} or ${SECRET}.`);
    } else if (url.includes('$metadata')) {
      response.end('<html><br></html>');
    } else if (!url.includes('jobstatus')) {
      response.end('{"value": "Bearer a.token"}');
    }
  });
  try {
    const report = await examine({
      url: peer.url,
      parts: { callTimeoutMs: 500, metadataTimeoutMs: 500 },
    });
    expect(failuresOf(report)).toEqual([
      'inventoryVisibility',
      'supplyChain',
      'entity',
      'dataJob',
      'journalName',
      'offset',
      'postingJob',
      'masterData',
    ]);
    expect(the(report, 'dataJob').seen).toContain('no complete answer within 500 ms');
    expect(the(report, 'supplyChainVersion').result).toBe('toBeConfirmed');
    expect(the(report, 'supplyChain').seen).toContain('not welcome with Bearer (secret) or (secret)');
    expect(JSON.stringify(report)).not.toContain('a.token');
  } finally {
    await peer.close();
  }
});
