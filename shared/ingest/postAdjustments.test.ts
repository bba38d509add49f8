import { beforeEach, describe, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { LOG, postedLine, postedLines, ScriptedLayer } from '../../test/support/scriptedLayer.ts';
import { answered, APPLIED, REFUSED } from '../../test/support/scriptedPorts.ts';
import { syncCacheTick } from '../app/timers.ts';
import { ADJUSTMENT_LOG, LOG_DIRECTORY } from '../log/rowKeys.ts';
import type { LineResult } from './lineResults.ts';

const azurite = useAzurite();

let instance: ScriptedLayer;

beforeEach(async () => {
  instance = await ScriptedLayer.install(azurite.store());
});

const outcomes = (results: readonly LineResult[]) => results.map(({ processingStatus }) => processingStatus);
const everything = async () => [
  ...(await instance.rows('')),
  ...(await instance.tables.query(LOG_DIRECTORY, LOG.split('~')[0] ?? '', { from: ' ', before: '~' })),
];

describe('identity comes first', () => {
  beforeEach(async () => {
    await instance.results([postedLine('a', { externalReferenceId: 'PO-7' })]);
    // Neither the measure nor its data source is configured any more.
    await instance.change({ dataSources: [{ name: 'web', physicalMeasures: ['sold'] }], mappings: [] });
  });

  test('a stored line is a duplicate although the settings of now would refuse it', async () => {
    const [result] = await instance.results([postedLine('a', { externalReferenceId: 'PO-7' })]);
    expect(result).toMatchObject({ processingStatus: 'duplicate', statusCode: 200, status: 'Created' });
  });

  test('with other content it is a conflict that names the stored data source and external reference', async () => {
    const answer = await instance.post([postedLine('a', { externalReferenceId: 'PO-7', quantity: 2 })]);
    expect(answer.kind).toBe('conflict');
    const [result] = answer.kind === 'conflict' ? answer.results : [];
    expect(result).toMatchObject({ processingStatus: 'conflict', statusCode: 409 });
    expect(result?.message).toContain('id "a" of line 0');
    expect(result?.message).toContain('data source "pos"');
    expect(result?.message).toContain('external reference "PO-7"');
  });

  test('only new ids meet the settings', async () => {
    const answer = await instance.post([postedLine('a', { externalReferenceId: 'PO-7' }), postedLine('b')]);
    expect(answer).toMatchObject({ kind: 'invalid', problems: [{ line: 1, code: 'UnknownDataSource' }] });
  });
});

describe('before anything is written', () => {
  const bad = postedLine('bad', { quantityDataSource: 'nowhere' });

  test('every line is checked: one bad line, nothing stored', async () => {
    const answer = await instance.post([...postedLines(3), bad]);
    expect(answer).toMatchObject({ kind: 'invalid', problems: [{ line: 3 }] });
    expect(await everything()).toEqual([]);
  });

  test('lenient handling stores the good lines and reports the others, in request order', async () => {
    const answer = await instance.post([postedLine('a'), bad, { id: 'shapeless' }, postedLine('b')], {
      lenient: true,
    });
    if (answer.kind !== 'partial') throw new Error(answer.kind);
    expect(outcomes(answer.results)).toEqual(['success', 'invalid', 'invalid', 'success']);
    expect(answer.results[1]).toMatchObject({
      id: 'bad',
      statusCode: 400,
      problems: [{ code: 'UnknownDataSource', line: 1 }],
    });
    expect(await instance.states()).toMatchObject({ created: [1] });
    const again = await instance.results([postedLine('a'), postedLine('b'), postedLine('bad')]);
    expect(outcomes(again)).toEqual(['duplicate', 'duplicate', 'success']);
  });

  test('validateOnly says what would happen, and writes nothing', async () => {
    const [dry] = await instance.results([postedLine('a')], { validateOnly: true, createWithIVSync: true });
    expect(dry).toMatchObject({ processingStatus: 'success', message: 'The line would be accepted.' });
    expect(dry?.status).toBeUndefined();
    expect(await everything()).toEqual([]);
    const [real] = await instance.results([postedLine('a')]);
    expect(real?.lineRecordId).toBe(dry?.lineRecordId);
    const before = await everything();
    const lines = [postedLine('a'), postedLine('a2'), bad];
    const answer = await instance.post(lines, { validateOnly: true, lenient: true });
    expect(answer.kind === 'partial' && outcomes(answer.results)).toEqual([
      'duplicate',
      'success',
      'invalid',
    ]);
    const changed = await instance.post([postedLine('a', { quantity: 9 })], { validateOnly: true });
    expect(changed.kind).toBe('conflict');
    expect(await everything()).toEqual(before);
    expect(instance.ends.inventoryVisibility.calls).toEqual([]);
  });
});

describe('answers', () => {
  test('the same request again: duplicates with the same line record ids and what became of the lines', async () => {
    const first = await instance.results(postedLines(3));
    await syncCacheTick(instance.layer);
    const again = await instance.another().results(postedLines(3));
    expect(again.map(({ lineRecordId }) => lineRecordId)).toEqual(
      first.map(({ lineRecordId }) => lineRecordId),
    );
    expect(again.map(({ processingStatus, status }) => [processingStatus, status])).toEqual(
      Array(3).fill(['duplicate', 'IVPosted']),
    );
  });

  test('a conflict is answered beside lines that are durable', async () => {
    await instance.results([postedLine('a')]);
    const answer = await instance.post([postedLine('b'), postedLine('a', { quantity: 2 }), postedLine('c')]);
    if (answer.kind !== 'conflict') throw new Error(answer.kind);
    expect(outcomes(answer.results)).toEqual(['success', 'conflict', 'success']);
    expect(outcomes(await instance.results([postedLine('b'), postedLine('c')]))).toEqual([
      'duplicate',
      'duplicate',
    ]);
  });

  test('lines of several legal entities go to logs of their own; spelling does not part one', async () => {
    const entities = ['usmf', 'DEMF', 'USMF', 'demf', 'frrt'];
    const lines = postedLines(5, (index) => ({ id: `x${index % 2}`, organizationId: entities[index] }));
    const twice = await instance.post(lines);
    expect(twice.kind).toBe('invalid');
    const results = await instance.results(postedLines(5, (index) => ({ organizationId: entities[index] })));
    expect(outcomes(results)).toEqual(Array(5).fill('success'));
    expect(results.map(({ id }) => id)).toEqual(['L0', 'L1', 'L2', 'L3', 'L4']);
    const logs = await instance.layer.logs(await instance.environment());
    expect(logs.map(({ organizationKey }) => organizationKey)).toEqual(['DEMF', 'FRRT', 'USMF']);
    expect((await instance.rows('batch~')).map(({ properties }) => properties['lineCount'])).toEqual([2]);
  });

  test('many duplicates and conflicts cost a read per batch, not per line', async () => {
    await instance.results(postedLines(300));
    let gets = 0;
    const counted = instance.another({
      ...instance.tables,
      get: (table, partitionKey, rowKey) => {
        gets++;
        return instance.tables.get(table, partitionKey, rowKey);
      },
    });
    await counted.results(postedLines(300), { createWithIVSync: true });
    const conflicts = await counted.post(postedLines(300, () => ({ quantity: 2 })));
    expect(conflicts.kind).toBe('conflict');
    expect(gets).toBeLessThan(40);
  });
});

describe('createWithIVSync', () => {
  const inline = { createWithIVSync: true };

  test('answers IVPosted, also with the periodic synchronization off and others posting at the moment', async () => {
    await instance.change({ periodicallySynchronize: false });
    const posted = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        instance.results([postedLine(`line-${index}`)], { createWithIVSync: index % 3 === 0 }),
      ),
    );
    expect(posted.flatMap((results) => results.map(({ status }) => status))).toEqual(
      posted.map((_, index) => (index % 3 === 0 ? 'IVPosted' : 'Created')),
    );
    const sent = instance.ends.inventoryVisibility.calls.flatMap(({ events }) => events);
    expect(sent.map(({ productId }) => productId).toSorted()).toEqual(
      ['P-line-0', 'P-line-3', 'P-line-6', 'P-line-9'].toSorted(),
    );
    instance.ends.clock.advance(3_600_000);
    await syncCacheTick(instance.layer);
    expect((await instance.states()).created.length).toBeGreaterThan(0);
  });

  test('an on-hand service that is away never takes back what was accepted; a timer finishes it', async () => {
    instance.ends.inventoryVisibility.otherwise = () => ({ kind: 'noEffect', message: 'refused' });
    const [result] = await instance.results([postedLine('a')], inline);
    expect(result).toMatchObject({ processingStatus: 'success', status: 'Created' });
    instance.ends.inventoryVisibility.otherwise = ({ events }) => answered(events);
    await instance.change({ periodicallySynchronize: false });
    instance.ends.clock.advance(60_000);
    await syncCacheTick(instance.layer);
    expect(await instance.states()).toMatchObject({ posted: [1], syncing: [] });
  });

  test('a timer leaves it alone during the request’s own time', async () => {
    instance.ends.inventoryVisibility.script.push(async ({ events }) => {
      instance.ends.clock.advance(19_000);
      await syncCacheTick(instance.another().layer);
      return answered(events);
    });
    const [result] = await instance.results([postedLine('a')], inline);
    expect(result?.status).toBe('IVPosted');
    expect(instance.ends.inventoryVisibility.calls).toHaveLength(1);
  });

  test('a line that is in by an earlier try is synchronized by the repeat', async () => {
    instance.ends.inventoryVisibility.tokens.refusal = new Error('process was killed') as never;
    await instance.results([postedLine('a')], inline);
    instance.ends.inventoryVisibility.tokens.refusal = undefined;
    const [again] = await instance.another().results([postedLine('a')], inline);
    expect(again).toMatchObject({ processingStatus: 'duplicate', status: 'IVPosted' });
  });

  test('a refused line is accepted all the same and stays Created', async () => {
    instance.ends.inventoryVisibility.otherwise = ({ events }) =>
      answered(events, ({ productId }) => (productId === 'P-b' ? REFUSED : APPLIED));
    const results = await instance.results([postedLine('a'), postedLine('b')], inline);
    expect(results.map(({ status }) => status)).toEqual(['IVPosted', 'Created']);
    expect(await instance.rows('parked~')).toHaveLength(1);
  });

  test('nothing goes out of a log that is held after it went back in time', async () => {
    await instance.results([postedLine('a')]);
    const [head] = await instance.rows('head');
    if (head === undefined) throw new Error('no head');
    const properties = { ...head.properties, epoch: 'renewed' };
    await instance.tables.transact(ADJUSTMENT_LOG, LOG, [
      { kind: 'update', rowKey: 'head', properties, etag: head.etag },
    ]);
    const [result] = await instance.another().results([postedLine('b')], inline);
    expect(result).toMatchObject({ processingStatus: 'success', status: 'Created' });
    expect(instance.ends.inventoryVisibility.calls).toEqual([]);
  });
});

test('lines that were known and are gone when they are to be appended ask for the request again', async () => {
  await instance.results([postedLine('a')]);
  await instance.change({ dataSources: [{ name: 'web', physicalMeasures: ['sold'] }], mappings: [] });
  let gone = false;
  const slow = instance.another({
    ...instance.tables,
    get: async (table, partitionKey, rowKey) => {
      const row = await instance.tables.get(table, partitionKey, rowKey);
      if (gone || !rowKey.startsWith('ids~')) return row;
      gone = true;
      const rows = (await instance.rows('')).map(
        (each) => ({ kind: 'delete', rowKey: each.rowKey }) as const,
      );
      await instance.tables.transact(ADJUSTMENT_LOG, LOG, rows);
      return row;
    },
  });
  await expect(slow.results([postedLine('a')])).rejects.toThrow('post the request again');
});
