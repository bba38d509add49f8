/** A human says of a line that is unknown in the cache whether it was applied there. */
import { beforeEach, describe, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { accountOf } from '../../test/support/accountedLines.ts';
import { syncAndPackage } from '../../test/support/journalSteps.ts';
import { judge, outcomes, parkRefused, parkUnknown, recordId, sync } from '../../test/support/parkedLines.ts';
import { LOG, postedLine, ScriptedLayer } from '../../test/support/scriptedLayer.ts';
import { ADJUSTMENT_LOG, seqKey } from '../log/rowKeys.ts';
import { jsonOf, jsonProperties } from '../log/packedRow.ts';
import { readLineByRecordId } from '../reading/readLine.ts';

const azurite = useAzurite();
const HOUR = 3_600_000;
/** Of the minimal settings. */
const PROCESSING_BOUND = 300_000;
let instance: ScriptedLayer;

beforeEach(async () => {
  instance = await ScriptedLayer.install(azurite.store());
});

const read = async (id: string) =>
  readLineByRecordId(instance.layer, await instance.environment(), recordId(id));
const timesSent = () => instance.ends.inventoryVisibility.calls.flatMap(({ events }) => events).length;
/** Past the token of every attempt so far. */
const wait = () => instance.ends.clock.advance(HOUR + PROCESSING_BOUND + 1);

describe('a verdict', () => {
  test('"not applied" sends the line to the cache again', async () => {
    await parkUnknown(instance, 'a');
    wait();
    const answer = await judge(instance, 'notApplied', [['a', 1]]);
    expect(answer).toMatchObject({ action: 'verdict', changed: 1 });
    expect(outcomes(answer)).toEqual([['redriven', 2]]);
    const sent = timesSent();
    await syncAndPackage(instance);
    expect(timesSent()).toBe(sent + 1);
    expect(await read('a')).toMatchObject({ status: 'Aggregated', redrives: [{ verdict: 'notApplied' }] });
    expect(await accountOf(instance)).toMatchObject({ accepted: 1n, inJournals: 1n, misplaced: [] });
  });

  test('"applied" takes the line as cached, and sends nothing', async () => {
    await parkUnknown(instance, 'a');
    wait();
    expect(outcomes(await judge(instance, 'applied', [['a', 1]]))).toEqual([['counted', 2]]);
    expect((await instance.states()).posted).toEqual([1, 2]);
    expect(await read('a')).toMatchObject({ status: 'IVPosted' });
    const sent = timesSent();
    await syncAndPackage(instance);
    expect(timesSent()).toBe(sent);
    expect(await read('a')).toMatchObject({ status: 'Aggregated', redrives: [{ verdict: 'applied' }] });
    expect(await accountOf(instance)).toMatchObject({ accepted: 1n, inJournals: 1n, misplaced: [] });
  });

  test.each([false, true])(
    'is refused until the last attempt can have no effect any more (preview: %s)',
    async (preview) => {
      const { clock } = instance.ends;
      await parkUnknown(instance, 'a');
      const last = instance.ends.inventoryVisibility.calls.at(-1)?.at ?? 0;
      const from = new Date(last + HOUR + PROCESSING_BOUND).toISOString();
      expect(await read('a')).toMatchObject({ parked: { reason: 'unknown', verdictFrom: from } });
      clock.time = last + HOUR + PROCESSING_BOUND;
      await expect(judge(instance, 'notApplied', [['a', 1]], { preview })).rejects.toMatchObject({
        code: 'NotAllowedNow',
        message: expect.stringContaining(from) as string,
        details: { extensions: { verdictFrom: from }, headers: { 'retry-after': '1' } },
      });
      expect(await instance.rows('batch~')).toHaveLength(1);
      clock.advance(1);
      expect(outcomes(await judge(instance, 'notApplied', [['a', 1]], { preview }))).toHaveLength(1);
      expect(await instance.rows('batch~')).toHaveLength(preview ? 1 : 2);
    },
  );

  test('on several lines of which one is too early is given on none', async () => {
    await parkUnknown(instance, 'a');
    wait();
    await parkUnknown(instance, 'b');
    const both = [['a', 1] as const, ['b', 2] as const];
    await expect(judge(instance, 'applied', both)).rejects.toMatchObject({ code: 'NotAllowedNow' });
    expect(await instance.rows('batch~')).toHaveLength(2);
  });

  test('waits a day where the row does not say when the last token expires', async () => {
    await parkUnknown(instance, 'a');
    const key = seqKey('parked', 1);
    const row = await instance.tables.get(ADJUSTMENT_LOG, LOG, key);
    if (row === undefined) throw new Error('nothing is parked');
    const { excluded } = jsonOf(row) as { excluded: { tokenExpiresAt?: number }[] };
    const properties = jsonProperties({ excluded: excluded.map(({ tokenExpiresAt: _, ...rest }) => rest) });
    await instance.tables.transact(ADJUSTMENT_LOG, LOG, [
      { kind: 'update', rowKey: key, properties, etag: row.etag },
    ]);
    wait();
    await expect(judge(instance, 'applied', [['a', 1]])).rejects.toMatchObject({ code: 'NotAllowedNow' });
    instance.ends.clock.advance(24 * HOUR);
    expect(outcomes(await judge(instance, 'applied', [['a', 1]]))).toEqual([['counted', 2]]);
  });

  test('given again changes nothing; the other one comes too late', async () => {
    await parkUnknown(instance, 'a');
    wait();
    await judge(instance, 'applied', [['a', 1]]);
    expect(outcomes(await judge(instance, 'applied', [['a', 1]]))).toEqual([['alreadyDone', 2]]);
    expect(outcomes(await judge(instance, 'notApplied', [['a', 1]]))).toEqual([['judgedOtherwise', 2]]);
    expect(await instance.rows('batch~')).toHaveLength(2);
  });

  test('repeated after the line became unknown once more says nothing of that', async () => {
    await parkUnknown(instance, 'a');
    wait();
    await judge(instance, 'notApplied', [['a', 1]]);
    const { script } = instance.ends.inventoryVisibility;
    script.push(() => ({ kind: 'unknown', message: 'time-out' }));
    script.push(() => ({ kind: 'refused', statusCode: 400, message: 'bad' }));
    await sync(instance);
    wait();
    expect(await read('a')).toMatchObject({ parked: { reason: 'unknown', batch: 2 } });
    expect(outcomes(await judge(instance, 'notApplied', [['a', 1]]))).toEqual([['alreadyDone', 2]]);
    expect(outcomes(await judge(instance, 'applied', [['a', 2]]))).toEqual([['counted', 3]]);
  });

  test('on a line that does not wait for one says what the line is', async () => {
    await parkRefused(instance, 'a');
    await instance.results([postedLine('b')]);
    const lines = [['a', 1] as const, ['b', 2] as const, ['never posted', 1] as const];
    const answer = await judge(instance, 'applied', lines);
    expect(outcomes(answer)).toEqual([
      ['notParked', 1],
      ['notParked', 2],
      ['notFound', undefined],
    ]);
    expect(answer.results[0]?.message).toContain('parked in batch 1 (refused)');
  });
});
