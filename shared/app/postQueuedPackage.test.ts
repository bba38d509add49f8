import { beforeEach, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { crashingTables } from '../../test/support/crashingTables.ts';
import { ENVIRONMENT_ID } from '../../test/support/localSettings.ts';
import { LOG, postedLine, ScriptedLayer } from '../../test/support/scriptedLayer.ts';
import { ADJUSTMENT_LOG } from '../log/rowKeys.ts';
import { postQueuedPackage } from './postQueuedPackage.ts';
import { packageJournalsTick, syncCacheTick } from './timers.ts';

const azurite = useAzurite();
const MESSAGE = { environmentId: ENVIRONMENT_ID, organizationKey: 'USMF', run: 1, package: 1 };

let instance: ScriptedLayer;

beforeEach(async () => {
  instance = await ScriptedLayer.install(azurite.store());
});

test('the message that packaging sends makes the package go out', async () => {
  await instance.results([postedLine('a')]);
  await syncCacheTick(instance.layer);
  await packageJournalsTick(instance.layer);
  expect(instance.ends.queue.sent).toEqual([{ message: MESSAGE, notBefore: undefined }]);
  await postQueuedPackage(instance.layer, instance.ends.queue.sent[0]?.message);
  expect(instance.ends.supplyChain.sent.flatMap(({ lines }) => lines)).toHaveLength(1);
});

test.each([
  ['no object', 'hello', 'error'],
  ['an object that names no package', { run: 1 }, 'error'],
  ['an environment that is not there', { ...MESSAGE, environmentId: 'nowhere' }, 'warn'],
  ['a legal entity that has no log', MESSAGE, 'warn'],
])('a message with %s is dropped, and told', async (_what, body, level) => {
  await postQueuedPackage(instance.layer, body);
  expect(instance.runtime.logger.entries.map((entry) => entry.level)).toEqual([level]);
});

test('a package that does not exist is nothing to do', async () => {
  await instance.results([postedLine('a')]);
  await postQueuedPackage(instance.layer, { ...MESSAGE, run: 7 });
  expect(instance.ends.supplyChain.sent).toEqual([]);
});

test('storage that fails does not make the message come back at once', async () => {
  const away = instance.another(crashingTables(instance.tables, { call: 1, effect: false }).tables);
  await postQueuedPackage(away.layer, MESSAGE);
  expect(away.runtime.logger.entries.map(({ level }) => level)).toEqual(['error']);
});

test('nothing is sent out of a log that is held after it went back in time', async () => {
  await instance.results([postedLine('a')]);
  await syncCacheTick(instance.layer);
  await packageJournalsTick(instance.layer);
  const [head] = await instance.rows('head');
  if (head === undefined) throw new Error('the log has no head');
  const properties = { ...head.properties, epoch: 'renewed' };
  await instance.tables.transact(ADJUSTMENT_LOG, LOG, [
    { kind: 'update', rowKey: head.rowKey, properties, etag: head.etag },
  ]);
  await postQueuedPackage(instance.layer, MESSAGE);
  expect(instance.ends.supplyChain.sent).toEqual([]);
  await instance.layer.writer(await instance.environment(), 'usmf').release();
  await postQueuedPackage(instance.layer, MESSAGE);
  expect(instance.ends.supplyChain.sent).toHaveLength(1);
});
