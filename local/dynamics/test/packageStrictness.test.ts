// Sources: the sample package of Dynamics-AX-Integration (namespace, order of elements), "Data management error
// descriptions" (DMF1959, DMF2057: a key twice in a file), recurring-integrations.md (authorization policy, company),
// data-entities-data-packages.md; blanks in columns that are not nullable: notes of practitioners.
import { unzipSync, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDynamics } from '../startDynamics.ts';
import type { RunningDynamics } from '../startDynamics.ts';
import { CLIENT, DynamicsClient } from './dynamicsClient.ts';
import { headerFile, lineFile, lineId, packageZip, utf16 } from './samplePackage.ts';

const running: RunningDynamics[] = [];
let client: DynamicsClient;

beforeAll(async () => {
  client = await start({});
});
afterAll(() => Promise.all(running.map((dynamics) => dynamics.close())));

async function start(options: {
  applications?: string[];
  jobApplications?: string[];
}): Promise<DynamicsClient> {
  const dynamics = await startDynamics({
    clients: [CLIENT],
    importIntervalMs: 0,
    postingJobIntervalMs: 0,
    ...options,
  });
  running.push(dynamics);
  return new DynamicsClient(dynamics.url);
}

const header = headerFile([['J1', 'J1', 'Posted']]);
const good = packageZip([header, lineFile([{}])]);

/** Changes the manifest's text. */
function withManifest(change: (xml: string) => string): Uint8Array<ArrayBuffer> {
  const members = unzipSync(good);
  const xml = Buffer.from(members['Manifest.xml'] ?? [])
    .toString('utf16le')
    .slice(1);
  const changed = change(xml);
  expect(changed).not.toBe(xml);
  return zipSync({ ...members, 'Manifest.xml': utf16(changed) });
}

describe('a manifest', () => {
  it.each([
    [
      'elements in another order',
      (xml: string) =>
        xml.replace(/(<EntityName>[^<]*<\/EntityName>)\s*(<ExecutionUnit>1<\/ExecutionUnit>)/, '$2$1'),
      'EntityName',
    ],
    [
      'an element of no namespace',
      (xml: string) => xml.replace('<ExecutionUnit>', '<ExecutionUnit xmlns="">'),
      'ExecutionUnit',
    ],
    [
      'a field mapped twice',
      (xml: string) => xml.replace('>DESCRIPTION<', '>JOURNALNUMBER<'),
      'JOURNALNUMBER',
    ],
    ['another source format', (xml: string) => xml.replace('CSV-Unicode', 'CSV'), 'CSV-Unicode'],
    [
      'the target entity of another',
      (xml: string) =>
        xml.replace('</SourceFormat>', '</SourceFormat><TargetEntity>CustCustomerGroupEntity</TargetEntity>'),
      'Target entity',
    ],
  ])('with %s is refused', async (_what, change, text) => {
    const answer = await client.importFromPackage(withManifest(change), crypto.randomUUID());
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(text)]);
  });
});

it('a company that is not named, or another one than the journal’s, is refused', async () => {
  expect((await client.enqueue(good, '')).status).toBe(400);
  await client.importNow(packageZip([header]), 'USMF');
  const messageId = await client.importNow(packageZip([lineFile([{}])]), 'DEMF');
  expect(await client.actionValue('GetMessageStatus', { messageId })).toBe('ProcessedWithErrors');
});

it('blanks in columns that are not nullable become zero: quantity, cost and date', async () => {
  const columns = { JOURNALNUMBER: 'J2', TRANSACTIONDATE: '', INVENTORYQUANTITY: '', UNITCOST: '' };
  const line = { INVENTORYSERVICETRANSACTIONID: lineId(2), ...columns };
  await client.importNow(packageZip([headerFile([['J2', 'J2', 'Posted']]), lineFile([line])]));
  const $filter = "JournalNumber eq 'J2'";
  expect(await client.rows('InventoryServiceAdjustmentJournalEntries', { $filter })).toMatchObject([
    { InventoryQuantity: 0, UnitCost: 0, TransactionDate: '1900-01-01T12:00:00Z' },
  ]);
  // No fiscal year holds that date.
  expect((await client.control('POST', 'posting-job/run')).json).not.toMatchObject({ posted: ['J2'] });
});

it('an application that is not mapped to a user, or not on the policy of the job, is refused', async () => {
  const unmapped = await start({ applications: ['someone else'] });
  expect((await unmapped.read('InventoryServiceAdjustmentJournalHeaders')).status).toBe(401);
  const foreign = await start({ applications: [CLIENT.clientId], jobApplications: [] });
  expect((await foreign.enqueue(good)).status).toBe(403);
  expect((await foreign.importFromPackage(good, 'x')).status).toBe(200);
});
