/**
 * Transport `package` on real sockets. Shapes: "Data management package REST API" (GetAzureWriteUrl answers a text that
 * holds JSON; ImportFromPackage takes six parameters; the status of an execution without a record is 400), and Azure
 * Blob Storage, "Put Blob" (x-ms-blob-type, 201, no bearer token).
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { json, startHttpPeer } from '../../test/support/httpPeer.ts';
import type { Answer, HttpPeer, ReceivedRequest } from '../../test/support/httpPeer.ts';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { OutboundHttp } from '../http/outboundHttp.ts';
import { systemClock } from '../runtime/systemRuntime.ts';
import { DEFAULT_SETTINGS } from '../settings/defaultSettings.ts';
import { SETTINGS_TABLE } from '../settings/settingsStore.ts';
import type { TableStore } from '../tables/tableStore.ts';
import { SupplyChainClient } from './supplyChainClient.ts';

const azurite = useAzurite();
const token = { value: 'erp-token', expiresAt: Number.MAX_SAFE_INTEGER };
const zip = new Uint8Array([80, 75, 1, 2]);
const http = new OutboundHttp(systemClock);
let peer: HttpPeer | undefined;
let tables: TableStore;
/** What the next calls by name are answered; the default is what a healthy environment answers. */
let answers: Record<string, Answer>;
/** Status of executions by id; others are not known. */
let executions: Map<string, string>;

beforeEach(async () => {
  tables = azurite.store();
  await tables.createTables([SETTINGS_TABLE]);
  answers = {};
  executions = new Map();
  peer = await startHttpPeer(environment);
});

afterEach(async () => {
  http.close();
  await peer?.close();
  peer = undefined;
});

/** The last part of the path: an action's or an entity's name, or the blob's. */
const nameOf = ({ url }: ReceivedRequest): string =>
  new URL(url, 'http://peer').pathname.split(/[/.]/).at(-1) ?? '';

const environment: Answer = (request, response, incoming) => {
  const name = nameOf(request);
  const own = answers[name];
  if (own) return own(request, response, incoming);
  const parameters = bodyOf(request);
  switch (name) {
    case 'GetAzureWriteUrl': {
      const blob = { BlobId: '{GUID}', BlobUrl: `${peer?.url}/dmf/blob?sv=2014-02-14&sr=b&sig=secret&sp=rw` };
      return json(response, 200, { value: JSON.stringify(blob) });
    }
    case 'blob':
      return void response.writeHead(201).end();
    case 'ImportFromPackage':
    case 'ImportFromPackageAsync':
      executions.set(String(parameters.executionId), 'Executing');
      return json(response, 200, { value: parameters.executionId });
    case 'GetExecutionSummaryStatus': {
      const status = executions.get(String(parameters.executionId));
      if (status === undefined)
        return json(response, 400, { error: { message: 'The execution was not found.' } });
      return json(response, 200, { value: status });
    }
    case 'DataManagementExecutionJobDetails':
      return json(response, 200, { value: [] });
    default:
      return json(response, 404, {});
  }
};

function bodyOf({ headers, body }: ReceivedRequest): Record<string, unknown> {
  if (headers['content-type'] !== 'application/json') return {};
  return JSON.parse(body.toString()) as Record<string, unknown>;
}

function client(changes: Partial<typeof DEFAULT_SETTINGS.supplyChain> = {}, timeoutMs = 5000) {
  return new SupplyChainClient({
    http,
    clock: systemClock,
    tables,
    settings: {
      ...DEFAULT_SETTINGS.supplyChain,
      transport: 'package',
      dataProject: 'Stock adjustments',
      url: `${peer?.url}/scm`,
      credential: { kind: 'managedIdentity' },
      ...changes,
    },
    readSecret: () => undefined,
    callTimeoutMs: timeoutMs,
    sendTimeoutMs: timeoutMs,
  });
}

const send = (of: SupplyChainClient, submission = 'submission-1') => of.send(token, 'usmf', submission, zip);
const requestsNamed = (name: string) => peer?.received.filter((request) => nameOf(request) === name) ?? [];

/** Sends and gives the execution id. */
async function accepted(of: SupplyChainClient, submission?: string): Promise<string> {
  const answer = await send(of, submission);
  if (answer.kind !== 'accepted') throw new Error(answer.message);
  return answer.messageId;
}

test('asks for a place, uploads without the token, and imports under an execution id of its own', async () => {
  const executionId = await accepted(client());
  expect(executionId).toMatch(/^IVBL-[0-9a-f]{32}$/);
  expect(peer?.received.map(nameOf)).toEqual(['GetAzureWriteUrl', 'blob', 'ImportFromPackageAsync']);
  const [asked, put, begun] = peer?.received ?? [];
  expect(asked).toMatchObject({
    method: 'POST',
    url: '/scm/data/DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities.GetAzureWriteUrl',
    headers: { authorization: 'Bearer erp-token' },
  });
  expect(asked && bodyOf(asked)).toEqual({ uniqueFileName: `${executionId}.zip` });
  expect(put).toMatchObject({ method: 'PUT', url: '/dmf/blob?sv=2014-02-14&sr=b&sig=secret&sp=rw' });
  expect(put?.headers).toMatchObject({ 'x-ms-blob-type': 'BlockBlob', 'content-type': 'application/zip' });
  expect(put?.headers.authorization).toBeUndefined();
  expect([...(put?.body ?? [])]).toEqual([...zip]);
  expect(begun?.headers.authorization).toBe('Bearer erp-token');
  expect(begun && bodyOf(begun)).toEqual({
    packageUrl: `${peer?.url}/dmf/blob?sv=2014-02-14&sr=b&sig=secret&sp=rw`,
    definitionGroupId: 'Stock adjustments',
    executionId,
    execute: true,
    overwrite: true,
    legalEntityId: 'usmf',
  });
});

test('the settings choose the action that waits for the unpacking', async () => {
  await accepted(client({ importAction: 'ImportFromPackage' }));
  expect(peer?.received.map(nameOf).at(-1)).toBe('ImportFromPackage');
});

test('one project imports one package at a time, whichever instance sends', async () => {
  const first = await accepted(client(), 'submission-1');
  const busy = await send(client(), 'submission-2');
  expect(busy).toMatchObject({ kind: 'noEffect', retryAfterMs: 15_000 });
  if (busy.kind === 'noEffect') expect(busy.message).toContain(first);
  expect(requestsNamed('ImportFromPackageAsync')).toHaveLength(1);
  // Another project has its own.
  await accepted(client({ dataProject: 'Other' }), 'submission-3');
  executions.set(first, 'Succeeded');
  await accepted(client(), 'submission-2');
  expect(requestsNamed('ImportFromPackageAsync')).toHaveLength(3);
});

test('a project stays with its import while SCM cannot say how far that is', async () => {
  const first = await accepted(client(), 'submission-1');
  answers.GetExecutionSummaryStatus = (_request, response) => json(response, 500, {});
  expect(await send(client(), 'submission-2')).toMatchObject({ kind: 'noEffect' });
  answers = {};
  const busy = await send(client(), 'submission-3');
  expect(busy.kind === 'noEffect' && busy.message).toContain(first);
});

test('of instances that send at the same moment one goes first', async () => {
  const sent = await Promise.all([1, 2, 3, 4].map((number) => send(client(), `submission-${number}`)));
  expect(sent.map(({ kind }) => kind).sort()).toEqual(['accepted', 'noEffect', 'noEffect', 'noEffect']);
  expect(requestsNamed('ImportFromPackageAsync')).toHaveLength(1);
});

test('an import that never ends gives the project back in time', async () => {
  await accepted(client(), 'submission-1');
  const impatient = client({ unknownOutcomeSeconds: 0.000_001 });
  await accepted(impatient, 'submission-2');
});

test.each([
  ['no place', 'GetAzureWriteUrl', 500, undefined],
  ['throttling', 'GetAzureWriteUrl', 429, 7000],
  ['a refused upload', 'blob', 403, undefined],
  ['throttled import', 'ImportFromPackageAsync', 429, 7000],
  ['an expired token', 'ImportFromPackageAsync', 401, undefined],
])('%s has no effect, and the project stays free', async (_what, name, status, retryAfterMs) => {
  answers[name] = (_request, response) =>
    json(response, status, {}, retryAfterMs ? { 'retry-after': '7' } : {});
  const answer = await send(client());
  expect(answer).toMatchObject({ kind: 'noEffect', ...(retryAfterMs ? { retryAfterMs } : {}) });
  expect(JSON.stringify(answer)).not.toContain('sig=');
  answers = {};
  await accepted(client(), 'submission-2');
});

test.each([
  ['nothing', { value: '' }],
  ['no JSON', { value: 'https://elsewhere.example' }],
  ['an address in the clear', { value: JSON.stringify({ BlobUrl: 'http://blob.example/dmf/x?sig=secret' }) }],
])('a place answered with %s gets no package', async (_what, answer) => {
  answers.GetAzureWriteUrl = (_request, response) => json(response, 200, answer);
  expect(await send(client())).toMatchObject({ kind: 'noEffect' });
  expect(requestsNamed('blob')).toHaveLength(0);
});

test('a refused import is refused in SCM’s own words, and the project stays free', async () => {
  answers.ImportFromPackageAsync = (_request, response) =>
    json(response, 400, {
      error: { message: 'The data project exists and overwrite has not been specified' },
    });
  const refused = await send(client());
  expect(refused).toMatchObject({ kind: 'refused', statusCode: 400 });
  if (refused.kind === 'refused') expect(refused.message).toContain('overwrite has not been specified');
  answers = {};
  await accepted(client(), 'submission-2');
});

test('an import whose answer is lost is unknown, keeps the project, and is found by its execution id', async () => {
  answers.ImportFromPackageAsync = (request, _response, incoming) => {
    executions.set(String(bodyOf(request).executionId), 'Executing');
    incoming.socket.resetAndDestroy();
  };
  expect(await send(client())).toMatchObject({ kind: 'unknown' });
  answers = {};
  expect(await send(client(), 'submission-2')).toMatchObject({ kind: 'noEffect' });
  const found = await client().findImport(token, 'submission-1');
  expect(found).toMatchObject({ kind: 'pending', messageStatus: 'Executing' });
  expect(await client().findImport(token, 'submission-9')).toBeUndefined();
  const asked = requestsNamed('DataManagementExecutionJobDetails').at(-1)?.url ?? '';
  expect(new URL(asked, 'http://peer').searchParams.get('$filter')).toMatch(/^JobId eq 'IVBL-[0-9a-f]{32}'$/);
});

test('a job that is only listed is still pending', async () => {
  answers.DataManagementExecutionJobDetails = (_request, response) =>
    json(response, 200, { value: [{ JobId: 'x', EntityName: 'y' }] });
  expect(await client().findImport(token, 'submission-1')).toMatchObject({
    kind: 'pending',
    messageStatus: 'NotRun',
  });
});

test('the execution is followed to its end, with its errors', async () => {
  const of = client();
  const executionId = await accepted(of);
  executions.delete(executionId);
  expect(await of.importStatus(token, executionId)).toMatchObject({ kind: 'pending' });
  executions.set(executionId, 'Unknown');
  expect(await of.importStatus(token, executionId)).toMatchObject({
    kind: 'pending',
    messageStatus: 'Unknown',
  });
  executions.set(executionId, 'PartiallySucceeded');
  answers.GetExecutionErrors = (_request, response) =>
    json(response, 200, {
      value: JSON.stringify([{ RecordId: '', Field: 'ITEMNUMBER', ErrorMessage: 'Item X does not exist.' }]),
    });
  expect(await of.importStatus(token, executionId)).toEqual({
    kind: 'final',
    messageStatus: 'PartiallySucceeded',
    executionId,
    succeeded: false,
    errors: [{ message: 'ITEMNUMBER: Item X does not exist.' }],
  });
  executions.set(executionId, 'Succeeded');
  expect(await of.importStatus(token, executionId)).toMatchObject({
    kind: 'final',
    succeeded: true,
    errors: [],
  });
});

test('a message of the other transport is still followed after the transport has changed', async () => {
  answers.GetMessageStatus = (_request, response) => json(response, 200, { value: 'Enqueued' });
  answers.GetExecutionIdByMessageId = (_request, response) => json(response, 200, { value: '' });
  expect(await client().importStatus(token, '55555555-5555-4555-8555-555555555555')).toEqual({
    kind: 'pending',
    messageStatus: 'Enqueued',
  });
});
