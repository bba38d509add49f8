/**
 * Writes the golden rows of the present version into the file that is named: `node test/golden/writeGoldenRows.ts FILE`.
 * Files called `redrive-…` hold the rows of lines that were driven again, all others one row of every other kind.
 * A version's file is written once, when that version's format is new, and never again.
 */
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { startAzurite } from '../../local/azurite/startAzurite.ts';
import { ADJUSTMENT_LOG, LOG_DIRECTORY } from '../../shared/log/rowKeys.ts';
import { SETTINGS_TABLE } from '../../shared/settings/settingsStore.ts';
import { systemClock } from '../../shared/runtime/systemRuntime.ts';
import type { Row } from '../../shared/tables/tableStore.ts';
import { tableStoreFromSettings } from '../../shared/tables/tableConnection.ts';
import { createLogTables, rowsOf } from '../support/logUnderTest.ts';
import { writeRedriveSample } from './redriveSample.ts';
import { writeSampleRows, writeSampleSettings } from './sampleRows.ts';
import { toGolden } from './storedRows.ts';

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('name the file to write, e.g. test/golden/rows-v1.json');
const azurite = await startAzurite();
const tables = tableStoreFromSettings({ TABLES_CONNECTION: azurite.connectionString }, systemClock);
await createLogTables(tables);
await tables.createTables([SETTINGS_TABLE]);
if (basename(file).startsWith('redrive-')) await writeRedriveSample(tables);
else {
  await writeSampleRows(tables);
  await writeSampleSettings(tables);
}
const listed = await tables.query(LOG_DIRECTORY, 'env', { from: '', before: '~' });
const rows = [
  ...listed.map((row) => toGolden(LOG_DIRECTORY, row)),
  ...(await rowsOf(tables)).map((row) => toGolden(ADJUSTMENT_LOG, row)),
  ...(await settingsRows()).map((row) => toGolden(SETTINGS_TABLE, row)),
];
await writeFile(file, `${JSON.stringify(rows, undefined, 2)}\n`, { flag: 'wx' });
await azurite.close();

async function settingsRows(): Promise<Row[]> {
  const all = { from: ' ', before: '~' };
  const partitions = ['environments', 'schedules'].map((partition) =>
    tables.query(SETTINGS_TABLE, partition, all),
  );
  return (await Promise.all(partitions)).flat();
}
