import { expect, test } from 'vitest';
import { json } from '../../test/support/httpPeer.ts';
import {
  closePeerAfterEach,
  MESSAGE,
  NO_EXECUTION,
  LINE,
  token,
  peer,
  setUp,
  actions,
} from '../../test/support/supplyChainPeer.ts';

closePeerAfterEach();

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
        if (request.method === 'GET' && request.url.includes('/data/')) return json(response, 404, {});
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
