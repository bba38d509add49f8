// Sources: odata.md ("$metadata"); OData 4.0 Part 3: CSDL; entity types of a real environment.
import { SaxesParser } from 'saxes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startDynamics } from '../startDynamics.ts';
import type { RunningDynamics } from '../startDynamics.ts';
import { call, CLIENT, DynamicsClient } from './dynamicsClient.ts';

let dynamics: RunningDynamics;
let client: DynamicsClient;

beforeAll(async () => {
  dynamics = await startDynamics({
    clients: [CLIENT],
    withoutEntitySets: ['InventoryServiceAdjustmentJournalEntries'],
  });
  client = new DynamicsClient(dynamics.url);
});
afterAll(() => dynamics.close());

/** Names of all elements of a kind. */
function names(xml: string, kind: string): string[] {
  const found: string[] = [];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('opentag', ({ local, attributes }) => {
    if (local === kind) found.push(attributes['Name']?.value ?? attributes['EntityType']?.value ?? '');
  });
  parser.write(xml).close();
  return found;
}

it('lists entity sets, types, enumerations and actions, and leaves out what the environment does not have', async () => {
  const answer = await client.readUrl(`${client.url}/scm/data/$metadata`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/xml']);
  const sets = names(answer.text, 'EntitySet');
  expect(sets).toContain('InventoryServiceAdjustmentJournalHeaders');
  expect(sets).toContain('InventoryAdjustmentJournalEntriesV2');
  expect(sets).not.toContain('InventoryServiceAdjustmentJournalEntries');
  expect(names(answer.text, 'EntityType')).toHaveLength(sets.length);
  expect(names(answer.text, 'EnumType')).toContain('InventoryServiceJournalExpectedStatus');
  expect(names(answer.text, 'Action')).toEqual(
    expect.arrayContaining(['GetAzureWriteUrl', 'ImportFromPackageAsync']),
  );
  expect((await client.read('InventoryServiceAdjustmentJournalEntries')).status).toBe(404);
});

it('needs a token', async () => {
  expect((await call(`${client.url}/scm/data/$metadata`)).status).toBe(401);
});
