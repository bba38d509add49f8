import { beforeEach, describe, expect, it, test } from 'vitest';
import { useAzurite } from '../../local/azurite/testAzurite.ts';
import { createLogTables, deleteRows, editRow, keysOf, PARTITION } from '../../test/support/logUnderTest.ts';
import { exampleAggregate } from '../aggregation/foldingExamples.ts';
import type { Journal } from '../aggregation/aggregatedLine.ts';
import type { RowProperties, TableStore } from '../tables/tableStore.ts';
import {
  encodeJournal,
  journalInserts,
  kindOfJournalRow,
  missingJournal,
  readJournal,
} from './journalRows.ts';
import { packedProperties, packJson } from './packedRow.ts';
import { ADJUSTMENT_LOG, attemptKey } from './rowKeys.ts';

const azurite = useAzurite();
let store: TableStore;

function journal(number: number, count = 2): Journal {
  const lines = Array.from({ length: count }, (_, index) => exampleAggregate(index));
  return { number, kind: 'held', holdReason: 'NotMapped', lines, directions: lines.map(() => 1) };
}

const read = (number: number, run = 7, attempt = 'x') => readJournal(store, PARTITION, run, attempt, number);

/** Journals 1 and 10 of a run; journal 1 in three rows. */
beforeEach(async () => {
  store = azurite.store();
  await createLogTables(store);
  const parts = [1, 2, 3].map(() => encodeJournal(journal(1))[0] ?? new Uint8Array());
  const [first = new Uint8Array()] = encodeJournal(journal(10));
  await store.transact(ADJUSTMENT_LOG, PARTITION, [
    ...journalInserts(7, 'x', 1, parts),
    ...journalInserts(7, 'x', 10, [first]),
    ...journalInserts(7, 'y', 2, [first]),
  ]);
});

test('a journal is read with its rows as they are stored, and no other journal’s', async () => {
  const found = await read(10);
  expect(found?.journal).toEqual(journal(10));
  expect(found?.packed.map((bytes) => Buffer.from(bytes))).toEqual(
    encodeJournal(journal(10)).map((bytes) => Buffer.from(bytes)),
  );
});

test('a journal that is not there is none', async () => {
  expect(await read(2)).toBeUndefined();
  expect(await read(10, 8)).toBeUndefined();
  expect(await read(10, 7, 'z')).toBeUndefined();
});

test('a row names its journal’s kind, and how many rows there are', async () => {
  const rowKey = attemptKey('journal', 7, 'x', 1, '002');
  const row = await store.get(ADJUSTMENT_LOG, PARTITION, rowKey);
  expect(row?.properties['parts']).toBe(3);
  expect(row && kindOfJournalRow(row)).toBe('held');
  await editRow(store, rowKey, { d0: new Uint8Array([7, 7]) });
  const damaged = await store.get(ADJUSTMENT_LOG, PARTITION, rowKey);
  expect(() => damaged && kindOfJournalRow(damaged)).toThrow(`Row ${rowKey} of partition ${PARTITION}`);
});

describe('a row that cannot be read is named', () => {
  test.each<[string, RowProperties, string]>([
    ['bytes that are not compressed', { d0: new Uint8Array([7, 7]) }, 'is damaged: invalid block type.'],
    ['no bytes', { d0: 'x' }, 'is damaged: unexpected end of file.'],
    ['something else', packedProperties(packJson({ n: -1 })), 'is damaged: -1 is no number of lines.'],
    ['a later version', { v: 2 }, 'has v 2; this version of the app understands 1.'],
  ])('%s', async (_what, change, why) => {
    const rowKey = attemptKey('journal', 7, 'x', 1, '001');
    await editRow(store, rowKey, change);
    await expect(read(1)).rejects.toThrow(
      `Row ${rowKey} of partition ${PARTITION} of table ${ADJUSTMENT_LOG} ${why}`,
    );
  });

  it('when there are more or fewer of them than the first one says', async () => {
    const keys = (await keysOf(store)).filter((key) => key.includes('~x~00001~'));
    expect(keys).toHaveLength(3);
    const first = `Row ${keys[0] ?? ''} of partition ${PARTITION} of table ${ADJUSTMENT_LOG} is damaged: `;
    await expect(read(1)).rejects.toThrow(`${first}a journal of 1 parts cannot be read from 3.`);
    await deleteRows(store, ...keys.slice(1));
    expect((await read(1))?.journal).toEqual(journal(1));
  });

  it('when all of them are missing', () => {
    expect(missingJournal(PARTITION, 7, 'x', 3).message).toBe(
      `Row ${attemptKey('journal', 7, 'x', 3, '000')} of partition ${PARTITION} of table ${ADJUSTMENT_LOG} is damaged: ` +
        'it is missing, though run 7 was committed with it. Restore the row from a backup.',
    );
  });
});
