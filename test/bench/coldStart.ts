/**
 * `npm run bench -- cold`: how soon a new process can accept a line of a log that holds many ids already, on Azurite in
 * memory. Ids are generated; checkpoints are written and merged by the product itself.
 *
 * Options: --ids N (10000000), --runs N (3), --json FILE (.local/bench-cold.json).
 */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { startAzurite } from '../../local/azurite/startAzurite.ts';
import { systemClock } from '../../shared/runtime/systemRuntime.ts';
import { tableStoreFromSettings } from '../../shared/tables/tableConnection.ts';
import { createLogTables } from '../support/logUnderTest.ts';
import { aligned } from './aligned.ts';
import type { ColdInstanceResult } from './coldInstance.ts';
import { fillLog } from './fillLog.ts';

const { values } = parseArgs({
  options: {
    ids: { type: 'string', default: '10000000' },
    runs: { type: 'string', default: '3' },
    json: { type: 'string', default: '.local/bench-cold.json' },
  },
});
const ids = Number(values.ids);
const run = promisify(execFile);

const azurite = await startAzurite();
try {
  const env = { ...process.env, TABLES_CONNECTION: azurite.connectionString };
  const tables = tableStoreFromSettings(env, systemClock);
  await createLogTables(tables);
  const checkpoints = await fillLog(tables, ids);
  const runs: ColdInstanceResult[] = [];
  for (let number = 1; number <= Number(values.runs); number++) {
    const script = join(import.meta.dirname, 'coldInstance.ts');
    const flags = ['--disable-warning=ExperimentalWarning'];
    const { stdout } = await run(process.execPath, [...flags, script, String(number)], { env });
    runs.push(JSON.parse(stdout) as ColdInstanceResult);
  }
  await mkdir(dirname(values.json), { recursive: true });
  const result = { node: process.version, processors: availableParallelism(), ids, checkpoints, runs };
  await writeFile(values.json, `${JSON.stringify(result, undefined, 2)}\n`);
  const rows = runs.map(({ loadedMs, acceptedMs, processorMs, indexBytes, processBytes, reads }, index) => [
    `process ${index + 1}`,
    (loadedMs / 1_000).toFixed(2),
    (acceptedMs / 1_000).toFixed(2),
    (processorMs / 1_000).toFixed(2),
    reads.toLocaleString('en'),
    (indexBytes / ids).toFixed(2),
    (processBytes / 2 ** 20).toFixed(0),
  ]);
  const head = [
    '',
    'code loaded, s',
    'line accepted, s',
    'its processor time, s',
    'reads',
    'index, bytes an id',
    'process, MiB',
  ];
  console.log(
    `Node ${process.version}, ${ids.toLocaleString('en')} ids, checkpoints of ` +
      `${checkpoints.map((size) => size.toLocaleString('en')).join(' + ')} ids (superseded ones included)\n\n` +
      `${aligned([head, ...rows])}\n\nWritten to ${values.json}.`,
  );
} finally {
  await azurite.close();
}
