import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { TableClient } from '@azure/data-tables';
import { afterEach, describe, expect, it } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { systemClock } from '../runtime/systemRuntime.ts';
import { azureTableStore } from './azureTableStore.ts';
import { describeTableStore } from './conformance.ts';
import { expectFailure, insert } from './conformanceSteps.ts';
import { tableStoreFromSettings } from './tableConnection.ts';

const azurite = useAzurite();
describeTableStore('Azurite', () => azurite.store());

describe('a table server in trouble', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function listen(server: Server): Promise<number> {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }
  const storeAt = (port: number, tryDeadlineMs = 5_000) =>
    azureTableStore({
      clock: systemClock,
      tryDeadlineMs,
      connect: (table) =>
        TableClient.fromConnectionString(
          `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=a2V5;TableEndpoint=http://127.0.0.1:${port}/devstoreaccount1`,
          table,
          { retryOptions: { maxRetries: 0 }, allowInsecureConnection: true },
        ),
    });
  /** A store whose server answers every request like this, and how many requests it has met. */
  async function answering(listener: RequestListener) {
    let requests = 0;
    const server = createServer((request, response) => {
      requests += 1;
      request.resume();
      listener(request, response);
    });
    return { store: storeAt(await listen(server)), requests: () => requests };
  }
  const answer = (status: number, code: string) =>
    answering((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ 'odata.error': { code, message: { lang: 'en-US', value: `${code}.` } } }),
      );
    });
  const write = (store: ReturnType<typeof storeAt>) => store.transact('Rows', 'p', [insert('a', {})]);

  it('that nobody listens for is unreachable', async () => {
    const server = createTcpServer();
    const store = storeAt(await listen(server));
    await new Promise((resolve) => server.close(resolve));
    await expectFailure('unreachable', write(store), /ECONNREFUSED/);
    await expectFailure('unreachable', store.get('Rows', 'p', 'a'));
    await expectFailure('unreachable', store.query('Rows', 'p', { from: 'a', before: 'b' }));
    await expectFailure('unreachable', store.createTables(['Rows']));
  });

  it('that accepts and stays silent is given up after the deadline', async () => {
    const store = storeAt(await listen(createTcpServer()), 200);
    await expectFailure('unknown', write(store), /no answer within 200 ms/);
    await expectFailure('unknown', store.get('Rows', 'p', 'a'), /no answer within 200 ms/);
  });

  it('that stops in the middle of its answer is given up after the deadline', async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' });
      response.write(Buffer.from([0x1f, 0x8b]));
    });
    const store = storeAt(await listen(server), 200);
    await expectFailure('unknown', store.get('Rows', 'p', 'a'), /no answer within 200 ms/);
    server.closeAllConnections();
  });

  it('that drops the connection leaves the outcome unknown', async () => {
    const { store } = await answering((request) => request.socket.destroy());
    await expectFailure('unknown', write(store));
  });

  it.each([
    [503, 'ServerBusy', 'busy'],
    [429, 'TooManyRequests', 'busy'],
    [409, 'TableBeingDeleted', 'busy'],
    [500, 'OperationTimedOut', 'unknown'],
    [500, 'InternalError', 'unknown'],
    [403, 'AuthenticationFailed', 'unknown'],
    [400, 'InvalidInput', 'invalid'],
    [413, 'RequestBodyTooLarge', 'invalid'],
    [404, 'TableNotFound', 'invalid'],
  ] as const)('that answers %i %s fails as %s, at the first try', async (status, code, failure) => {
    const { store, requests } = await answer(status, code);
    await expectFailure(failure, write(store));
    await expectFailure(failure, store.get('Rows', 'p', 'a'));
    expect(requests()).toBe(2);
  });

  it('whose update leaves the ETag as it was is refused with a hint at the emulator', async () => {
    const etag = `W/"datetime'2026-01-01T00%3A00%3A00.0000000Z'"`;
    const { store } = await answering((_, response) => {
      response.writeHead(202, { 'content-type': 'multipart/mixed; boundary=batchresponse_1' });
      response.end(
        '--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_1\r\n\r\n' +
          `--changesetresponse_1\r\n\r\nHTTP/1.1 204 No Content\r\nETag: ${etag}\r\n\r\n` +
          '--changesetresponse_1--\r\n--batchresponse_1--\r\n',
      );
    });
    const update = store.transact('Rows', 'p', [{ kind: 'update', rowKey: 'a', properties: {}, etag }]);
    await expectFailure('unknown', update, /use Azurite 3\.37/);
  });
});

describe('the connection of the table store', () => {
  it('counts what it did', async () => {
    const store = azurite.store();
    await store.createTables(['Rows']);
    await store.transact('Rows', 'p', [insert('a', {}), insert('b', {})]);
    await store.get('Rows', 'p', 'a');
    await store.query('Rows', 'p', { from: 'a', before: 'c' });
    expect(store.statistics).toEqual({ gets: 1, queryPages: 1, transactions: 1, rowsWritten: 2 });
  });

  it('keeps installations of different prefixes apart', async () => {
    const [one, two] = [azurite.store(), azurite.store()];
    await Promise.all([one.createTables(['Rows']), two.createTables(['Rows'])]);
    await one.transact('Rows', 'p', [insert('a', {})]);
    expect(await two.get('Rows', 'p', 'a')).toBeUndefined();
  });

  it.each([
    [{}, /TABLES_CONNECTION is missing/],
    [{ TABLES_CONNECTION__endpoint: 'http://example.table.core.windows.net' }, /must begin with https/],
    [{ TABLES_CONNECTION__endpoint: 'example' }, /TABLES_CONNECTION__endpoint \(example\) is not an address/],
    [{ TABLES_CONNECTION: 'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5' }, /must be https/],
    [
      {
        TABLES_CONNECTION:
          'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=a2V5;TableEndpoint=http://10.0.0.1/a',
      },
      /must begin with https/,
    ],
  ])('refuses %o', (settings, message) => {
    expect(() => tableStoreFromSettings(settings, systemClock)).toThrow(message);
  });
});
