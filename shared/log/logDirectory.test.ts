import { expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { NO_TABLES } from '../../test/support/noTables.ts';
import { ensureLogListed, listLogs } from './logDirectory.ts';
import { LOG_DIRECTORY } from './rowKeys.ts';

const azurite = useAzurite();

test('a log is listed once, as it was first spelled, among those of its own environment', async () => {
  const store = azurite.store();
  await store.createTables([LOG_DIRECTORY]);
  await ensureLogListed(store, 'env', 'usmf', 'USMF');
  await ensureLogListed(store, 'env', 'usmf', 'usmf');
  await ensureLogListed(store, 'env', 'dat', 'Dat');
  await ensureLogListed(store, 'other', 'demf', 'DEMF');
  expect(await listLogs(store, 'env')).toEqual([
    { organizationKey: 'dat', organizationId: 'Dat' },
    { organizationKey: 'usmf', organizationId: 'USMF' },
  ]);
});

test('a log of a later version is not listed as if it were understood', async () => {
  const store = azurite.store();
  await store.createTables([LOG_DIRECTORY]);
  await store.transact(LOG_DIRECTORY, 'env', [
    { kind: 'insert', rowKey: 'usmf', properties: { v: 2, organizationId: 'USMF' } },
  ]);
  await expect(listLogs(store, 'env')).rejects.toThrow('has v 2');
});

test('a failure to list a log is not hidden', async () => {
  await expect(ensureLogListed(NO_TABLES, 'env', 'usmf', 'USMF')).rejects.toMatchObject({
    failure: 'invalid',
  });
});
