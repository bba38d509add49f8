import { beforeEach, expect, it } from 'vitest';
import {
  createLogTables,
  LOG,
  PARTITION,
  patientClock,
  postIds,
} from '../../../test/support/logUnderTest.ts';
import { FaultyTableStore, queryFrom } from '../../../test/support/faultyTableStore.ts';
import { memoryTableStore } from '../../../test/simulator/memoryTableStore.ts';
import { systemEntropy } from '../../runtime/systemRuntime.ts';
import type { TableStore } from '../../tables/tableStore.ts';
import { LogWriter } from '../logWriter.ts';
import { readManifests } from './manifest.ts';

let store: TableStore;
let tables: FaultyTableStore;
let logged: [level: string, message: string, fields: unknown][];

beforeEach(async () => {
  store = memoryTableStore();
  await createLogTables(store);
  tables = new FaultyTableStore(store);
  logged = [];
});

function open(checkpointDueIds: number): LogWriter {
  const at = (level: string) => (message: string, fields?: unknown) =>
    void logged.push([level, message, fields]);
  const logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const runtime = { clock: patientClock(), entropy: systemEntropy, logger };
  return new LogWriter(tables, runtime, LOG, { checkpointDueIds });
}

const stretches = async () =>
  (await readManifests(store, PARTITION)).map(({ fromSeq, toSeq }) => `${fromSeq}-${toSeq}`).sort();
const isManifestRead = queryFrom('checkpoint~ids~');
/** The look whether others have written checkpoints reads no document. */
const looks = () =>
  tables.calls.filter((call) => isManifestRead(call) && call.kind === 'query' && call.range.select).length;

it('a tick writes a checkpoint when one is due, and merges', async () => {
  const writer = open(2);
  await postIds(writer, 'id 1');
  await writer.checkpoints.tend(Infinity);
  expect(await stretches()).toEqual([]);
  await postIds(writer, 'id 2');
  await writer.checkpoints.tend(Infinity);
  expect(await stretches()).toEqual(['0-2']);
  for (let seq = 3; seq <= 8; seq += 2) {
    await postIds(writer, `id ${seq}`);
    await postIds(writer, `id ${seq + 1}`);
    await writer.checkpoints.tend(Infinity);
  }
  expect(await stretches()).toEqual(['0-2', '0-8', '2-4', '4-6', '6-8']);
  expect(await postIds(writer, 'id 1', 'id 8', 'new')).toEqual([
    'duplicate 1.0',
    'duplicate 8.0',
    'accepted 9.0',
  ]);
  expect(logged).toEqual([]);
});

it('a tick whose upkeep fails has written its checkpoint, says why, and goes on at the next one', async () => {
  const writer = open(1);
  await postIds(writer, 'a');
  tables.failBefore(queryFrom('checkpoint~part~'), 'busy');
  await writer.checkpoints.tend(Infinity);
  expect(await stretches()).toEqual(['0-1']);
  expect(logged).toEqual([
    [
      'warn',
      'The checkpoints of an id index wait for the next tick.',
      { log: PARTITION, reason: 'simulated: busy' },
    ],
  ]);
  const partReads = () => tables.calls.filter(queryFrom('checkpoint~part~')).length;
  const before = partReads();
  await writer.checkpoints.tend(Infinity);
  expect(partReads()).toBeGreaterThan(before);
  expect(logged).toHaveLength(1);
});

it('whether others wrote checkpoints is looked up once enough ids stand there, and again after half as many more', async () => {
  const writer = open(4);
  const looksAfter: number[] = [];
  for (let id = 0; id < 9; id++) {
    await postIds(writer, `id ${id}`);
    // The look happens beside the appends.
    await writer.identify([]);
    looksAfter.push(looks());
  }
  expect(looksAfter).toEqual([0, 0, 0, 1, 1, 2, 2, 3, 3]);
});

it('a look that fails is told to who wants to know, and nothing else happens', async () => {
  const writer = open(2);
  tables.failBefore((call) => isManifestRead(call) && looks() > 0, 'unreachable');
  for (const id of ['a', 'b', 'c']) await postIds(writer, id);
  await writer.identify([]);
  expect(logged).toEqual([
    [
      'debug',
      'Newer checkpoints of an id index could not be loaded.',
      { log: PARTITION, reason: 'simulated: unreachable' },
    ],
  ]);
  expect(await postIds(writer, 'a', 'd')).toEqual(['duplicate 1.0', 'accepted 4.0']);
});

it('an index that has nothing newer to go on from is kept as it is', async () => {
  const writer = open(2);
  for (const id of ['a', 'b', 'c']) await postIds(writer, id);
  await writer.identify([]);
  tables.calls.length = 0;
  expect(await postIds(writer, 'd')).toEqual(['accepted 4.0']);
  expect(tables.calls.filter(queryFrom('ids~'))).toEqual([]);
});
