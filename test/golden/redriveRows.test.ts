/** Rows of parked lines that were driven again, as an earlier version stored them, are understood for ever. */
import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { lineRecordId } from '../../shared/adjustments/lineRecordId.ts';
import { digestOfLine } from '../../shared/log/lineDigest.ts';
import { readParkedRow } from '../../shared/log/parkedEntries.ts';
import { parkedLines, unfoldedLines } from '../../shared/log/parkedRow.ts';
import { readBatches } from '../../shared/log/readBatches.ts';
import { seqKey, unfoldableKey } from '../../shared/log/rowKeys.ts';
import { PresentPlaces } from '../../shared/reading/presentPlace.ts';
import type { TableStore } from '../../shared/tables/tableStore.ts';
import { logChain } from '../support/logChain.ts';
import {
  appendLine,
  createLogTables,
  keysOf,
  openWriter,
  PARTITION,
  postIds,
} from '../support/logUnderTest.ts';
import { EXCLUDED, REDRIVE_IDS, TO_CACHE, TO_RUN, writeRedriveSample } from './redriveSample.ts';
import { type GoldenRow, storeGolden } from './storedRows.ts';

const azurite = useAzurite();
let tables: TableStore;

beforeAll(async () => {
  tables = azurite.store();
  await createLogTables(tables);
  const file = new URL('./redrive-v1.json', import.meta.url);
  await storeGolden(tables, JSON.parse(readFileSync(file, 'utf8')) as GoldenRow[]);
});

it('they are the same rows as this version writes', async () => {
  const written = azurite.store();
  await createLogTables(written);
  await writeRedriveSample(written);
  expect(await keysOf(tables)).toEqual(await keysOf(written));
});

it('each line is followed to where it stands', async () => {
  const places = new PresentPlaces(tables, PARTITION);
  expect(await places.of({ seq: 1, position: 0 })).toMatchObject({
    seq: 2,
    position: 0,
    state: { state: 'created', lineCount: 1 },
    redrives: [{ from: { seq: 1, position: 0 }, note: TO_CACHE }],
  });
  expect(await places.of({ seq: 1, position: 1 })).toMatchObject({
    seq: 3,
    state: { state: 'posted' },
    redrives: [{ note: TO_RUN }],
  });
  const waiting = await places.of({ seq: 1, position: 2 });
  expect(waiting).toMatchObject({ seq: 1, redrives: [], parked: { entry: { seq: 1, ...EXCLUDED[1] } } });
});

it('what is left out of an aggregation stays left out', async () => {
  expect(await parkedLines(tables, PARTITION, 1)).toEqual(EXCLUDED);
  expect(await unfoldedLines(tables, PARTITION, 1, 'x')).toHaveLength(1);
  expect((await readParkedRow(tables, PARTITION, seqKey('parked', 1)))?.redrives).toEqual([TO_CACHE]);
  expect((await readParkedRow(tables, PARTITION, unfoldableKey(1, 'x')))?.redrives).toEqual([TO_RUN]);
});

it('the lines and their ids are found from the new batch', async () => {
  const read = [];
  for await (const { kind, lines } of readBatches(tables, PARTITION, [2, 3])) read.push([kind, lines[0]?.id]);
  expect(read).toEqual([
    ['redrive', REDRIVE_IDS[0]],
    ['redrive', REDRIVE_IDS[1]],
  ]);
  const digest = await digestOfLine(tables, PARTITION, { seq: 3, position: 0 }, new Map());
  expect(digest && Buffer.from(digest)).toEqual(Buffer.from(lineRecordId('env', 'usmf', REDRIVE_IDS[1])));
});

it('the chain is intact and is gone on with', async () => {
  const known = await openWriter(tables).writer.identify(REDRIVE_IDS.map((id) => appendLine(id)));
  expect(known.map((identity) => (identity.kind === 'known' ? identity.seq : identity.kind))).toEqual([
    1, 1, 1,
  ]);
  expect(await postIds(openWriter(tables).writer, 'new', REDRIVE_IDS[0])).toEqual([
    'accepted 4.0',
    'duplicate 1.0',
  ]);
  expect((await logChain(tables, PARTITION)).faults).toEqual([]);
});
