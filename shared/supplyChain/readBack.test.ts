import { expect, test } from 'vitest';
import { json } from '../../test/support/httpPeer.ts';
import { closePeerAfterEach, LINE, token, peer, setUp, query } from '../../test/support/supplyChainPeer.ts';

closePeerAfterEach();

const reference = (journalKey: string) => ({ journalKey, description: `${journalKey} run 1`, lines: [] });

test('lines are read over all pages, exactly, with voucher and lot by id', async () => {
  const entry = (
    id: string | null,
    lineNumber: string,
    quantity: string,
    company = 'usmf',
    journal = 'IV-1',
  ) =>
    `{"dataAreaId":"${company}","InventoryServiceTransactionId":${JSON.stringify(id)},"JournalNumber":"${journal}",` +
    `"LineNumber":${lineNumber},"JournalNameId":"IAdj","InventoryQuantity":${quantity}}`;
  const client = await setUp((request, response) => {
    if (request.url.includes('InventoryJournalTransBiEntities')) {
      json(response, 200, {
        value: [
          { dataAreaId: 'usmf', InventoryServiceTransactionId: LINE, Voucher: 'V-7', InventTransId: 'LOT-1' },
          { dataAreaId: 'usmf', InventoryServiceTransactionId: '', Voucher: '', InventTransId: 'LOT-2' },
        ],
      });
    } else if (request.url.includes('page=2')) {
      response.end(
        `{"value":[${entry(null, '2', '1E+2')},${entry(LINE, '9', '9', 'demf')},${entry(LINE, '9', '9', 'usmf', 'IV-10')}]}`,
      );
    } else {
      const next = `${peer?.url}/scm/data/InventoryServiceAdjustmentJournalEntries?page=2`;
      response.end(
        `{"value":[${entry(`{${LINE.toUpperCase()}}`, '1.0000000000000000', '-12345678901234567.1000000000')}],` +
          `"@odata.nextLink":${JSON.stringify(next)}}`,
      );
    }
  });
  expect(await client.linesOfJournal(token, 'USMF', reference("IV-1'"))).toEqual([]);
  expect(await client.linesOfJournal(token, 'USMF', reference('IV-1'))).toEqual([
    {
      aggregatedLineId: LINE,
      journalNumber: 'IV-1',
      lineNumber: 1,
      journalNameId: 'IAdj',
      quantity: '-12345678901234567.1',
      voucher: 'V-7',
      inventTransId: 'LOT-1',
    },
    { aggregatedLineId: '', journalNumber: 'IV-1', lineNumber: 2, journalNameId: 'IAdj', quantity: '100' },
  ]);
  const filters = peer?.received.map((request) => query(request, '$filter'));
  expect(filters).toContain("dataAreaId eq 'USMF' and JournalNumber eq 'IV-1'''");
  expect(filters).toContain("dataAreaId eq 'USMF' and JournalId eq 'IV-1'''");
  expect(query(peer?.received[0], 'cross-company')).toBe('true');
});

test('ids are asked for in chunks, a few at a time, and only those asked for come back', async () => {
  const ids = Array.from({ length: 205 }, (_, n) => `aaaaaaaa-0000-8000-8000-${String(n).padStart(12, '0')}`);
  let open = 0;
  let most = 0;
  const client = await setUp(async (request, response) => {
    open += 1;
    most = Math.max(most, open);
    await new Promise(setImmediate);
    open -= 1;
    const asked = query(request, '$filter').match(/[0-9a-f]{8}-[0-9a-f-]{27}/g) ?? [];
    expect(asked.length).toBeLessThanOrEqual(40);
    if (request.url.includes('BiEntities')) return json(response, 404, {});
    json(response, 200, {
      value: [...asked, LINE].map((id) => ({
        dataAreaId: 'usmf',
        InventoryServiceTransactionId: id,
        JournalNumber: 'IV-1',
        LineNumber: 1,
        JournalNameId: '',
        InventoryQuantity: 1,
      })),
    });
  });
  const wanted = ids.filter((id) => id !== LINE);
  const lines = await client.linesById(
    token,
    'usmf',
    wanted.map((id) => id.toUpperCase()),
  );
  expect(lines.map((line) => line.aggregatedLineId).sort()).toEqual([...wanted].sort());
  expect(lines[0]).toEqual({
    aggregatedLineId: wanted[0],
    journalNumber: 'IV-1',
    lineNumber: 1,
    quantity: '1',
  });
  // Each of four chunks under way asks two entities.
  expect(most).toBeLessThanOrEqual(8);
  expect(await client.linesById(token, 'usmf', [])).toEqual([]);
});

test('headers say whether a journal is posted, and the table how many lines it has', async () => {
  const client = await setUp((request, response) =>
    json(response, 200, {
      value: request.url.includes('InventoryJournalTableBiEntities')
        ? [{ dataAreaId: 'usmf', JournalId: 'IV-1', NumOfLines: 7 }]
        : [
            { dataAreaId: 'usmf', JournalNumber: 'iv-1', IsPosted: 'Yes' },
            { dataAreaId: 'usmf', JournalNumber: 'IV-2', IsPosted: 'No' },
            { dataAreaId: 'usmf', JournalNumber: 'IV-20', IsPosted: 'Yes' },
          ],
    }),
  );
  expect(await client.journals(token, 'usmf', ['IV-1', 'IV-2', 'IV-3'])).toEqual([
    { journalNumber: 'iv-1', isPosted: true, lines: 7 },
    { journalNumber: 'IV-2', isPosted: false, lines: undefined },
  ]);
  const filters = peer?.received.map((request) => query(request, '$filter'));
  expect(filters).toContain(
    "dataAreaId eq 'usmf' and (JournalNumber eq 'IV-1' or JournalNumber eq 'IV-2' or JournalNumber eq 'IV-3')",
  );
});

test.each([
  ['no list', {}],
  ['no records', { value: [1] }],
  ['a record without company', { value: [{ JournalNumber: 'IV-1', IsPosted: 'Yes' }] }],
  ['an odd enumeration value', { value: [{ dataAreaId: 'usmf', JournalNumber: 'IV-1', IsPosted: 'Maybe' }] }],
])('headers answered with %s are a DependencyError', async (_what, body) => {
  const client = await setUp((_request, response) => json(response, 200, body));
  await expect(client.journals(token, 'usmf', ['IV-1'])).rejects.toMatchObject({ name: 'DependencyError' });
  expect(peer?.received.every((request) => request.url.includes('$filter'))).toBe(true);
});

test.each(['https://elsewhere.example/scm/data/x', '/scm/api/x', '//elsewhere.example/scm/data/x'])(
  'the token does not go to %s',
  async (link) => {
    const client = await setUp((_request, response) =>
      json(response, 200, { value: [], '@odata.nextLink': link }),
    );
    await expect(client.journals(token, 'usmf', ['IV-1'])).rejects.toThrow('leads out of');
  },
);

test('pages that lead in a circle end', async () => {
  const client = await setUp((request, response) =>
    json(response, 200, { value: [], '@odata.nextLink': request.url }),
  );
  await expect(client.journals(token, 'usmf', ['IV-1'])).rejects.toThrow('no end');
});
