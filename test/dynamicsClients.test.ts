/** The clients of both Dynamics services against the simulator: the documented wire protocol, both sides of it. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startDynamics } from '../local/dynamics/startDynamics.ts';
import type { RunningDynamics } from '../local/dynamics/startDynamics.ts';
import { OutboundHttp } from '../shared/http/outboundHttp.ts';
import type { OnHandEvent } from '../shared/inventoryVisibility/inventoryVisibility.ts';
import { InventoryVisibilityClient } from '../shared/inventoryVisibility/inventoryVisibilityClient.ts';
import { systemClock } from '../shared/runtime/systemRuntime.ts';
import type { DynamicsCredential } from '../shared/settings/environmentSettings.ts';
import { DEFAULT_SETTINGS } from '../shared/settings/defaultSettings.ts';
import { buildDataPackage } from '../shared/supplyChain/dataPackage/buildDataPackage.ts';
import { packageFormat } from '../shared/supplyChain/dataPackage/packageFormat.ts';
import type { JournalLine, ScmJournal } from '../shared/supplyChain/supplyChain.ts';
import { SupplyChainClient } from '../shared/supplyChain/supplyChainClient.ts';
import { NO_TABLES } from './support/noTables.ts';

const FORMAT = packageFormat(DEFAULT_SETTINGS.supplyChain);
const CLIENT = '33333333-3333-4333-8333-333333333333';
const SECRET = 'a secret';
const http = new OutboundHttp(systemClock);
let dynamics: RunningDynamics;

beforeAll(async () => {
  dynamics = await startDynamics({
    clients: [{ clientId: CLIENT, clientSecret: SECRET }],
    journalNames: ['IAdj', 'Other'],
    itemCosts: { D0001: '42' },
    // Jobs run when a test says so; small pages make every read-back walk over several.
    importIntervalMs: 0,
    postingJobIntervalMs: 0,
    pageSize: 7,
  });
});

afterEach(() => control('DELETE', 'faults'));

afterAll(async () => {
  http.close();
  await dynamics.close();
});

async function control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
  const answer = await http.send({
    method,
    url: `${dynamics.url}/control/${path}`,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    timeoutMs: 10_000,
  });
  expect(answer.status).toBe(200);
  return JSON.parse(Buffer.from(answer.body).toString()) as unknown;
}

const credential: DynamicsCredential = {
  kind: 'clientSecret',
  tenantId: '11111111-1111-4111-8111-111111111111',
  clientId: CLIENT,
  secretSetting: 'DYNAMICS_CLIENT_SECRET',
};

function inventoryVisibility(secret = SECRET, callTimeoutMs = 5000): InventoryVisibilityClient {
  return new InventoryVisibilityClient({
    http,
    clock: systemClock,
    environmentId: '22222222-2222-4222-8222-222222222222',
    settings: {
      endpoint: `${dynamics.url}/iv`,
      authority: `${dynamics.url}/entra`,
      securityService: `${dynamics.url}/securityservice/token`,
      credential,
      eventIdWindowHours: 24,
      redirectHosts: [],
      processingBoundSeconds: 300,
    },
    readSecret: () => secret,
    callTimeoutMs,
  });
}

function supplyChain(
  activityId = '44444444-4444-4444-8444-444444444444',
  sendTimeoutMs = 5000,
): SupplyChainClient {
  return new SupplyChainClient({
    http,
    clock: systemClock,
    settings: {
      ...DEFAULT_SETTINGS.supplyChain,
      url: `${dynamics.url}/scm`,
      authority: `${dynamics.url}/entra`,
      credential,
      activityId,
      linesDeletedAfterPosting: 'no',
      unknownOutcomeSeconds: 60,
    },
    tables: NO_TABLES,
    readSecret: () => SECRET,
    sendTimeoutMs,
  });
}

let lastEvent = 0;

function event(productId: string, quantity: string): OnHandEvent {
  lastEvent += 1;
  return {
    id: `eeeeeeee-0000-8000-8000-${String(lastEvent).padStart(12, '0')}`,
    organizationId: 'USMF',
    productId,
    dataSource: '@iv',
    physicalMeasure: 'adjustment',
    dimensions: [
      ['LocationId', '13'],
      ['SiteId', '1'],
    ],
    quantity,
  };
}

async function cached(client: InventoryVisibilityClient, productId: string): Promise<string | undefined> {
  const groups = await client.queryOnHand(await client.token(), {
    organizationId: 'usmf',
    productIds: [productId],
    dimensions: { siteId: ['1'], locationId: ['13'] },
    groupBy: [],
  });
  return groups[0]?.quantities.find((each) => each.physicalMeasure === 'adjustment')?.quantity;
}

test('events reach the cache exactly and count once', async () => {
  const client = inventoryVisibility();
  const token = await client.token();
  const events = [event('EXACT', '0.1'), event('EXACT', '0.2'), event('EXACT', '-99999999999.0000000001')];
  for (let time = 0; time < 2; time++) {
    const answer = await client.postOnHand(token, events);
    expect(answer.kind === 'answered' && [...answer.results.values()].every((result) => result.applied)).toBe(
      true,
    );
  }
  expect(await cached(client, 'EXACT')).toBe('-99999999998.7000000001');
});

test('a refused event does not take the others along', async () => {
  const client = inventoryVisibility();
  await control('POST', 'faults', {
    kind: 'rejectProduct',
    productId: 'BAD',
    statusCode: 400,
    message: 'no such product',
  });
  const [good, bad] = [event('GOOD', '1'), event('BAD', '1')];
  const answer = await client.postOnHand(await client.token(), [bad, good]);
  if (answer.kind !== 'answered') throw new Error(answer.message);
  expect(answer.results.get(good.id)?.applied).toBe(true);
  expect(answer.results.get(bad.id)).toEqual({ applied: false, statusCode: 400, message: 'no such product' });
});

test('redirects of the security service and of the cache are followed, and elsewhere nothing is sent', async () => {
  const client = inventoryVisibility();
  await control('POST', 'faults', { kind: 'redirect', target: 'security', count: 1 });
  const token = await client.token();
  await control('POST', 'faults', { kind: 'redirect', target: 'iv', count: 1 });
  const moved = event('MOVED', '2.5');
  expect((await client.postOnHand(token, [moved])).kind).toBe('answered');
  expect(await client.quantityOf(token, { ...moved, organizationId: 'usmf', productId: 'moved' })).toBe(
    '2.5',
  );
  const location = 'https://gw.example.com/onhand/bulk';
  await control('POST', 'faults', { kind: 'redirect', target: 'iv', count: 1, location });
  expect(await client.postOnHand(token, [event('MOVED', '1')])).toMatchObject({ kind: 'noEffect' });
  expect(await client.quantityOf(token, moved)).toBe('2.5');
});

test('a lost answer is unknown, and the repeat counts nothing twice', async () => {
  const client = inventoryVisibility();
  const events = [event('LOST', '5')];
  await control('POST', 'faults', { kind: 'lostResponse', target: 'iv', count: 1 });
  expect((await client.postOnHand(await client.token(), events)).kind).toBe('unknown');
  expect((await client.postOnHand(await client.token(), events)).kind).toBe('answered');
  expect(await cached(client, 'LOST')).toBe('5');
});

test.each([
  [
    { kind: 'status', status: 429, retryAfter: 2 },
    { kind: 'noEffect', retryAfterMs: 2000 },
  ],
  [{ kind: 'status', status: 503 }, { kind: 'unknown' }],
  [
    { kind: 'status', status: 500, message: 'Waiting for partition 3' },
    { kind: 'unknown', retryAfterMs: 10_000 },
  ],
  [
    { kind: 'status', status: 400 },
    { kind: 'refused', statusCode: 400 },
  ],
  [{ kind: 'reset' }, { kind: 'unknown' }],
  [{ kind: 'hang' }, { kind: 'unknown' }],
])('Inventory Visibility under %j', async (fault, expected) => {
  const client = inventoryVisibility(SECRET, 300);
  const token = await client.token();
  await control('POST', 'faults', { target: 'iv', count: 1, ...fault });
  expect(await client.postOnHand(token, [event('FAULT', '1')])).toMatchObject(expected);
});

test('a token that is not one of Inventory Visibility has no effect', async () => {
  const client = inventoryVisibility();
  const wrong = await supplyChain().token();
  expect((await client.postOnHand(wrong, [event('WRONG', '1')])).kind).toBe('noEffect');
  expect(await cached(client, 'WRONG')).toBeUndefined();
});

test('a wrong secret is an error that names the app setting', async () => {
  await expect(inventoryVisibility('wrong').token()).rejects.toThrow(
    /AADSTS7000215.*DYNAMICS_CLIENT_SECRET/s,
  );
});

function line(lineNumber: number, prefix: string, more: Partial<JournalLine> = {}): JournalLine {
  return {
    aggregatedLineId: `${prefix}-0000-8000-8000-${String(lineNumber).padStart(12, '0')}`,
    lineNumber,
    productId: 'D0001',
    quantity: '1',
    dimensionColumns: { INVENTORYSITEID: '1', INVENTORYWAREHOUSEID: '13', PRODUCTCOLORID: 'R, "d"' },
    offsetDataSource: '@iv',
    offsetPhysicalMeasure: 'adjustment',
    ...more,
  };
}

function journal(
  journalKey: string,
  lines: readonly JournalLine[],
  more: Partial<ScmJournal> = {},
): ScmJournal {
  return {
    journalKey,
    description: `${journalKey} test`,
    expectedStatus: 'Posted',
    lines,
    ...more,
  };
}

async function sendAndImport(
  client: SupplyChainClient,
  submissionId: string,
  journals: readonly ScmJournal[],
) {
  const token = await client.token();
  const zip = buildDataPackage({ company: 'usmf', submissionId, journals }, FORMAT);
  const sent = await client.send(token, 'usmf', submissionId, zip);
  if (sent.kind !== 'accepted') throw new Error(`${sent.kind}: ${sent.message}`);
  const before = await client.importStatus(token, sent.messageId);
  expect(before).toMatchObject({ kind: 'pending', messageStatus: 'Enqueued' });
  await control('POST', 'import/run');
  return { token, status: await client.importStatus(token, sent.messageId) };
}

test('a package with every kind of line is imported, posted and read back', async () => {
  const client = supplyChain();
  const lines = [
    line(1, 'aaaaaaaa', { quantity: '12.0000000001', costPrice: '3.25', transDate: '2024-05-31' }),
    line(2, 'aaaaaaaa', { quantity: '-0.5' }),
    line(3, 'aaaaaaaa', { costPrice: '0' }),
    ...Array.from({ length: 97 }, (_, n) => line(n + 4, 'aaaaaaaa', { transDate: '2024-05-31' })),
  ];
  const { token, status } = await sendAndImport(client, 'package-1', [
    journal('IV-A', lines, { journalNameId: 'Other' }),
    journal('IV-B', [line(1, 'bbbbbbbb')], { expectedStatus: 'Created' }),
  ]);
  expect(status).toMatchObject({ kind: 'final', messageStatus: 'Processed', succeeded: true, errors: [] });

  expect(await client.journals(token, 'USMF', ['IV-A', 'IV-B', 'IV-C'])).toEqual([
    { journalNumber: 'IV-A', isPosted: false, lines: 100 },
    { journalNumber: 'IV-B', isPosted: false, lines: 1 },
  ]);
  const created = await client.linesOfJournal(token, 'USMF', {
    journalKey: 'IV-A',
    description: 'IV-A test',
    lines,
  });
  expect(created).toHaveLength(100);
  const byId = new Map(created.map((each) => [each.aggregatedLineId, each]));
  expect(lines.map((each) => byId.get(each.aggregatedLineId)?.lineNumber)).toEqual(
    lines.map((each) => each.lineNumber),
  );
  expect(byId.get(lines[0]?.aggregatedLineId ?? '')).toEqual({
    aggregatedLineId: lines[0]?.aggregatedLineId,
    journalNumber: 'IV-A',
    lineNumber: 1,
    journalNameId: 'Other',
    quantity: '12.0000000001',
    transDate: '2024-05-31',
    costPrice: '3.25',
  });

  await control('POST', 'posting-job/run');
  expect(await client.journals(token, 'USMF', ['IV-A', 'IV-B'])).toMatchObject([
    { isPosted: true },
    { isPosted: false },
  ]);
  const posted = await client.linesById(token, 'usmf', [
    ...lines.map((each) => each.aggregatedLineId),
    'ffffffff-0000-8000-8000-000000000001',
  ]);
  expect(posted).toHaveLength(100);
  expect(posted.every((each) => each.voucher !== undefined && each.inventTransId !== undefined)).toBe(true);

  const query = '$select=InventoryServiceTransactionId,UnitCost,JournalNameId&cross-company=true';
  const costs = await http.send({
    method: 'GET',
    url: `${dynamics.url}/scm/data/InventoryServiceAdjustmentJournalEntries?${query}&$filter=LineNumber%20eq%201%20or%20LineNumber%20eq%202%20or%20LineNumber%20eq%203`,
    headers: { authorization: `Bearer ${token.value}` },
    timeoutMs: 5000,
  });
  const { value } = JSON.parse(Buffer.from(costs.body).toString()) as { value: Record<string, unknown>[] };
  const costOf = (id: string | undefined) =>
    value.find((row) => row.InventoryServiceTransactionId === id)?.UnitCost;
  expect(costOf(lines[0]?.aggregatedLineId)).toBe(3.25);
  // Without a cost SCM takes its own; a cost of zero stays zero.
  expect(costOf(lines[1]?.aggregatedLineId)).toBe(42);
  expect(costOf(lines[2]?.aggregatedLineId)).toBe(0);
});

test('errors of an import are read, and name their lines', async () => {
  const client = supplyChain();
  const bad = line(2, 'cccccccc', { productId: 'an item number of more than twenty characters' });
  const { token, status } = await sendAndImport(client, 'package-2', [
    journal('IV-D', [line(1, 'cccccccc'), bad]),
  ]);
  if (status.kind !== 'final') throw new Error('not final');
  expect(status.succeeded).toBe(false);
  expect(status.errors.some((error) => error.aggregatedLineId === bad.aggregatedLineId)).toBe(true);
  const found = await client.linesById(token, 'usmf', [
    line(1, 'cccccccc').aggregatedLineId,
    bad.aggregatedLineId,
  ]);
  expect(found.map((each) => each.lineNumber)).toEqual([1]);
});

test('a package that cannot be opened ends without an execution', async () => {
  const client = supplyChain();
  const token = await client.token();
  const sent = await client.send(token, 'usmf', 'package-3', new TextEncoder().encode('no zip'));
  if (sent.kind !== 'accepted') throw new Error(sent.kind);
  await control('POST', 'import/run');
  expect(await client.importStatus(token, sent.messageId)).toMatchObject({
    kind: 'final',
    messageStatus: 'PreProcessingError',
    succeeded: false,
  });
});

test('a wrong activity id, a wrong company and a wrong token are told apart', async () => {
  const zip = buildDataPackage(
    {
      company: 'usmf',
      submissionId: 'p',
      journals: [journal('IV-E', [line(1, 'dddddddd')])],
    },
    FORMAT,
  );
  const client = supplyChain();
  const token = await client.token();
  expect(await supplyChain('no-such-job').send(token, 'usmf', 'p', zip)).toMatchObject({
    kind: 'refused',
    statusCode: 404,
  });
  expect(await client.send(token, 'none', 'p', zip)).toMatchObject({ kind: 'refused', statusCode: 400 });
  const wrong = await inventoryVisibility().token();
  expect((await client.send(wrong, 'usmf', 'p', zip)).kind).toBe('noEffect');
});

test.each([
  [
    { kind: 'status', status: 429, retryAfter: 2 },
    { kind: 'noEffect', retryAfterMs: 2000 },
  ],
  [{ kind: 'status', status: 503 }, { kind: 'unknown' }],
  [{ kind: 'reset' }, { kind: 'unknown' }],
  [{ kind: 'lostResponse' }, { kind: 'unknown' }],
  [{ kind: 'hang' }, { kind: 'unknown' }],
])('sending a package under %j', async (fault, expected) => {
  const client = supplyChain(undefined, 300);
  const token = await client.token();
  await control('POST', 'faults', { target: 'scm', path: 'enqueue', count: 1, ...fault });
  const zip = buildDataPackage(
    {
      company: 'usmf',
      submissionId: 'f',
      journals: [journal('IV-F', [line(1, 'ffffffff')])],
    },
    FORMAT,
  );
  expect(await client.send(token, 'usmf', 'f', zip)).toMatchObject(expected);
});
