import { beforeEach, describe, expect, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { syncAndPackage } from '../../test/support/journalSteps.ts';
import { LOG, postedLines, ScriptedLayer } from '../../test/support/scriptedLayer.ts';
import { packedProperties, packJson } from '../log/packedRow.ts';
import { ADJUSTMENT_LOG } from '../log/rowKeys.ts';
import type { Row, RowProperties } from '../tables/tableStore.ts';
import { loadPackage } from './loadPackage.ts';

const azurite = useAzurite();
let instance: ScriptedLayer;

/** A package of two journals. */
beforeEach(async () => {
  instance = await ScriptedLayer.install(azurite.store(), {
    maxLineCountPerJournal: 2,
    maxJournalCountPerPackage: 2,
  });
  await instance.results(postedLines(3));
  await syncAndPackage(instance);
});

const load = () => loadPackage(instance.tables, LOG, 1, 1);

async function rowOf(prefix: string): Promise<Row> {
  const row = (await instance.rows(prefix)).at(-1);
  if (row === undefined) throw new Error(`there is no row ${prefix}`);
  return row;
}

async function change(row: Row, properties: RowProperties): Promise<void> {
  await instance.tables.transact(ADJUSTMENT_LOG, LOG, [
    { kind: 'update', rowKey: row.rowKey, properties: { ...row.properties, ...properties }, etag: row.etag },
  ]);
}

test('a package is loaded with its journals and what is known of its lines', async () => {
  const loaded = await load();
  expect(loaded?.journals.map(({ lines }) => lines.length)).toEqual([2, 1]);
  expect(loaded?.outcome.outcome.lineCount).toBe(3);
});

test('a run or a package that is not there is none', async () => {
  expect(await loadPackage(instance.tables, LOG, 1, 2)).toBeUndefined();
  expect(await loadPackage(instance.tables, LOG, 2, 1)).toBeUndefined();
});

describe('a row that cannot be read is named, with what to do', () => {
  test.each<[string, string, RowProperties, string]>([
    ['a journal of no compressed bytes', 'journal~', { d0: new Uint8Array([7, 7]) }, 'invalid block type'],
    ['a journal of which bytes are gone', 'journal~', { d0: new Uint8Array() }, 'unexpected end of file'],
    ['a journal that is no JSON', 'journal~', packedProperties(packJson({}).subarray(0, 3)), ''],
    ['a journal that holds something else', 'journal~', packedProperties(packJson({})), 'no number of lines'],
    ['a package of no compressed bytes', 'package~', { d0: new Uint8Array([7, 7]) }, 'invalid block type'],
    ['an outcome of no compressed bytes', 'outcome~', { d0: new Uint8Array([7, 7]) }, 'invalid block type'],
  ])('%s', async (_what, prefix, properties, why) => {
    const row = await rowOf(prefix);
    await change(row, properties);
    const error = await load().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'DamagedRowError', cause: expect.any(Error) as Error });
    const { message } = error as Error;
    expect(message).toContain(
      `Row ${row.rowKey} of partition ${LOG} of table ${ADJUSTMENT_LOG} is damaged: `,
    );
    expect(message).toContain(why);
    expect(message).toMatch(/Restore the row from a backup\.$/);
  });

  test('a journal of a later version', async () => {
    const row = await rowOf('journal~');
    await change(row, { v: 2 });
    await expect(load()).rejects.toThrow(
      `Row ${row.rowKey} of partition ${LOG} of table ${ADJUSTMENT_LOG} has v 2`,
    );
  });
});

describe('a row that has to be there and is not is named', () => {
  test.each([
    ['a journal', 'journal~', 'it is missing, though run 1 was committed with it'],
    ['an outcome', 'outcome~', 'it is missing, though package 1 is not'],
  ])('%s', async (_what, prefix, why) => {
    const { rowKey } = await rowOf(prefix);
    await instance.tables.transact(ADJUSTMENT_LOG, LOG, [{ kind: 'delete', rowKey }]);
    await expect(load()).rejects.toThrow(
      `Row ${rowKey} of partition ${LOG} of table ${ADJUSTMENT_LOG} is damaged: ${why}.`,
    );
  });
});

test('rows that are not those of the commit are named', async () => {
  const [first, second] = await instance.rows('journal~');
  if (first === undefined || second === undefined) throw new Error('no journals');
  await change(second, first.properties);
  const [from, to] = [first, second].map(({ rowKey }) => rowKey.slice(0, -'~000'.length));
  await expect(load()).rejects.toThrow(
    `Row ${(await rowOf('package~')).rowKey} of partition ${LOG} of table ${ADJUSTMENT_LOG} is damaged: it, or a row of ` +
      `its journals (${from} to ${to}), is not what run 1 was committed with; the package is not sent. Restore the row`,
  );
});
