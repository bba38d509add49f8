import fc from 'fast-check';
import { expect, it } from 'vitest';
import { memoryTableStore } from '../../../test/simulator/memoryTableStore.ts';
import { createLogTables, PARTITION } from '../../../test/support/logUnderTest.ts';
import { ADJUSTMENT_LOG } from '../rowKeys.ts';
import { layoutFor } from './checkpointLayout.ts';
import { segmentsOf } from './idSegment.ts';
import { LoadedCheckpoint, readFilter } from './loadedCheckpoint.ts';
import { readManifests, type StoredManifest } from './manifest.ts';
import { mergeCheckpoints, workOf } from './mergeCheckpoints.ts';
import { PARTS } from './parts.ts';
import { writeCheckpoint } from './writeCheckpoint.ts';

type Entry = [high: number, low: number, seq: number];

const word = fc.oneof(fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff), fc.nat(0xffff_ffff));
/** Per checkpoint its ids; they share hashes now and then. */
const checkpoints = fc.array(fc.array(fc.tuple(word, word), { maxLength: 40 }), {
  minLength: 2,
  maxLength: 5,
});

/** Checkpoints with these ids, each of one batch; numbered from 1. */
async function written(perCheckpoint: readonly (readonly (readonly [number, number])[])[]) {
  const tables = memoryTableStore();
  await createLogTables(tables);
  const entries: Entry[] = [];
  for (const [index, ids] of perCheckpoint.entries()) {
    const own = ids.map(([high, low]): Entry => [high, low, index + 1]);
    entries.push(...own);
    const draft = {
      id: `c${index}`,
      fromSeq: index,
      toSeq: index + 1,
      batchId: `b${index}`,
      ids: own.length,
    };
    const segments = segmentsOf(layoutFor(own.length), (add) => own.forEach((entry) => add(...entry)));
    await writeCheckpoint(tables, PARTITION, draft, { segment: (_, number) => segments[number]! });
  }
  const sources = (await readManifests(tables, PARTITION)).sort((a, b) => a.toSeq - b.toSeq);
  return { tables, entries, sources };
}

const attempt = (id: string, resumed = false, mayGoOn = () => true) => ({ id, resumed, mayGoOn });

async function loaded(tables: ReturnType<typeof memoryTableStore>, id: string) {
  const manifest = (await readManifests(tables, PARTITION)).find((one) => one.id === id);
  if (manifest === undefined) throw new Error(`there is no checkpoint ${id}`);
  const filter = await readFilter(tables, PARTITION, manifest);
  if (filter === undefined) throw new Error(`the filter of ${id} is not whole`);
  return { manifest, checkpoint: new LoadedCheckpoint(tables, PARTITION, manifest, filter) };
}

it('a merged checkpoint holds what its sources hold, and covers what they cover', async () => {
  await fc.assert(
    fc.asyncProperty(checkpoints, async (perCheckpoint) => {
      const { tables, entries, sources } = await written(perCheckpoint);
      expect(await mergeCheckpoints(tables, PARTITION, sources, attempt('merged'))).toBe(true);
      const { manifest, checkpoint } = await loaded(tables, 'merged');
      expect(manifest).toMatchObject({
        fromSeq: 0,
        toSeq: sources.length,
        batchId: `b${sources.length - 1}`,
        ids: entries.length,
      });
      for (const [high, low] of entries) {
        expect(checkpoint.mayHave(high, low)).toBe(true);
        const seqs = entries.flatMap(([h, l, seq]) => (h === high && l === low ? [seq] : []));
        expect(await checkpoint.seqsOf(high, low, new Map())).toEqual(seqs);
      }
    }),
    { numRuns: 40 },
  );
});

const SPREAD = [90_000, 60_000, 30_000].map((count, index) =>
  Array.from({ length: count }, (_, id): [number, number] => [
    Math.imul(id * 4 + index, 0x9e3779b1) >>> 0,
    Math.imul(id, 0x85ebca6b) >>> 0,
  ]),
);

it('a merge that ran out of time goes on where it stopped, and comes out the same', async () => {
  const { tables, sources } = await written(SPREAD);
  const inserts: string[] = [];
  const watched = {
    ...tables,
    transact: (...call: Parameters<typeof tables.transact>) => {
      inserts.push(...call[2].map(({ rowKey }) => rowKey));
      return tables.transact(...call);
    },
  };
  let segments = 1;
  expect(
    await mergeCheckpoints(
      watched,
      PARTITION,
      sources,
      attempt('m', false, () => segments-- > 0),
    ),
  ).toBe(false);
  expect((await readManifests(tables, PARTITION)).map(({ id }) => id)).toEqual(['c0', 'c1', 'c2']);
  expect(await mergeCheckpoints(watched, PARTITION, sources, attempt('m', true))).toBe(true);
  expect(new Set(inserts).size).toBe(inserts.length);
  expect(inserts.filter((key) => key.includes('~filter~'))).toHaveLength(layoutFor(180_000).segments);
  expect(await mergeCheckpoints(watched, PARTITION, sources, attempt('whole'))).toBe(true);
  const contentOf = ({ pageHashes, filterHash, ids }: StoredManifest) => ({ pageHashes, filterHash, ids });
  expect(contentOf((await loaded(tables, 'm')).manifest)).toEqual(
    contentOf((await loaded(tables, 'whole')).manifest),
  );
});

it.each(['missing', 'changed'])(
  'a page that is %s ends the merge, and nothing is made of it',
  async (how) => {
    const { tables, sources } = await written(SPREAD);
    const page = 'checkpoint~part~c1~page~00000003';
    const row = await tables.get(ADJUSTMENT_LOG, PARTITION, page);
    if (row === undefined) throw new Error(`there is no ${page}`);
    await tables.transact(ADJUSTMENT_LOG, PARTITION, [
      how === 'missing'
        ? { kind: 'delete', rowKey: page }
        : {
            kind: 'update',
            rowKey: page,
            properties: { ...row.properties, d0: new Uint8Array(12) },
            etag: row.etag,
          },
    ]);
    await expect(mergeCheckpoints(tables, PARTITION, sources, attempt('m'))).rejects.toMatchObject({
      name: 'CheckpointDamagedError',
      checkpointId: 'c1',
    });
    expect((await readManifests(tables, PARTITION)).map(({ id }) => id)).toEqual(['c0', 'c1', 'c2']);
  },
);

it('ids that do not add up make no checkpoint', async () => {
  const { tables, sources } = await written([[[1, 1]], [[2, 2]]]);
  const wrong = sources.map((source) => ({ ...source, ids: source.ids + 1 }));
  await expect(mergeCheckpoints(tables, PARTITION, wrong, attempt('m'))).rejects.toThrow(
    'holds 2 ids and should hold 4',
  );
});

it('a merge is named by what it is made of', async () => {
  const { sources } = await written([[[1, 1]], [[2, 2]], [[3, 3]]]);
  expect(workOf(sources)).toBe(workOf([...sources]));
  expect(workOf(sources)).not.toBe(workOf(sources.slice(1)));
});

it('the parts of one checkpoint are a range of their own, also where one name begins like another', async () => {
  const { tables } = await written([[[1, 1]]]);
  const draft = { id: 'c', fromSeq: 5, toSeq: 6, batchId: 'b', ids: 0 };
  const segments = segmentsOf(layoutFor(0), () => undefined);
  await writeCheckpoint(tables, PARTITION, draft, { segment: (_, number) => segments[number]! });
  const rows = await tables.query(ADJUSTMENT_LOG, PARTITION, PARTS.of('c'));
  expect(rows.map(({ rowKey }) => rowKey)).toEqual([
    'checkpoint~part~c~filter~00000000',
    'checkpoint~part~c~page~00000000',
  ]);
});
