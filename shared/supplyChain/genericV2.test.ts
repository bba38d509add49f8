/**
 * Profile `generic-v2` on real sockets. Shapes: OData of finance and operations (a POST answers 201 with the record,
 * `*` is a wildcard in a filter's text), entities `InventoryAdjustmentJournalHeaders` and
 * `InventoryAdjustmentJournalEntriesV2`.
 */
import { afterEach, expect, test } from 'vitest';
import { json, startHttpPeer } from '../../test/support/httpPeer.ts';
import type { Answer, HttpPeer } from '../../test/support/httpPeer.ts';
import { NO_TABLES } from '../../test/support/noTables.ts';
import { OutboundHttp } from '../http/outboundHttp.ts';
import { systemClock } from '../runtime/systemRuntime.ts';
import { DEFAULT_SETTINGS } from '../settings/defaultSettings.ts';
import type { ScmJournal } from './supplyChain.ts';
import { SupplyChainClient } from './supplyChainClient.ts';

const token = { value: 'erp-token', expiresAt: Number.MAX_SAFE_INTEGER };
const http = new OutboundHttp(systemClock);
let peer: HttpPeer | undefined;

afterEach(async () => {
  http.close();
  await peer?.close();
  peer = undefined;
});

async function setUp(answer: Answer, journalNumberFrom: 'sequence' | 'journalKey' = 'sequence') {
  peer = await startHttpPeer(answer);
  return new SupplyChainClient({
    http,
    clock: systemClock,
    tables: NO_TABLES,
    settings: {
      ...DEFAULT_SETTINGS.supplyChain,
      entityProfile: 'generic-v2',
      journalNumberFrom,
      activityId: 'activity',
      url: `${peer.url}/scm`,
      credential: { kind: 'managedIdentity' },
    },
    readSecret: () => undefined,
    callTimeoutMs: 5000,
  });
}

const journal = (journalKey: string, journalNameId?: string): ScmJournal => ({
  journalKey,
  description: `${journalKey} run 1`,
  expectedStatus: 'Posted',
  lines: [],
  ...(journalNameId === undefined ? {} : { journalNameId }),
});
const header = (JournalNumber: string, Description: string, IsPosted = 'No') => ({
  dataAreaId: 'usmf',
  JournalNumber,
  Description,
  IsPosted,
});
const filterOf = (url: string): string => new URL(url, 'http://peer').searchParams.get('$filter') ?? '';

test('a header is looked up by its description and made where there is none', async () => {
  let created = 0;
  const client = await setUp((request, response) => {
    if (request.method === 'POST') {
      created += 1;
      const body = JSON.parse(request.body.toString()) as object;
      return json(response, 201, { ...body, JournalNumber: `00100${created}`, IsPosted: 'No' });
    }
    json(response, 200, {
      value: [
        header('000900', 'IV1-1 run 1', 'Yes'),
        header('000902', 'iv1-1 run 1'),
        header('000901', 'IV1-1 run 1'),
        // Matches the filter no better than by a wildcard.
        header('000800', 'IV1-2 run 10'),
      ],
    });
  });
  const opened = await client.openJournals(token, 'USMF', [journal('IV1-1'), journal('IV1-2', 'IAdj')]);
  expect(opened.map(({ journalKey, journalNumber }) => [journalKey, journalNumber])).toEqual([
    ['IV1-1', '000901'],
    ['IV1-2', '001001'],
  ]);
  expect(filterOf(peer?.received[0]?.url ?? '')).toBe(
    "dataAreaId eq 'USMF' and (Description eq 'IV1-1 run 1' or Description eq 'IV1-2 run 1')",
  );
  expect(peer?.received[1]).toMatchObject({
    method: 'POST',
    url: '/scm/data/InventoryAdjustmentJournalHeaders?cross-company=true',
    headers: { authorization: 'Bearer erp-token', 'content-type': 'application/json' },
  });
  expect(JSON.parse(peer?.received[1]?.body.toString() ?? '')).toEqual({
    dataAreaId: 'USMF',
    JournalNameId: 'IAdj',
    Description: 'IV1-2 run 1',
  });
});

test('our key can be the number; a journal without a name takes SCM’s default', async () => {
  const client = await setUp((request, response) => {
    if (request.method !== 'POST') return json(response, 200, { value: [] });
    json(response, 201, JSON.parse(request.body.toString()));
  }, 'journalKey');
  const [opened] = await client.openJournals(token, 'usmf', [journal('IV1-1')]);
  expect(opened?.journalNumber).toBe('IV1-1');
  expect(JSON.parse(peer?.received[1]?.body.toString() ?? '')).toEqual({
    dataAreaId: 'usmf',
    JournalNumber: 'IV1-1',
    Description: 'IV1-1 run 1',
  });
});

test.each([
  "The value 'NOPE' in field 'Name' is not found in the related table.",
  'Der Wert „Nope“ in Feld „Name“ wurde nicht gefunden.',
])(
  'a journal whose name SCM refuses comes back with its words; the others are there: %s',
  async (refusal) => {
    const client = await setUp((request, response) => {
      if (request.method !== 'POST') return json(response, 200, { value: [] });
      const { JournalNameId } = JSON.parse(request.body.toString()) as { JournalNameId: string };
      if (JournalNameId === 'nope') json(response, 400, { error: { message: refusal } });
      else json(response, 201, { JournalNumber: '001' });
    });
    const opened = await client.openJournals(token, 'usmf', [
      journal('IV1-1', 'nope'),
      journal('IV1-2', 'IAdj'),
    ]);
    expect(opened.map(({ journalNumber, refusal: words }) => [journalNumber, words])).toEqual([
      [undefined, refusal],
      ['001', undefined],
    ]);
  },
);

test('a refusal that does not speak of the name may pass: it is of the set-up', async () => {
  const client = await setUp((request, response) =>
    request.method === 'POST'
      ? json(response, 400, { error: { message: "Property 'Description' of NOPE2 is not known" } })
      : json(response, 200, { value: [] }),
  );
  await expect(client.openJournals(token, 'usmf', [journal('IV1-1', 'NOPE')])).rejects.toThrow('NOPE2');
});

test.each([
  [400, { error: { message: 'The journal name is unknown' } }, 'The journal name is unknown'],
  [201, { JournalNumber: '' }, 'JournalNumber'],
  [503, {}, '503'],
])('a header that is answered %i %j is not there yet', async (status, body, words) => {
  const client = await setUp((request, response) =>
    request.method === 'POST' ? json(response, status, body) : json(response, 200, { value: [] }),
  );
  await expect(client.openJournals(token, 'usmf', [journal('IV1-1')])).rejects.toThrow(words);
});

const entryOf =
  (ItemNumber: string) => (JournalNumber: string, LineNumber: number, InventoryQuantity: number) => ({
    dataAreaId: 'usmf',
    JournalNumber,
    LineNumber,
    ItemNumber,
    JournalNameId: 'IAdj',
    InventoryQuantity,
  });

test('a line that SCM moved to a journal of its own, and numbered anew, is known by its item', async () => {
  const [p1, p2, p3] = [entryOf('P1'), entryOf('P2'), entryOf('P3')];
  const client = await setUp((request, response) => {
    const value = request.url.includes('JournalHeaders')
      ? [header('002', 'IV1-1 run 1'), header('001', 'IV1-1 run 1', 'Yes')]
      : request.url.includes('BiEntities')
        ? []
        : // Of item P3 there were two lines: which of them stands there now, cannot be told.
          [p2('002', 1, 7), p3('002', 2, 8), p1('002', 3, 9), p1('001', 1, 5)];
    json(response, 200, { value });
  });
  const lines = await client.linesOfJournal(token, 'usmf', {
    journalKey: 'IV1-1',
    description: 'IV1-1 run 1',
    lines: [
      { aggregatedLineId: 'a', lineNumber: 1, productId: 'P1' },
      { aggregatedLineId: 'b', lineNumber: 2, productId: 'P2' },
      { aggregatedLineId: 'c', lineNumber: 3, productId: 'P3' },
      { aggregatedLineId: 'd', lineNumber: 4, productId: 'P3' },
    ],
  });
  expect(lines.map((each) => [each.aggregatedLineId, each.journalNumber, each.quantity])).toEqual([
    ['a', '001', '5'],
    ['b', '002', '7'],
    ['', '002', '8'],
    ['', '002', '9'],
  ]);
});

test('lines are known by their numbers in the journals of that description', async () => {
  const entry = entryOf('P1');
  const client = await setUp((request, response) => {
    const { url } = request;
    const value = url.includes('JournalHeaders')
      ? [header('001', 'IV1-1 run 1', 'Yes'), header('002', 'IV1-1 run 1')]
      : url.includes('BiEntities')
        ? [{ dataAreaId: 'usmf', JournalId: '001', LineNum: 1, Voucher: 'V1', InventTransId: 'L1' }]
        : [entry('001', 1, 5), entry('002', 2, -0.5), entry('002', 3, 9)];
    json(response, 200, { value });
  });
  const lines = await client.linesOfJournal(token, 'usmf', {
    journalKey: 'IV1-1',
    description: 'IV1-1 run 1',
    lines: [
      { aggregatedLineId: 'a', lineNumber: 1, productId: 'P1' },
      { aggregatedLineId: 'b', lineNumber: 2, productId: 'p1' },
    ],
  });
  const common = { journalNameId: 'IAdj' };
  expect(lines).toEqual([
    {
      ...common,
      aggregatedLineId: 'a',
      journalNumber: '001',
      lineNumber: 1,
      quantity: '5',
      voucher: 'V1',
      inventTransId: 'L1',
    },
    { ...common, aggregatedLineId: 'b', journalNumber: '002', lineNumber: 2, quantity: '-0.5' },
    // Somebody added it in SCM.
    { ...common, aggregatedLineId: '', journalNumber: '002', lineNumber: 3, quantity: '9' },
  ]);
  expect(await client.linesById(token, 'usmf', ['a'])).toEqual([]);
});

test('journals are found by SCM’s number and by our key', async () => {
  const client = await setUp((_request, response) =>
    json(response, 200, { value: [header('001', 'IV1-1 run 1', 'Yes'), header('002', 'IV1-10 run 1')] }),
  );
  expect(await client.journals(token, 'usmf', ['002', 'IV1-1', 'IV1-2'])).toEqual([
    { journalNumber: '002', isPosted: false, lines: undefined },
    { journalNumber: 'IV1-1', isPosted: true, lines: undefined },
  ]);
  expect(filterOf(peer?.received[0]?.url ?? '')).toContain("Description eq 'IV1-1 *'");
});
