/** Both entity profiles over both transports in every kind of data file, against the simulator. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { useAzurite } from '../local/azurite/testAzurite.ts';
import { startDynamics } from '../local/dynamics/startDynamics.ts';
import type { RunningDynamics } from '../local/dynamics/startDynamics.ts';
import { OutboundHttp } from '../shared/http/outboundHttp.ts';
import { systemClock } from '../shared/runtime/systemRuntime.ts';
import { DEFAULT_SETTINGS } from '../shared/settings/defaultSettings.ts';
import type { SupplyChainSettings } from '../shared/settings/environmentSettings.ts';
import { SETTINGS_TABLE } from '../shared/settings/settingsStore.ts';
import { buildDataPackage } from '../shared/supplyChain/dataPackage/buildDataPackage.ts';
import { packageFormat } from '../shared/supplyChain/dataPackage/packageFormat.ts';
import type { JournalLine, ScmJournal } from '../shared/supplyChain/supplyChain.ts';
import { SupplyChainClient } from '../shared/supplyChain/supplyChainClient.ts';
import type { TableStore } from '../shared/tables/tableStore.ts';
import { exportedServiceEntities, exportedTemplate } from './support/exportedTemplate.ts';

const CLIENT = '33333333-3333-4333-8333-333333333333';
const azurite = useAzurite();
const http = new OutboundHttp(systemClock);
let dynamics: RunningDynamics;
let tables: TableStore;

beforeAll(async () => {
  dynamics = await startDynamics({
    clients: [{ clientId: CLIENT, clientSecret: 'a secret' }],
    journalNames: ['IAdj', 'Other'],
    itemCosts: { D0001: '42' },
    importIntervalMs: 0,
    postingJobIntervalMs: 0,
    pageSize: 3,
  });
  tables = azurite.store();
  await tables.createTables([SETTINGS_TABLE]);
});

afterEach(() => control('DELETE', 'faults'));

afterAll(async () => {
  http.close();
  await dynamics.close();
});

async function control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<void> {
  const answer = await http.send({
    method,
    url: `${dynamics.url}/control/${path}`,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    timeoutMs: 10_000,
  });
  expect(answer.status).toBe(200);
}

function settingsOf(changes: Partial<SupplyChainSettings>): SupplyChainSettings {
  return {
    ...DEFAULT_SETTINGS.supplyChain,
    url: `${dynamics.url}/scm`,
    authority: `${dynamics.url}/entra`,
    credential: {
      kind: 'clientSecret',
      tenantId: '11111111-1111-4111-8111-111111111111',
      clientId: CLIENT,
      secretSetting: 'DYNAMICS_CLIENT_SECRET',
    },
    activityId: '44444444-4444-4444-8444-444444444444',
    ...changes,
  };
}

const clientOf = (settings: SupplyChainSettings): SupplyChainClient =>
  new SupplyChainClient({ http, clock: systemClock, settings, tables, readSecret: () => 'a secret' });

let last = 0;

function journalOf(key: string, quantities: readonly string[], more: Partial<ScmJournal> = {}): ScmJournal {
  const lines = quantities.map((quantity, index): JournalLine => {
    last += 1;
    return {
      aggregatedLineId: `aaaaaaaa-0000-8000-8000-${String(last).padStart(12, '0')}`,
      lineNumber: index + 1,
      productId: 'D0001',
      quantity,
      dimensionColumns: { INVENTORYSITEID: '1', INVENTORYWAREHOUSEID: '13', PRODUCTCOLORID: 'R,"<' },
      offsetDataSource: '@iv',
      offsetPhysicalMeasure: 'adjustment',
      ...(index % 2 === 0 ? { costPrice: '0.5' } : { transDate: '2024-05-31' }),
    };
  });
  return { journalKey: key, description: `${key} run 1`, expectedStatus: 'Posted', lines, ...more };
}

async function submit(settings: SupplyChainSettings, submissionId: string, given: readonly ScmJournal[]) {
  const client = clientOf(settings);
  const token = await client.token();
  const journals = await client.openJournals(token, 'usmf', given);
  const content = { company: 'usmf', submissionId, journals };
  const answer = await client.send(
    token,
    'usmf',
    submissionId,
    buildDataPackage(content, packageFormat(settings)),
  );
  return { client, token, journals, answer };
}

const CASES = (['service', 'generic-v2'] as const).flatMap((entityProfile) =>
  (['recurring', 'package'] as const).flatMap((transport) =>
    (['CSV-Unicode', 'XML-Element', 'XML-Attribute'] as const).map(
      (sourceFormat) => [entityProfile, transport, sourceFormat] as const,
    ),
  ),
);

test.each(CASES)(
  'profile %s, transport %s, %s: posted with equal quantities',
  async (profile, transport, format) => {
    const settings = settingsOf({
      entityProfile: profile,
      transport,
      dataPackage: { ...DEFAULT_SETTINGS.supplyChain.dataPackage, sourceFormat: format },
    });
    const key = `IV${CASES.findIndex((each) => each.join() === [profile, transport, format].join())}-1-ABCDEF`;
    const quantities = ['12.0000000001', '-0.5', '3', '4', '-7'];
    const sent = journalOf(key, quantities, { journalNameId: 'Other' });
    const { client, token, answer } = await submit(settings, `${profile}-${transport}-${format}`, [sent]);
    if (answer.kind !== 'accepted') throw new Error(answer.message);
    expect(await client.importStatus(token, answer.messageId)).toMatchObject({ kind: 'pending' });
    await control('POST', 'import/run');
    expect(await client.importStatus(token, answer.messageId)).toMatchObject({
      kind: 'final',
      succeeded: true,
      errors: [],
    });
    await control('POST', 'posting-job/run');
    const lines = await client.linesOfJournal(token, 'USMF', sent);
    const byId = new Map(lines.map((line) => [line.aggregatedLineId, line]));
    expect(sent.lines.map(({ aggregatedLineId }) => byId.get(aggregatedLineId)?.quantity)).toEqual(
      quantities,
    );
    expect(
      lines.every(({ voucher, inventTransId }) => voucher !== undefined && inventTransId !== undefined),
    ).toBe(true);
    const [journalNumber = ''] = lines.map((line) => line.journalNumber);
    expect(await client.journals(token, 'USMF', [journalNumber, key])).toMatchObject(
      profile === 'service'
        ? [{ isPosted: true }]
        : [{ isPosted: true }, { journalNumber: key, isPosted: true }],
    );
  },
);

test.each(['CSV-Unicode', 'XML-Element'])(
  'a package after an exported template is imported (%s)',
  async (format) => {
    const template = exportedTemplate(exportedServiceEntities(format));
    const settings = settingsOf({ dataPackage: { ...DEFAULT_SETTINGS.supplyChain.dataPackage, template } });
    const sent = journalOf(`IVT${format.slice(0, 3)}-1-ABCDEF`, ['1', '-2.5']);
    const { client, token, answer } = await submit(settings, `template-${format}`, [sent]);
    if (answer.kind !== 'accepted') throw new Error(answer.message);
    await control('POST', 'import/run');
    expect(await client.importStatus(token, answer.messageId)).toMatchObject({ kind: 'final', errors: [] });
    const lines = await client.linesOfJournal(token, 'usmf', sent);
    expect(lines.map(({ quantity }) => quantity).sort()).toEqual(['-2.5', '1']);
  },
);

test('an import whose answer is lost is found again, and keeps the project to itself until it has ended', async () => {
  const settings = settingsOf({ transport: 'package', dataProject: 'Lost' });
  await control('POST', 'faults', {
    kind: 'lostResponse',
    target: 'scm',
    path: 'ImportFromPackage',
    count: 1,
  });
  const sent = journalOf('IVL-1-ABCDEF', ['1']);
  const { client, token, answer } = await submit(settings, 'lost-1', [sent]);
  expect(answer.kind).toBe('unknown');
  const other = await submit(settings, 'lost-2', [journalOf('IVL-2-ABCDEF', ['2'])]);
  expect(other.answer).toMatchObject({ kind: 'noEffect', retryAfterMs: 15_000 });
  await control('POST', 'import/run');
  expect(await client.findImport(token, 'lost-1')).toMatchObject({ kind: 'final', succeeded: true });
  expect(await client.findImport(token, 'lost-2')).toBeUndefined();
  expect(await client.linesOfJournal(token, 'usmf', sent)).toHaveLength(1);
  const again = await submit(settings, 'lost-2', [journalOf('IVL-2-ABCDEF', ['2'])]);
  expect(again.answer.kind).toBe('accepted');
});

test('a project imports one after the other what several instances send', async () => {
  const settings = settingsOf({ transport: 'package', dataProject: 'Busy' });
  const results: string[] = [];
  for (let round = 0; round < 4 && results.length < 3; round++) {
    const waiting = [1, 2, 3].filter((number) => !results.includes(`busy-${number}`));
    const answers = await Promise.all(
      waiting.map(async (number) => {
        const { answer } = await submit(settings, `busy-${number}`, [
          journalOf(`IVB-${number}-ABCDEF`, ['1']),
        ]);
        return { id: `busy-${number}`, kind: answer.kind };
      }),
    );
    expect(answers.every(({ kind }) => kind === 'accepted' || kind === 'noEffect')).toBe(true);
    results.push(...answers.filter(({ kind }) => kind === 'accepted').map(({ id }) => id));
    await control('POST', 'import/run');
  }
  expect(results.sort()).toEqual(['busy-1', 'busy-2', 'busy-3']);
});

test('SCM that does not answer is noticed before anything is sent', async () => {
  await control('POST', 'faults', { kind: 'status', target: 'scm', status: 503, retryAfter: 120 });
  await expect(submit(settingsOf({}), 'closed', [journalOf('IVC-1-ABCDEF', ['1'])])).rejects.toMatchObject({
    name: 'DependencyError',
    retryAfterMs: 120_000,
  });
});

test('lines in error are named by the error files where the list of errors is empty', async () => {
  await control('POST', 'faults', { kind: 'noExecutionErrors' });
  const journal = journalOf('IVK-1-ABCDEF', ['1', '2']);
  const bad = {
    ...journal.lines[1],
    productId: 'an item number of more than twenty characters',
  } as JournalLine;
  const { client, token, answer } = await submit(settingsOf({}), 'keys', [
    { ...journal, lines: [journal.lines[0] as JournalLine, bad] },
  ]);
  if (answer.kind !== 'accepted') throw new Error(answer.message);
  await control('POST', 'import/run');
  const status = await client.importStatus(token, answer.messageId);
  expect(status).toMatchObject({ kind: 'final', succeeded: false });
  if (status.kind !== 'final') return;
  expect(status.errors.map(({ aggregatedLineId }) => aggregatedLineId)).toEqual([bad.aggregatedLineId]);
});

test('errors name their lines in both transports', async () => {
  for (const transport of ['recurring', 'package'] as const) {
    const journal = journalOf(`IVE-${transport.length}-ABCDEF`, ['1', '2']);
    const bad = {
      ...journal.lines[1],
      productId: 'an item number of more than twenty characters',
    } as JournalLine;
    const { client, token, answer } = await submit(
      settingsOf({ transport, dataProject: 'Errors' }),
      `errors-${transport}`,
      [{ ...journal, lines: [journal.lines[0] as JournalLine, bad] }],
    );
    if (answer.kind !== 'accepted') throw new Error(answer.message);
    await control('POST', 'import/run');
    const status = await client.importStatus(token, answer.messageId);
    if (status.kind !== 'final') throw new Error('not final');
    expect(status.succeeded).toBe(false);
    expect(status.errors.some((error) => error.aggregatedLineId === bad.aggregatedLineId)).toBe(true);
  }
});
