/** The deployment bundle, loaded by the host: every function registers, with exactly the metadata that Azure will see. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import { buildFunctions } from '../build.ts';
import { type FunctionsHost, startFunctionsHost } from '../local/functionsHost/functionsHost.ts';

const never = '0 0 0 1 1 *';
const root = 'api/environment/{environmentId}';

describe('the deployment bundle', () => {
  let host: FunctionsHost;
  beforeAll(async () => {
    await buildFunctions();
    host = await startFunctionsHost({
      appRoot: fileURLToPath(new URL('..', import.meta.url)),
      port: 0,
      env: {
        SYNC_CACHE_SCHEDULE: never,
        PACKAGE_JOURNALS_SCHEDULE: never,
        TRACK_JOURNALS_SCHEDULE: never,
        APPLY_RETENTION_SCHEDULE: never,
        AUDIT_LOGS_SCHEDULE: never,
        SERVICE_BUS_CONNECTION:
          'Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=k;SharedAccessKey=s;UseDevelopmentEmulator=true',
      },
      log: { write: () => undefined },
    });
  });
  afterAll(async () => {
    await host.close();
  });

  it('registers every function with its trigger', () => {
    const functions = [...host.functions].sort((a, b) => a.name.localeCompare(b.name));
    expect(functions).toMatchObject([
      { name: 'applyRetention', type: 'timerTrigger', schedule: never },
      { name: 'auditLogs', type: 'timerTrigger', schedule: never },
      {
        name: 'configureEnvironment',
        type: 'httpTrigger',
        route: `${root}/configure`,
        methods: ['POST'],
      },
      {
        name: 'decideAboutAggregatedLine',
        type: 'httpTrigger',
        route: `${root}/aggregatedAdjustmentLines/{lineRecordId}/{action}`,
        methods: ['POST'],
      },
      {
        name: 'decideAboutJournal',
        type: 'httpTrigger',
        route: `${root}/journals/{journalKey}/{action}`,
        methods: ['POST'],
      },
      {
        name: 'findAdjustmentLines',
        type: 'httpTrigger',
        route: `${root}/adjustmentLines`,
        methods: ['GET'],
      },
      {
        name: 'judgeAdjustmentLines',
        type: 'httpTrigger',
        route: `${root}/adjustmentLines/verdict`,
        methods: ['POST'],
      },
      { name: 'packageJournals', type: 'timerTrigger', schedule: never },
      {
        name: 'postAdjustments',
        type: 'httpTrigger',
        route: `${root}/transaction/adjustment/bulk`,
        methods: ['POST'],
      },
      { name: 'postJournalPackage', type: 'serviceBusTrigger', queueName: 'journal-packages' },
      {
        name: 'readAdjustmentLine',
        type: 'httpTrigger',
        route: `${root}/adjustmentLines/{lineRecordId}`,
        methods: ['GET'],
      },
      {
        name: 'readAggregatedAdjustmentLine',
        type: 'httpTrigger',
        route: `${root}/aggregatedAdjustmentLines/{lineRecordId}`,
        methods: ['GET'],
      },
      { name: 'readAudit', type: 'httpTrigger', route: `${root}/audit`, methods: ['GET'] },
      { name: 'readJournal', type: 'httpTrigger', route: `${root}/journals/{journalKey}`, methods: ['GET'] },
      { name: 'readSettings', type: 'httpTrigger', route: `${root}/settings`, methods: ['GET'] },
      { name: 'readSetUp', type: 'httpTrigger', route: `${root}/doctor`, methods: ['GET'] },
      {
        name: 'redriveAdjustmentLines',
        type: 'httpTrigger',
        route: `${root}/adjustmentLines/redrive`,
        methods: ['POST'],
      },
      {
        name: 'releaseLog',
        type: 'httpTrigger',
        route: `${root}/log/{organizationId}/release`,
        methods: ['POST'],
      },
      { name: 'replaceSettings', type: 'httpTrigger', route: `${root}/settings`, methods: ['PUT'] },
      { name: 'syncCache', type: 'timerTrigger', schedule: never },
      { name: 'trackJournals', type: 'timerTrigger', schedule: never },
    ]);
  });

  it('answers a call that needs a missing setting with a problem that does not leak it, and lives on', async () => {
    const url = `${host.url}/api/environment/x/adjustmentLines/y`;
    const first = await fetch(url);
    expect(first.status).toBe(500);
    expect(first.headers.get('content-type')).toBe('application/problem+json');
    await first.arrayBuffer();
    const second = await fetch(url);
    expect(second.status).toBe(500);
  });
});
