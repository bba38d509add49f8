// Sources: entity types of a real environment (InventoryAdjustmentJournalHeaders, InventoryAdjustmentJournalEntriesV2: key
// of 16 parts); "Inventory journals" (inventory-journals.md: without a journal number a new journal every 1,000 lines, so
// that 2,020 lines make three; the label of the V2 entity); the entity list of 2016 ("the unposted journal header record
// must exist before import"); odata.md (POST, PATCH).
import { afterAll, beforeEach, expect, it } from 'vitest';
import { startDynamics } from '../startDynamics.ts';
import type { RunningDynamics } from '../startDynamics.ts';
import { CLIENT, DynamicsClient } from './dynamicsClient.ts';
import { packageZip } from './samplePackage.ts';
import type { SampleFile } from './samplePackage.ts';

const V2 = 'Inventory adjustment journal headers and lines V2';
const running: RunningDynamics[] = [];
let client: DynamicsClient;

beforeEach(async () => {
  const dynamics = await startDynamics({
    clients: [CLIENT],
    journalNames: ['IAdj', 'POS'],
    genericJournalNames: ['POS'],
    importIntervalMs: 0,
    postingJobIntervalMs: 0,
  });
  running.push(dynamics);
  client = new DynamicsClient(dynamics.url);
});
afterAll(() => Promise.all(running.map((dynamics) => dynamics.close())));

function lines(rows: readonly Record<string, string>[]): SampleFile {
  const complete = rows.map((row): Record<string, string> => ({
    LINENUMBER: '1',
    ITEMNUMBER: 'D0001',
    TRANSACTIONDATE: '2026-03-01',
    INVENTORYQUANTITY: '5',
    INVENTORYSITEID: '1',
    INVENTORYWAREHOUSEID: '13',
    INVENTORYSERVICEADJUSTMENTOFFSETDATASOURCE: '@iv',
    INVENTORYSERVICEADJUSTMENTOFFSETPHYSICALMEASURE: 'adjustment',
    ...row,
  }));
  const columns = Object.keys(complete[0] ?? {});
  return {
    label: V2,
    path: 'lines.csv',
    rows: [columns, ...complete.map((row) => columns.map((name) => row[name] ?? ''))],
  };
}

async function openJournal(name = 'POS', description = 'package 1'): Promise<string> {
  const answer = await client.change('POST', 'InventoryAdjustmentJournalHeaders', {
    dataAreaId: 'usmf',
    JournalNameId: name,
    Description: description,
  });
  expect(answer.status).toBe(201);
  return (answer.json as { JournalNumber: string }).JournalNumber;
}

it('a header is created with a number of its sequence, and found by its description', async () => {
  const number = await openJournal();
  expect(number).toMatch(/^IADJ-\d{9}$/);
  const found = await client.rows('InventoryAdjustmentJournalHeaders', {
    $filter: "dataAreaId eq 'usmf' and Description eq 'package 1'",
    $select: 'JournalNumber,IsPosted',
  });
  expect(found).toEqual([{ JournalNumber: number, IsPosted: 'No' }]);
  expect(await client.rows('InventoryServiceAdjustmentJournalHeaders')).toEqual([]);
  expect(await openJournal()).not.toBe(number);
});

it('lines go into it, are read back, posted by an administrator’s job and offset', async () => {
  const JOURNALNUMBER = await openJournal();
  await client.importNow(packageZip([lines([{ JOURNALNUMBER, JOURNALNAMEID: 'POS', UNITCOST: '3' }])]));
  expect(await client.rows('InventoryAdjustmentJournalEntriesV2')).toMatchObject([
    { dataAreaId: 'usmf', JournalNumber: JOURNALNUMBER, LineNumber: 1, InventoryQuantity: 5, UnitCost: 3 },
  ]);
  const columns = { $select: 'JournalId,InventoryServiceTransactionId,Voucher' };
  expect(await client.rows('InventoryJournalTransBiEntities', columns)).toEqual([
    { JournalId: JOURNALNUMBER, InventoryServiceTransactionId: '', Voucher: '' },
  ]);
  await openJournal('IAdj');
  expect((await client.control('POST', 'posting-job/run')).json).toEqual({ posted: [JOURNALNUMBER] });
  await client.control('POST', 'synchronization/run');
  expect(await client.onHand()).toEqual({ '@iv.adjustment': '-5', 'fno.physicalinvent': '5' });
});

it('upserts by the key of 16 parts: another dimension or number is another line', async () => {
  const JOURNALNUMBER = await openJournal('IAdj');
  const row = { JOURNALNUMBER, PRODUCTCOLORID: '' };
  await client.importNow(packageZip([lines([row])]));
  await client.importNow(
    packageZip([
      lines([
        { ...row, INVENTORYQUANTITY: '6' },
        { ...row, LINENUMBER: '2' },
        { ...row, LINENUMBER: '3', PRODUCTCOLORID: 'red' },
      ]),
    ]),
  );
  const read = await client.rows('InventoryAdjustmentJournalEntriesV2', {
    $select: 'LineNumber,InventoryQuantity',
  });
  expect(read).toEqual([
    { LineNumber: 1, InventoryQuantity: 6 },
    { LineNumber: 2, InventoryQuantity: 5 },
    { LineNumber: 3, InventoryQuantity: 5 },
  ]);
});

it('a header must exist before its lines', async () => {
  await client.importNow(packageZip([lines([{ JOURNALNUMBER: 'J9' }])]));
  expect(await client.rows('InventoryAdjustmentJournalEntriesV2')).toEqual([]);
});

it('opens a journal every 1,000 lines where none is named', async () => {
  const many = Array.from({ length: 2020 }, (_, index) => ({ LINENUMBER: String(index + 1) }));
  await client.importNow(packageZip([lines(many)]));
  const journals = await client.rows('InventoryJournalTableBiEntities', { $select: 'NumOfLines' });
  expect(journals).toEqual([{ NumOfLines: 1000 }, { NumOfLines: 1000 }, { NumOfLines: 20 }]);
});

it('refuses to write what does not exist, and what is posted', async () => {
  const post = (body: unknown): Promise<number> =>
    client.change('POST', 'InventoryAdjustmentJournalHeaders', body).then(({ status }) => status);
  expect(await post({ dataAreaId: 'xxxx' })).toBe(400);
  expect(await post({ JournalNameId: 'Nope' })).toBe(400);
  expect(await post({ Colour: 'red' })).toBe(400);
  expect((await client.change('POST', 'InventoryJournalTableBiEntities', {})).status).toBe(405);

  const JOURNALNUMBER = await openJournal();
  const address = `InventoryAdjustmentJournalHeaders(dataAreaId='usmf',JournalNumber='${JOURNALNUMBER}')`;
  expect((await client.change('PATCH', address, { Description: 'other' })).status).toBe(204);
  expect(await client.rows('InventoryAdjustmentJournalHeaders')).toMatchObject([{ Description: 'other' }]);
  await client.importNow(packageZip([lines([{ JOURNALNUMBER, JOURNALNAMEID: 'POS' }])]));
  await client.control('POST', 'posting-job/run');
  expect((await client.change('PATCH', address, { Description: 'late' })).status).toBe(400);
});
