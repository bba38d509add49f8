// Source: odata.md (filters, enums, wildcard, cross-company, paging); entity types of a real environment.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDynamics } from '../startDynamics.ts';
import type { RunningDynamics } from '../startDynamics.ts';
import { CLIENT, DynamicsClient } from './dynamicsClient.ts';
import { headerFile, lineFile, lineId, packageZip } from './samplePackage.ts';

const ENTRIES = 'InventoryServiceAdjustmentJournalEntries';
const HEADERS = 'InventoryServiceAdjustmentJournalHeaders';
let dynamics: RunningDynamics;
let client: DynamicsClient;

beforeAll(async () => {
  dynamics = await startDynamics({
    clients: [CLIENT],
    companies: ['USMF', 'DEMF'],
    importIntervalMs: 0,
    postingJobIntervalMs: 0,
    pageSize: 2,
  });
  client = new DynamicsClient(dynamics.url);
  const line = (number: number): Record<string, string> => ({
    INVENTORYSERVICETRANSACTIONID: lineId(number),
    LINENUMBER: String(number),
    ITEMNUMBER: `D000${number}`,
  });
  await client.importNow(
    packageZip([headerFile([['J1', 'first', 'Posted']]), lineFile([1, 2, 3, 4, 5].map(line))]),
  );
  await client.importNow(packageZip([headerFile([["J'2", 'second', 'Created']])]), 'DEMF');
  await client.control('POST', 'posting-job/run');
});
afterAll(() => dynamics.close());

const ids = async ($filter: string): Promise<unknown[]> => {
  const answer = await client.read(ENTRIES, { $filter, $select: 'LineNumber' });
  return (answer.json as { value: { LineNumber: number }[] }).value.map((row) => row.LineNumber);
};

describe('OData', () => {
  it('pages with nextLink until the end', async () => {
    const seen: unknown[] = [];
    let answer = await client.read(ENTRIES, { $select: 'LineNumber', $count: 'true' });
    expect(answer.json).toMatchObject({ '@odata.count': 5 });
    for (;;) {
      const page = answer.json as { value: { LineNumber: number }[]; '@odata.nextLink'?: string };
      expect(page.value.length).toBeLessThanOrEqual(2);
      seen.push(...page.value.map((row) => row.LineNumber));
      if (page['@odata.nextLink'] === undefined) break;
      answer = await client.readUrl(page['@odata.nextLink']);
    }
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it.each([
    [`InventoryServiceTransactionId eq '${lineId(2).toUpperCase()}'`, [2]],
    [
      `(InventoryServiceTransactionId eq '${lineId(2)}') or (InventoryServiceTransactionId eq '${lineId(4)}')`,
      [2, 4],
    ],
    [`JournalNumber eq 'J1' and (ItemNumber eq 'D0003' or LineNumber eq 5)`, [3, 5]],
    [`LineNumber ne 1 and LineNumber ne 2 and LineNumber ne 3 and LineNumber ne 4`, [5]],
    [`JournalNumber eq 'J1' and LineNumber ne 1 and ItemNumber ne 'D0002' and ItemNumber eq '*3'`, [3]],
    [`dataAreaId eq 'demf'`, []],
    [`JournalNumber eq 'J''2'`, []],
  ])('filters %s', async (filter, expected) => {
    expect(await ids(filter)).toEqual(expected);
  });

  it('compares enums by their members', async () => {
    const $filter = "IsPosted eq Microsoft.Dynamics.DataEntities.NoYes'No'";
    expect(await client.rows(HEADERS, { $filter, $select: 'JournalNumber' })).toEqual([
      { JournalNumber: "J'2" },
    ]);
  });

  it('sees the default company only, unless asked across companies', async () => {
    const query = { $select: 'dataAreaId' };
    expect(await client.rows(HEADERS, query)).toEqual([{ dataAreaId: 'usmf' }, { dataAreaId: 'demf' }]);
    expect(await client.rows(HEADERS, { ...query, 'cross-company': 'false' })).toEqual([
      { dataAreaId: 'usmf' },
    ]);
  });

  it('reads one entity by its key', async () => {
    const key = `(dataAreaId='usmf',InventoryServiceTransactionId='${lineId(3)}')`;
    expect((await client.read(`${ENTRIES}${key}`)).json).toMatchObject({ LineNumber: 3 });
    const absent = `(dataAreaId='usmf',InventoryServiceTransactionId='${lineId(9)}')`;
    expect((await client.read(`${ENTRIES}${absent}`)).status).toBe(404);
  });

  it('gives voucher and lot of posted lines', async () => {
    const rows = await client.rows('InventoryJournalTransBiEntities', {
      $filter: "JournalId eq 'J1'",
      $top: '1',
    });
    expect(rows).toMatchObject([{ LineNum: 1, InventoryServiceTransactionId: lineId(1) }]);
    expect(rows[0]?.['Voucher']).toMatch(/\S/);
    expect(rows[0]?.['InventTransId']).toMatch(/\S/);
    const journals = await client.rows('InventoryJournalTableBiEntities', { $filter: "JournalId eq 'J1'" });
    expect(journals).toMatchObject([{ Posted: 'Yes', NumOfLines: 5 }]);
  });

  it.each([
    ['IsPosted eq true'],
    ["IsPosted eq 'No'"],
    [`JournalNumber eq ${lineId(1)}`],
    ['JournalNumber eq 1'],
    ["JournalNumber in ('J1')"],
    ["JournalNumber eq 'J1"],
    ["(JournalNumber eq 'J1'"],
    ["JournalNumber eq 'J1' JournalNumber"],
    ["Nothing eq 'x'"],
    ["JournalNumber gt 'J1'"],
  ])('refuses the filter %s', async ($filter) => {
    const answer = await client.read(HEADERS, { $filter });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ error: { innererror: { message: expect.any(String) as string } } });
  });

  it('refuses unknown columns, options and entities', async () => {
    expect((await client.read(HEADERS, { $select: 'Nothing' })).status).toBe(400);
    expect((await client.read(HEADERS, { $orderby: 'JournalNumber' })).status).toBe(400);
    expect((await client.read('Nothing')).status).toBe(404);
  });
});
