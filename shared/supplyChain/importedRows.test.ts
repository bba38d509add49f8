import { expect, test } from 'vitest';
import { json } from '../../test/support/httpPeer.ts';
import {
  closePeerAfterEach,
  MESSAGE,
  peer,
  query,
  setUp,
  token,
  actions,
} from '../../test/support/supplyChainPeer.ts';

closePeerAfterEach();

const LINES = 'Inventory service adjustment journal entries';
const ENDED = actions({
  GetMessageStatus: [200, 'ProcessedWithErrors'],
  GetExecutionIdByMessageId: [200, 'E1'],
  GetExecutionSummaryStatus: [200, 'PartiallySucceeded'],
  GetExecutionErrors: [200, '[{"RecordId":"3","Field":"","ErrorMessage":"a row failed"}]'],
});

function details(EntityName: string, created: unknown, updated: unknown, JobId = 'E1') {
  return { JobId, EntityName, TargetRecordsCreatedCount: created, TargetRecordsUpdatedCount: updated };
}

async function importedLines(status: number, records: unknown): Promise<number | undefined> {
  const client = await setUp((request, response, incoming) => {
    if (request.method === 'GET') json(response, status, { value: records });
    else void ENDED(request, response, incoming);
  });
  const found = await client.importStatus(token, MESSAGE);
  if (found.kind !== 'final') throw new Error('not final');
  expect(found.errors).toContainEqual({ record: '3', message: 'a row failed' });
  return found.importedLines;
}

test('an import that failed says how many lines it brought in, created and updated', async () => {
  const headers = details('Inventory service adjustment journal headers', 1, 0);
  const records = [headers, details(LINES.toUpperCase(), 297, 2), details(LINES, 1, 0, 'E2')];
  expect(await importedLines(200, records)).toBe(299);
  const asked = peer?.received.find(({ method }) => method === 'GET');
  expect(asked?.url).toContain('/data/DataManagementExecutionJobDetails?');
  expect(query(asked, '$filter')).toBe("JobId eq 'E1'");
});

test.each([
  ['nothing of the lines', 200, [details('Other', 1, 0)]],
  ['no number', 200, [details(LINES, 'many', 0)]],
  ['no list', 200, 'none'],
  ['a refusal', 403, []],
])('%s: nobody knows', async (_what, status, records) => {
  expect(await importedLines(status, records)).toBeUndefined();
});
