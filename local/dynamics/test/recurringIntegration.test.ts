// Sources: recurring-integrations.md (enqueue, message status), data-management-api.md (execution status, errors),
// data-entities-data-packages.md and the sample package of Dynamics-AX-Integration (format), contracts of
// Recurring-Integrations-Scheduler (job status), dm-error-descriptions.md and practitioners' notes (refusals).
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULTS } from '../dynamicsOptions.ts';
import { startDynamics } from '../startDynamics.ts';
import type { RunningDynamics } from '../startDynamics.ts';
import { call, CLIENT, DynamicsClient } from './dynamicsClient.ts';
import { csvText, ENTRIES, headerFile, lineFile, lineId, packageZip, utf16 } from './samplePackage.ts';

const NO_ID = '00000000-0000-0000-0000-000000000000';
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const running: RunningDynamics[] = [];
let client: DynamicsClient;

beforeEach(async () => {
  const dynamics = await startDynamics({
    clients: [CLIENT],
    journalNames: ['IAdj', 'POS'],
    itemCosts: { D0001: '2.5' },
    importIntervalMs: 0,
    postingJobIntervalMs: 0,
  });
  running.push(dynamics);
  client = new DynamicsClient(dynamics.url);
});
afterAll(() => Promise.all(running.map((dynamics) => dynamics.close())));

const header = headerFile([['J1', 'J1 of the day', 'Created']]);
const good = packageZip([header, lineFile([{}])]);

interface Outcome {
  readonly status: string;
  readonly summary?: string;
  readonly errors: { RecordId: string; Field: string; ErrorMessage: string }[];
}

async function outcomeOf(messageId: string): Promise<Outcome> {
  const status = await client.actionValue('GetMessageStatus', { messageId });
  const executionId = await client.actionValue('GetExecutionIdByMessageId', { _messageId: messageId });
  if (executionId === NO_ID) return { status, errors: [] };
  const summary = await client.actionValue('GetExecutionSummaryStatus', { executionId });
  const errors = await client.actionValue('GetExecutionErrors', { executionId });
  return { status, summary, errors: JSON.parse(errors) as Outcome['errors'] };
}

describe('a data package on its way in', () => {
  it('is enqueued, has no execution while it waits, and is then processed', async () => {
    const enqueued = await client.enqueue(good, 'usmf');
    expect(enqueued.status).toBe(200);
    const messageId = enqueued.json as string;
    expect(messageId).toMatch(GUID);
    expect(await client.actionValue('GetMessageStatus', { messageId })).toBe('Enqueued');
    expect(await client.actionValue('GetExecutionIdByMessageId', { _messageId: messageId })).toBe(NO_ID);

    await client.control('POST', 'import/run');
    expect(await outcomeOf(messageId)).toEqual({ status: 'Processed', summary: 'Succeeded', errors: [] });
    const url = `${client.url}/scm/api/connector/jobstatus/${DEFAULTS.activityId}?jobId=${messageId}`;
    expect((await client.readUrl(url)).json).toMatchObject({
      DataJobStatus: { DataProject: 'Adjustments', ExternalIdentifier: 'package-1', DataJobState: 5 },
      ExecutionDetail: [
        { EntityName: header.label, StagingRecords: 1, TargetRecords: 1, TargetErrorCount: 0 },
        { EntityName: ENTRIES, StagingRecords: 1, TargetRecords: 1, TargetErrorCount: 0 },
      ],
    });
  });

  it('makes journals and lines that can be read back', async () => {
    await client.importNow(
      packageZip([
        header,
        lineFile([
          { INVENTORYQUANTITY: '-5.1234567891', PRODUCTCOLORID: 'red', UNITCOST: '7', UNITCOSTQUANTITY: '1' },
        ]),
      ]),
    );
    expect(await client.rows('InventoryServiceAdjustmentJournalHeaders')).toEqual([
      {
        dataAreaId: 'usmf',
        JournalNumber: 'J1',
        JournalNameId: 'IAdj',
        Description: 'J1 of the day',
        IsPosted: 'No',
        PostedDateTime: '1900-01-01T00:00:00Z',
        PostedUserId: '',
        AreLinesDeletedAfterPosting: 'No',
        InventoryServiceJournalExpectedStatus: 'Created',
      },
    ]);
    const lines = await client.read('InventoryServiceAdjustmentJournalEntries');
    expect(lines.text).toContain('"InventoryQuantity":-5.1234567891,');
    expect(lines.json).toMatchObject({
      value: [
        {
          InventoryServiceTransactionId: lineId(1),
          JournalNumber: 'J1',
          LineNumber: 1,
          ItemNumber: 'D0001',
          TransactionDate: '2026-03-01T12:00:00Z',
          UnitCost: 7,
          CostAmount: -35.86,
          InventorySiteId: '1',
          InventoryWarehouseId: '13',
          ProductColorId: 'red',
          ItemBatchNumber: '',
          InventoryServiceAdjustmentOffsetDatasource: '@iv',
        },
      ],
    });
  });

  it('fills in the item cost and the journal name where the file has no such column, and zero for a blank', async () => {
    await client.importNow(
      packageZip([
        header,
        lineFile([{ LINENUMBER: '1' }], 'without.csv'),
        lineFile(
          [{ INVENTORYSERVICETRANSACTIONID: lineId(2), LINENUMBER: '2', UNITCOST: '', UNITCOSTQUANTITY: '' }],
          'with.csv',
        ),
      ]),
    );
    const lines = await client.rows('InventoryServiceAdjustmentJournalEntries', {
      $select: 'LineNumber,UnitCost',
    });
    expect(lines).toEqual([
      { LineNumber: 1, UnitCost: 2.5 },
      { LineNumber: 2, UnitCost: 0 },
    ]);
  });

  it('upserts by the transaction id: the same package again changes nothing, another quantity does', async () => {
    await client.importNow(good);
    await client.importNow(good);
    expect((await client.totals()).supplyChain).toMatchObject([{ quantity: '5', lines: 1 }]);
    const upper = { INVENTORYSERVICETRANSACTIONID: lineId(1).toUpperCase(), INVENTORYQUANTITY: '6' };
    await client.importNow(packageZip([header, lineFile([upper])]));
    expect((await client.totals()).supplyChain).toMatchObject([{ quantity: '6', lines: 1 }]);
  });

  it('moves a line whose journal number is another one', async () => {
    await client.importNow(good);
    const journals = headerFile([
      ['J1', 'left', 'Created'],
      ['J2', 'joined', 'Created'],
    ]);
    await client.importNow(packageZip([journals, lineFile([{ JOURNALNUMBER: 'J2' }])]));
    const query = { $select: 'JournalId,NumOfLines' };
    expect(await client.rows('InventoryJournalTableBiEntities', query)).toEqual([
      { JournalId: 'J1', NumOfLines: 0 },
      { JournalId: 'J2', NumOfLines: 1 },
    ]);
    const lines = await client.rows('InventoryJournalTransBiEntities', { $filter: "JournalId eq 'J1'" });
    expect(lines).toEqual([]);
  });

  it('takes the good lines of a package and names the bad ones', async () => {
    const line = (number: number, change: Record<string, string>): Record<string, string> => ({
      INVENTORYSERVICETRANSACTIONID: lineId(number),
      LINENUMBER: String(number),
      ...change,
    });
    const messageId = await client.importNow(
      packageZip([
        header,
        lineFile([
          line(1, {}),
          line(2, { INVENTORYQUANTITY: '"12,5"' }),
          line(3, { JOURNALNUMBER: 'J9' }),
          line(4, { ITEMNUMBER: 'X'.repeat(21) }),
          line(5, { TRANSACTIONDATE: '2026-02-30' }),
          line(6, { LINENUMBER: '1' }),
          line(1, {}),
        ]),
      ]),
    );
    const { status, summary, errors } = await outcomeOf(messageId);
    expect({ status, summary }).toEqual({ status: 'ProcessedWithErrors', summary: 'PartiallySucceeded' });
    expect(errors.map(({ RecordId, Field }) => [RecordId, Field])).toEqual([
      [lineId(2), 'INVENTORYQUANTITY'],
      [lineId(3), 'JOURNALNUMBER'],
      [lineId(4), 'ITEMNUMBER'],
      [lineId(5), 'TRANSACTIONDATE'],
      [lineId(6), 'LINENUMBER'],
      [lineId(1), 'INVENTORYSERVICETRANSACTIONID'],
    ]);
    expect(errors[0]?.ErrorMessage).toContain("'12,5'");
    expect(await client.rows('InventoryServiceAdjustmentJournalEntries')).toHaveLength(1);
  });

  it('refuses an unknown journal name', async () => {
    const columns = ['JOURNALNUMBER', 'JOURNALNAMEID'];
    const messageId = await client.importNow(packageZip([{ ...header, rows: [columns, ['J1', 'Nope']] }]));
    const { summary, errors } = await outcomeOf(messageId);
    expect(summary).toBe('Failed');
    expect(errors).toMatchObject([{ RecordId: 'J1', Field: 'JOURNALNAMEID' }]);
  });
});

describe('what the real service would not take', () => {
  const lines = lineFile([{}]);
  const text = csvText(lines.rows);

  it.each([
    ['no zip', Buffer.from('not a zip') as Uint8Array<ArrayBuffer>],
    ['no manifest', packageZip([header], { omit: 'Manifest.xml' })],
    ['no package header', packageZip([header], { omit: 'PackageHeader.xml' })],
    ['another namespace', packageZip([header], { namespace: 'http://example.com/' })],
    ['an unknown entity', packageZip([{ ...header, label: 'InventoryServiceAdjustmentJournalHeaders' }])],
    ['no entity map', packageZip([{ ...header, map: [] }])],
    ['an unknown field', packageZip([{ ...header, map: [...(header.rows[0] ?? []), 'COLOUR'] }])],
    ['a missing data file', packageZip([header], { omit: 'headers.csv' })],
  ])('%s: the message ends in a preprocessing error', async (_what, zip) => {
    const messageId = await client.importNow(zip);
    expect(await outcomeOf(messageId)).toEqual({ status: 'PreProcessingError', errors: [] });
    const url = `${client.url}/scm/api/connector/jobstatus/${DEFAULTS.activityId}?jobId=${messageId}`;
    expect((await client.readUrl(url)).json).toMatchObject({
      ExecutionLog: expect.stringMatching(/\S/) as string,
    });
  });

  it.each([
    ['UTF-8', { bytes: Buffer.from(text) }, 'not Unicode'],
    ['UTF-16 without byte order mark', { bytes: utf16(text, '') }, 'not Unicode'],
    ['LF line ends', { bytes: utf16(csvText(lines.rows, '\n')) }, 'CRLF'],
    ['a column that is not mapped', { map: (lines.rows[0] ?? []).slice(1) }, 'not mapped'],
    ['a mapped column that is not there', { map: [...(lines.rows[0] ?? []), 'UNITCOST'] }, 'UNITCOST'],
    ['a row that is too long', { bytes: utf16(`${text}1,2,3\r\n`) }, 'cannot be read'],
  ])('%s: the data file fails', async (_what, change, message) => {
    const messageId = await client.importNow(packageZip([header, { ...lines, ...change }]));
    const { status, errors } = await outcomeOf(messageId);
    expect(status).toBe('ProcessedWithErrors');
    expect(errors).toMatchObject([{ ErrorMessage: expect.stringContaining(message) as string }]);
    expect(await client.rows('InventoryServiceAdjustmentJournalEntries')).toEqual([]);
  });

  it('an unknown company, activity, message or execution; a request without token', async () => {
    expect((await client.enqueue(good, 'XXXX')).status).toBe(400);
    const url = `${client.url}/scm/api/connector/enqueue/nothing?company=USMF`;
    const headers = { Authorization: `Bearer ${await client.scmToken()}` };
    expect((await call(url, { method: 'POST', headers, body: good })).status).toBe(404);
    expect((await call(url, { method: 'POST', body: good })).status).toBe(401);
    expect((await client.action('GetMessageStatus', { messageId: NO_ID })).status).toBe(404);
    const execution = await client.action('GetExecutionSummaryStatus', { executionId: NO_ID });
    expect(execution.status).toBe(400);
    expect(execution.text).toContain('were not found');
    expect((await client.action('GetExecutionIdByMessageId', { messageId: NO_ID })).status).toBe(400);
  });
});
