import { afterEach, expect, test } from 'vitest';
import { deadAddress, json, startHttpPeer } from '../../test/support/httpPeer.ts';
import type { Answer, HttpPeer, ReceivedRequest } from '../../test/support/httpPeer.ts';
import { NO_TABLES } from '../../test/support/noTables.ts';
import { OutboundHttp } from '../http/outboundHttp.ts';
import { systemClock } from '../runtime/systemRuntime.ts';
import type { SupplyChainSettings } from '../settings/environmentSettings.ts';
import { DEFAULT_SETTINGS } from '../settings/defaultSettings.ts';
import { SupplyChainClient } from './supplyChainClient.ts';

const ACTIVITY = '44444444-4444-4444-8444-444444444444';
const MESSAGE = '55555555-5555-4555-8555-555555555555';
const NO_EXECUTION = '00000000-0000-0000-0000-000000000000';
const LINE = 'aaaaaaaa-0000-8000-8000-000000000001';
const token = { value: 'erp-token', expiresAt: Number.MAX_SAFE_INTEGER };
const http = new OutboundHttp(systemClock);
let peer: HttpPeer | undefined;

afterEach(async () => {
  http.close();
  await peer?.close();
  peer = undefined;
});

function clientOf(root: string, timeoutMs = 5000): SupplyChainClient {
  const settings: SupplyChainSettings = {
    url: `${root}/scm`,
    credential: { kind: 'clientSecret', tenantId: 'tenant', clientId: 'client', secretSetting: 'SECRET' },
    ...DEFAULT_SETTINGS.supplyChain,
    authority: `${root}/entra`,
    activityId: ACTIVITY,
    linesDeletedAfterPosting: 'no',
    unknownOutcomeSeconds: 60,
  };
  return new SupplyChainClient({
    http,
    clock: systemClock,
    settings,
    tables: NO_TABLES,
    readSecret: () => 'secret',
    callTimeoutMs: timeoutMs,
    sendTimeoutMs: timeoutMs,
  });
}

async function setUp(answer: Answer, timeoutMs?: number): Promise<SupplyChainClient> {
  peer = await startHttpPeer(answer);
  return clientOf(peer.url, timeoutMs);
}

/** Answers the actions of data management by name: [status, value]. */
function actions(answers: Readonly<Record<string, readonly [status: number, value: unknown]>>): Answer {
  return (request, response) => {
    const name = request.url.split('.').at(-1) ?? '';
    const [status, value] = answers[name] ?? [404, null];
    json(response, status, status === 200 ? { value } : { error: { message: value } });
  };
}

const query = (request: ReceivedRequest | undefined, name: string) =>
  new URL(request?.url ?? '', 'http://peer').searchParams.get(name) ?? '';

const reference = (journalKey: string) => ({ journalKey, description: `${journalKey} run 1`, lines: [] });

const send = (client: SupplyChainClient) =>
  client.send(token, 'US MF', 'package-1', new Uint8Array([1, 2, 3]));

test.each([`"${MESSAGE}"`, `{"value":"${MESSAGE}"}`, MESSAGE])(
  'sends a package; %s is its message id',
  async (body) => {
    const client = await setUp((_request, response) => void response.end(body));
    expect(await send(client)).toEqual({ kind: 'accepted', messageId: MESSAGE });
    const request = peer?.received[0];
    expect(request).toMatchObject({
      method: 'POST',
      url: `/scm/api/connector/enqueue/${ACTIVITY}?company=US%20MF`,
      headers: {
        authorization: 'Bearer erp-token',
        'content-type': 'application/zip',
        'x-ms-dyn-externalidentifier': 'package-1',
      },
    });
    expect([...(request?.body ?? [])]).toEqual([1, 2, 3]);
    expect(client.address).toBe(`${peer?.url}/scm/api/connector/enqueue/${ACTIVITY}`);
  },
);

test.each([
  [400, 'refused'],
  [403, 'refused'],
  [404, 'refused'],
  [413, 'refused'],
  [401, 'noEffect'],
  [429, 'noEffect'],
  [302, 'unknown'],
  [408, 'unknown'],
  [500, 'unknown'],
  [503, 'unknown'],
])('a package answered with %i is %s', async (status, kind) => {
  const client = await setUp((_request, response) =>
    json(response, status, { error: { message: 'outer', innererror: { message: 'its own words' } } }),
  );
  const answer = await send(client);
  expect(answer.kind).toBe(kind);
  if (answer.kind !== 'accepted') expect(answer.message).toContain('its own words');
});

test.each(['', '{}', '"no id!"', `"${NO_EXECUTION}"`, '<html>'])(
  'an answer 200 of %j is unknown',
  async (body) => {
    const client = await setUp((_request, response) => void response.end(body));
    expect((await send(client)).kind).toBe('unknown');
  },
);

test('sending: silence and reset are unknown, a dead address had no effect, throttling says when', async () => {
  const silent = await setUp(() => undefined, 50);
  expect((await send(silent)).kind).toBe('unknown');
  await peer?.close();
  const reset = await setUp((_request, _response, incoming) => void incoming.socket.resetAndDestroy());
  expect((await send(reset)).kind).toBe('unknown');
  expect((await send(clientOf(await deadAddress()))).kind).toBe('noEffect');
  await peer?.close();
  const throttled = await setUp((_request, response) => json(response, 429, {}));
  expect(await send(throttled)).toMatchObject({ retryAfterMs: 30_000 });
});

test('a token that was answered with 401 is not handed out again', async () => {
  let issued = 0;
  const client = await setUp((request, response) => {
    if (request.url.startsWith('/entra')) {
      issued += 1;
      json(response, 200, { token_type: 'Bearer', expires_in: 3600, access_token: `erp-${issued}` });
    } else json(response, 401, {});
  });
  const first = await client.token();
  expect(new URLSearchParams(peer?.received[0]?.body.toString()).get('scope')).toBe(
    `${peer?.url}/scm/.default`,
  );
  expect((await client.send(first, 'usmf', 'p', new Uint8Array())).kind).toBe('noEffect');
  const second = await client.token();
  expect(second.value).toBe('erp-2');
  await expect(client.importStatus(second, MESSAGE)).rejects.toThrow('401');
  expect((await client.token()).value).toBe('erp-3');
});

test('a message under way is pending, with or without an execution', async () => {
  const waiting = await setUp(
    actions({ GetMessageStatus: [200, 'enqueued'], GetExecutionIdByMessageId: [200, NO_EXECUTION] }),
  );
  expect(await waiting.importStatus(token, MESSAGE)).toEqual({ kind: 'pending', messageStatus: 'Enqueued' });
  expect(peer?.received.map((request) => JSON.parse(request.body.toString()) as unknown)).toEqual([
    { messageId: MESSAGE },
    { _messageId: MESSAGE },
  ]);
  await peer?.close();
  const requeued = await setUp(
    actions({
      GetMessageStatus: [200, 'Processing'],
      GetExecutionIdByMessageId: [200, 'E1'],
      GetExecutionSummaryStatus: [200, 'Succeeded'],
    }),
  );
  expect(await requeued.importStatus(token, MESSAGE)).toMatchObject({ kind: 'pending', executionId: 'E1' });
});

test.each([
  [200, 'Unknown'],
  [200, 'NotRun'],
  [200, 'Executing'],
  [400, 'The records were not found.'],
])('a processed message is pending while its execution answers %i %s', async (status, value) => {
  const client = await setUp(
    actions({
      GetMessageStatus: [200, 'Processed'],
      GetExecutionIdByMessageId: [200, 'E1'],
      GetExecutionSummaryStatus: [status, value],
    }),
  );
  expect(await client.importStatus(token, MESSAGE)).toEqual({
    kind: 'pending',
    messageStatus: 'Processed',
    executionId: 'E1',
  });
});

test('an import that succeeded is final without errors', async () => {
  const client = await setUp(
    actions({
      GetMessageStatus: [200, 5],
      GetExecutionIdByMessageId: [200, 'E1'],
      GetExecutionSummaryStatus: [200, 'succeeded'],
    }),
  );
  expect(await client.importStatus(token, MESSAGE)).toEqual({
    kind: 'final',
    messageStatus: 'Processed',
    executionId: 'E1',
    succeeded: true,
    errors: [],
  });
});

test('a failed import carries the errors, and the lines they name', async () => {
  const errors = JSON.stringify([
    { RecordId: `{${LINE.toUpperCase()}}`, Field: 'ITEMNUMBER', ErrorMessage: 'Item X does not exist.' },
    { RecordId: '', Field: '', ErrorMessage: `Message ${MESSAGE} was stopped.` },
  ]);
  const client = await setUp(
    actions({
      GetMessageStatus: [200, 'PostProcessingError'],
      GetExecutionIdByMessageId: [200, 'E1'],
      GetExecutionSummaryStatus: [200, 'PartiallySucceeded'],
      GetExecutionErrors: [200, errors],
    }),
  );
  expect(await client.importStatus(token, MESSAGE)).toEqual({
    kind: 'final',
    messageStatus: 'PostProcessingFailed',
    executionId: 'E1',
    succeeded: false,
    errors: [
      { aggregatedLineId: LINE, message: 'ITEMNUMBER: Item X does not exist.' },
      { message: `Message ${MESSAGE} was stopped.` },
    ],
  });
});

test.each([
  ['empty', [200, ''] as const, 'ended as Failed'],
  ['gone', [404, 'cleaned up'] as const, 'cleaned up'],
])('a failed import whose error list is %s still says something', async (_what, answer, expected) => {
  const client = await setUp(
    actions({
      GetMessageStatus: [200, 'ProcessedWithErrors'],
      GetExecutionIdByMessageId: [200, 'E1'],
      GetExecutionSummaryStatus: [200, 'Failed'],
      GetExecutionErrors: answer,
    }),
  );
  const status = await client.importStatus(token, MESSAGE);
  expect(status).toMatchObject({ kind: 'final', succeeded: false });
  if (status.kind === 'final') expect(status.errors[0]?.message).toContain(expected);
});

test('an import that failed without a word says where to look', async () => {
  const client = await setUp(
    actions({
      GetMessageStatus: [200, 'ProcessedWithErrors'],
      GetExecutionIdByMessageId: [200, 'E1'],
      GetExecutionSummaryStatus: [200, 'Failed'],
      GetExecutionErrors: [200, '[]'],
      GetExecutionSummaryPageUrl: [200, 'https://scm.example.com/?mi=DMFExecutionHistory'],
    }),
  );
  expect(await client.importStatus(token, MESSAGE)).toMatchObject({
    errors: [
      {
        message:
          'execution E1 ended as Failed without naming an error; see https://scm.example.com/?mi=DMFExecutionHistory',
      },
    ],
  });
});

// Sources: "Data management package REST API"; the columns of the files are not documented.
test('error files name the lines that the list of errors does not', async () => {
  const file = Buffer.from(
    `\uFEFFKEY,ERROR\r\n"{${LINE.toUpperCase()}}","Item ""X"" is blocked"\r\n`,
    'utf16le',
  );
  const asked: string[] = [];
  const client = await setUp((request, response) => {
    const name = request.url.split(/[./]/).at(-1) ?? '';
    const { entityName } = (request.body.length > 0 ? JSON.parse(request.body.toString()) : {}) as {
      entityName?: string;
    };
    if (entityName !== undefined) asked.push(`${name} ${entityName}`);
    const isHeaders = entityName?.endsWith('headers');
    switch (name) {
      case 'GetMessageStatus':
        return json(response, 200, { value: 'Processed' });
      case 'GetExecutionIdByMessageId':
        return json(response, 200, { value: 'E1' });
      case 'GetExecutionSummaryStatus':
        return json(response, 200, { value: 'PartiallySucceeded' });
      case 'GetExecutionErrors':
        return json(response, 200, {
          value: '[{"RecordId":"","Field":"","ErrorMessage":"1 record failed"}]',
        });
      case 'GetImportStagingErrorFileUrl':
        return json(response, 200, { value: isHeaders ? '' : 'http://elsewhere.example/in-the-clear' });
      case 'GenerateImportTargetErrorKeysFile':
        return json(response, 200, { value: !isHeaders });
      case 'GetImportTargetErrorKeysFileUrl':
        return json(response, 200, { value: `${peer?.url}/keys?sig=secret` });
      default:
        expect(request.headers.authorization).toBeUndefined();
        return void response.end(file);
    }
  });
  expect(await client.importStatus(token, MESSAGE)).toMatchObject({
    kind: 'final',
    succeeded: false,
    errors: [
      { message: '1 record failed' },
      { aggregatedLineId: LINE, message: expect.stringContaining('is blocked') as string },
    ],
  });
  const labels = [
    'Inventory service adjustment journal headers',
    'Inventory service adjustment journal entries',
  ];
  expect(asked).toEqual([
    `GetImportStagingErrorFileUrl ${labels[0]}`,
    `GenerateImportTargetErrorKeysFile ${labels[0]}`,
    `GetImportStagingErrorFileUrl ${labels[1]}`,
    `GenerateImportTargetErrorKeysFile ${labels[1]}`,
    `GetImportTargetErrorKeysFileUrl ${labels[1]}`,
  ]);
});

test('SCM that asked to be left alone is not asked, and nothing is sent to it', async () => {
  const client = await setUp((_request, response) => json(response, 503, {}, { 'retry-after': '3600' }));
  await expect(client.importStatus(token, MESSAGE)).rejects.toMatchObject({ retryAfterMs: 3_600_000 });
  const refused = await client.importStatus(token, MESSAGE).catch((error: unknown) => error);
  expect(String(refused)).toContain('it asked for no calls for another 600 seconds');
  expect(await send(client)).toMatchObject({ kind: 'noEffect' });
  expect(peer?.received).toHaveLength(1);
});

test('a message that failed before any execution is final', async () => {
  const client = await setUp(
    actions({ GetMessageStatus: [200, 'PreProcessingError'], GetExecutionIdByMessageId: [200, ''] }),
  );
  const status = await client.importStatus(token, MESSAGE);
  expect(status).toMatchObject({ kind: 'final', succeeded: false, messageStatus: 'PreProcessingError' });
  if (status.kind === 'final') expect(status.errors[0]?.message).toContain(MESSAGE);
});

test.each([
  ['no JSON', 200, 'garbage', undefined],
  ['no status', 200, '{"value":{}}', undefined],
  ['a refusal', 400, '{"error":{"message":"its own words"}}', undefined],
  ['an outage', 503, 'closed', 7000],
  ['throttling', 429, '{}', 7000],
])('a status question answered with %s is a DependencyError', async (_what, status, body, retryAfterMs) => {
  const client = await setUp((_request, response) => {
    response.writeHead(status, retryAfterMs === undefined ? {} : { 'retry-after': '7' }).end(body);
  });
  const error = await client.importStatus(token, MESSAGE).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    name: 'DependencyError',
    dependency: 'Supply Chain Management',
    retryAfterMs,
  });
  if (status === 400) expect(String(error)).toContain('its own words');
});

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
