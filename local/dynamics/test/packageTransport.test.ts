// Sources: "Data management package REST API" (data-management-api.md: GetAzureWriteUrl, ImportFromPackage and its
// parameters, "must not be called in parallel threads", GetExecutionSummaryStatus, GetExecutionErrors,
// GetImportStagingErrorFileUrl, GenerateImportTargetErrorKeysFile, GetImportTargetErrorKeysFileUrl); "Put Blob" of the
// storage services' REST reference; issues 54, 75 and 113 of microsoft/Recurring-Integrations-Scheduler (overwrite, form
// and window of the signature); "Data management error descriptions" (DMF2025: parallel imports of one
// project); data-import-export-job.md (history is kept for seven days).
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { startDynamics } from '../startDynamics.ts';
import type { RunningDynamics } from '../startDynamics.ts';
import { call, CLIENT, DynamicsClient } from './dynamicsClient.ts';
import { ENTRIES, headerFile, lineFile, lineId, packageZip } from './samplePackage.ts';

const running: RunningDynamics[] = [];
let client: DynamicsClient;

beforeEach(async () => {
  const dynamics = await startDynamics({ clients: [CLIENT], importIntervalMs: 0, postingJobIntervalMs: 0 });
  running.push(dynamics);
  client = new DynamicsClient(dynamics.url);
});
afterAll(() => Promise.all(running.map((dynamics) => dynamics.close())));

const header = headerFile([['J1', 'J1 of the day', 'Created']]);
const good = packageZip([header, lineFile([{}])]);
const summary = (executionId: string): Promise<string> =>
  client.actionValue('GetExecutionSummaryStatus', { executionId });

describe('the uploaded file', () => {
  it('is written and read with the signed address alone', async () => {
    const url = await client.writeUrl('package 1.zip');
    expect(new URL(url).pathname).toBe('/blob/dmf/package%201.zip');
    expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({ sr: 'b', sp: 'rw' });
    expect((await client.upload(url, good)).status).toBe(201);
    const read = await fetch(url);
    expect(Buffer.from(await read.arrayBuffer()).equals(Buffer.from(good))).toBe(true);
  });

  it('is refused without the blob type, with a token, with another signature or name, and when it is late', async () => {
    const url = await client.writeUrl('a.zip');
    const put = (address: string, headers: Record<string, string>): Promise<number> =>
      call(address, { method: 'PUT', headers, body: good }).then(({ status }) => status);
    const block = { 'x-ms-blob-type': 'BlockBlob' };
    expect(await put(url, {})).toBe(400);
    expect(await put(url, { 'x-ms-blob-type': 'AppendBlob' })).toBe(400);
    expect(await put(url, { ...block, Authorization: 'Bearer x' })).toBe(403);
    expect(await put(url.replace(/sig=[^&]+/, 'sig=AAAA'), block)).toBe(403);
    expect(await put(url.replace('a.zip', 'b.zip'), block)).toBe(403);
    await client.control('POST', 'clock', { advanceMs: 31 * 60_000 });
    const late = await client.upload(url, good);
    expect(late.status).toBe(403);
    expect(late.headers.get('x-ms-error-code')).toBe('AuthenticationFailed');
  });
});

describe('ImportFromPackage', () => {
  it("imports under the caller's execution id", async () => {
    const accepted = await client.importFromPackage(good, 'mine-1');
    expect(accepted.json).toMatchObject({ value: 'mine-1' });
    expect(await summary('mine-1')).toBe('NotRun');
    await client.control('POST', 'import/run');
    expect(await summary('MINE-1')).toBe('Succeeded');
    expect(await client.actionValue('GetExecutionErrors', { executionId: 'mine-1' })).toBe('[]');
    expect((await client.totals()).supplyChain).toMatchObject([{ quantity: '5', lines: 1 }]);
    const details = await client.rows('DataManagementExecutionJobDetails', {
      $filter: "JobId eq 'mine-1' and DefinitionGroupId eq 'Adjustments'",
    });
    expect(details).toMatchObject([
      { EntityName: header.label, TargetStatus: 'Finished', TargetRecordsCreatedCount: 1 },
      { EntityName: ENTRIES, TargetRecordsCreatedCount: 1, TargetRecordsUpdatedCount: 0 },
    ]);
    expect(await client.rows('DataManagementDefinitionGroups')).toMatchObject([{ Name: 'Adjustments' }]);
  });

  it('makes an execution id where none is given', async () => {
    const answer = await client.importFromPackage(good, 'x', { executionId: '' });
    expect((answer.json as { value: string }).value).toMatch(
      /^Adjustments-\d{4}-\d\d-\d\dT[\d:]{8}-[0-9A-F]{32}$/,
    );
  });

  it('is known to GetExecutionSummaryStatus only once the batch has begun, in its asynchronous form', async () => {
    await client.importFromPackage(good, 'later', {}, 'ImportFromPackageAsync');
    const early = await client.action('GetExecutionSummaryStatus', { executionId: 'later' });
    expect([early.status, early.text]).toEqual([400, expect.stringContaining('were not found')]);
    await client.control('POST', 'import/run');
    expect(await summary('later')).toBe('Succeeded');
  });

  it('is forgotten with its history after seven days, and what it imported is not', async () => {
    await client.importFromPackage(good, 'old');
    await client.control('POST', 'import/run');
    await client.control('POST', 'clock', { advanceMs: 7 * 24 * 3600_000 });
    await client.control('POST', 'import/run');
    expect((await client.action('GetExecutionSummaryStatus', { executionId: 'old' })).status).toBe(400);
    expect(await client.rows('DataManagementExecutionJobs', { $filter: "JobId eq 'old'" })).toEqual([]);
    expect(await client.rows('InventoryServiceAdjustmentJournalEntries')).toHaveLength(1);
    expect((await client.importFromPackage(good, 'old')).status).toBe(500);
  });

  it('stays in staging without execute', async () => {
    await client.importFromPackage(good, 'staged', { execute: false });
    await client.control('POST', 'import/run');
    expect(await summary('staged')).toBe('Succeeded');
    expect((await client.totals()).supplyChain).toEqual([]);
  });

  it('refuses a second import of a project while one is under way, unless parallel import is switched on', async () => {
    await client.importFromPackage(good, 'first');
    const second = await client.importFromPackage(good, 'second', { definitionGroupId: 'ADJUSTMENTS' });
    expect([second.status, second.text]).toEqual([500, expect.stringContaining('DMFDefinitionGroupEntity')]);
    expect((await client.importFromPackage(good, 'other', { definitionGroupId: 'Other' })).status).toBe(200);
    await client.control('POST', 'import/run');
    expect((await client.importFromPackage(good, 'second')).status).toBe(200);

    const parallel = await startDynamics({
      clients: [CLIENT],
      importIntervalMs: 0,
      enhancedParallelPackageImport: true,
    });
    running.push(parallel);
    client = new DynamicsClient(parallel.url);
    await client.importFromPackage(good, 'first');
    expect((await client.importFromPackage(good, 'second')).status).toBe(200);
  });

  it.each([
    ['an existing project without overwrite', { overwrite: false }, 500, 'overwrite has not been specified'],
    ['an execution id that exists', { executionId: 'known' }, 500, 'already exists'],
    ['an unknown legal entity', { legalEntityId: 'XXXX' }, 400, 'XXXX'],
    ['a file that was never uploaded', { packageUrl: 'none' }, 500, 'does not exist'],
    ['a foreign address', { packageUrl: 'http://127.0.0.1:1/dmf/a.zip?sig=x' }, 403, 'no address'],
    ['a flag that is a string', { execute: 'true' }, 400, 'execute'],
    ['no project', { definitionGroupId: '' }, 400, 'definitionGroupId'],
  ])('refuses %s', async (_what, changes, status, text) => {
    await client.importFromPackage(good, 'known');
    await client.control('POST', 'import/run');
    const url = await client.writeUrl('never.zip');
    const all = 'packageUrl' in changes && changes.packageUrl === 'none' ? { packageUrl: url } : changes;
    const answer = await client.importFromPackage(good, 'next', all);
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(text)]);
  });

  it('refuses at once what it cannot open, or fails later in the asynchronous form', async () => {
    const unknown = packageZip([{ ...header, label: 'Nothing' }]);
    const answer = await client.importFromPackage(unknown, 'now');
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('Entity Nothing does not exist in the target environment');
    await client.importFromPackage(unknown, 'later', {}, 'ImportFromPackageAsync');
    await client.control('POST', 'import/run');
    expect(await summary('later')).toBe('Failed');
    expect(await client.actionValue('GetExecutionErrors', { executionId: 'later' })).toContain('Nothing');
  });
});

describe('rows in error', () => {
  const zip = packageZip([
    header,
    lineFile([
      { INVENTORYSERVICETRANSACTIONID: lineId(1), INVENTORYQUANTITY: 'five' },
      { INVENTORYSERVICETRANSACTIONID: lineId(2), JOURNALNUMBER: 'J9' },
      { INVENTORYSERVICETRANSACTIONID: lineId(3) },
    ]),
  ]);
  const file = async (url: string): Promise<string> =>
    Buffer.from(await (await fetch(url)).arrayBuffer()).toString('utf16le');

  it('stand in files per phase, the one of the target phase when it was asked for', async () => {
    await client.importFromPackage(zip, 'bad');
    await client.control('POST', 'import/run');
    expect(await summary('bad')).toBe('PartiallySucceeded');
    const of = { executionId: 'bad', entityName: ENTRIES };
    const staging = await file(await client.actionValue('GetImportStagingErrorFileUrl', of));
    expect(staging).toContain(lineId(1));
    expect(staging).not.toContain(lineId(2));
    expect(await client.actionValue('GetImportTargetErrorKeysFileUrl', of)).toBe('');
    expect((await client.action('GenerateImportTargetErrorKeysFile', of)).json).toMatchObject({
      value: true,
    });
    const target = await file(await client.actionValue('GetImportTargetErrorKeysFileUrl', of));
    expect(target).toContain(lineId(2));
    expect(target).not.toContain(lineId(1));
    const headers = { executionId: 'bad', entityName: header.label };
    expect(await client.actionValue('GetImportStagingErrorFileUrl', headers)).toBe('');
    expect((await client.action('GenerateImportTargetErrorKeysFile', headers)).json).toMatchObject({
      value: false,
    });
  });
});
