// Sources: "Data entities and packages" (source formats XML-Element and XML-Attribute), examples of exports in public
// repositories (root Document, an element per row named after the staging entity in upper case); "Data management error
// descriptions" (DMF2055: no control characters; DMF2022: mapping and file must agree).
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startDynamics } from '../startDynamics.ts';
import type { RunningDynamics } from '../startDynamics.ts';
import { CLIENT, DynamicsClient } from './dynamicsClient.ts';
import { headerFile, lineFile, lineId, packageZip, utf16 } from './samplePackage.ts';

const ROW = 'INVENTINVENTORYSERVICEADJUSTMENTJOURNALENTRYENTITY';
let dynamics: RunningDynamics;
let client: DynamicsClient;
let journal = 0;

beforeAll(async () => {
  dynamics = await startDynamics({ clients: [CLIENT], importIntervalMs: 0, postingJobIntervalMs: 0 });
  client = new DynamicsClient(dynamics.url);
});
beforeEach(() => {
  journal += 1;
});
afterAll(() => dynamics.close());

const columns = [
  'INVENTORYSERVICETRANSACTIONID',
  'JOURNALNUMBER',
  'ITEMNUMBER',
  'INVENTORYQUANTITY',
  'UNITCOST',
];
const values = (): readonly (readonly [string, string])[] => [
  ['INVENTORYSERVICETRANSACTIONID', lineId(journal)],
  ['JOURNALNUMBER', `J${journal}`],
  ['ITEMNUMBER', 'A &amp; B'],
  ['INVENTORYQUANTITY', '5'],
];
const element = (fields = values(), name = ROW): string =>
  `<${name}>${fields.map(([field, value]) => `<${field}>${value}</${field}>`).join('')}</${name}>`;
const document = (rows: string): string =>
  `<?xml version="1.0" encoding="utf-8"?><Document>${rows}</Document>`;

async function imported(xml: string | Uint8Array, sourceFormat = 'XML-Element'): Promise<unknown> {
  const file = { ...lineFile([{}], 'lines.xml'), sourceFormat, map: columns };
  const bytes = typeof xml === 'string' ? Buffer.from(xml) : xml;
  const header = headerFile([[`J${journal}`, 'of the day', 'Created']]);
  const messageId = await client.importNow(packageZip([header, { ...file, bytes }]));
  const executionId = await client.actionValue('GetExecutionIdByMessageId', { _messageId: messageId });
  const errors = JSON.parse(await client.actionValue('GetExecutionErrors', { executionId })) as {
    ErrorMessage: string;
  }[];
  if (errors.length > 0) return errors[0]?.ErrorMessage;
  return (
    await client.rows('InventoryServiceAdjustmentJournalEntries', {
      $filter: `JournalNumber eq 'J${journal}'`,
      $select: 'ItemNumber,InventoryQuantity,UnitCost',
    })
  )[0];
}

it.each([
  ['elements', () => document(element()), 'XML-Element'],
  [
    'attributes',
    () =>
      document(
        `<${ROW} ${values()
          .map(([field, value]) => `${field}="${value}"`)
          .join(' ')}/>`,
      ),
    'XML-Attribute',
  ],
])('takes rows of %s, and a blank cost as zero', async (_what, xml, format) => {
  expect(await imported(xml(), format)).toEqual({ ItemNumber: 'A & B', InventoryQuantity: 5, UnitCost: 0 });
});

it('takes UTF-16 with byte order mark', async () => {
  const xml = document(element()).replace('utf-8', 'utf-16');
  expect(await imported(utf16(xml))).toMatchObject({ InventoryQuantity: 5 });
});

it.each([
  ['another root', () => document(element()).replaceAll('Document', 'Rows'), 'not Document'],
  ['a row of another name', () => document(element(values(), 'LINE')), 'no row of'],
  ['a column that is not mapped', () => document(element([...values(), ['COLOUR', 'red']])), 'not mapped'],
  ['a column twice', () => document(element([...values(), ['ITEMNUMBER', 'x']])), 'twice'],
  ['a control character', () => document(element([['ITEMNUMBER', 'a&#1;b']])), '0 records are inserted'],
  ['what is not well-formed', () => '<Document><', '0 records are inserted'],
  ['a document type declaration', () => `<!DOCTYPE x><Document/>`, '0 records are inserted'],
])('refuses %s', async (_what, xml, message) => {
  expect(await imported(xml())).toContain(message);
});
