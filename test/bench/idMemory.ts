/**
 * `npm run bench -- memory`: what the id index of one log takes in memory. Storage is kept in this process's memory too,
 * apart from the index: what is measured is what the index adds, after the collector has run.
 *
 * Options: --json FILE (.local/bench-memory.json), --largest N (100000000).
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { IdIndex } from '../../shared/log/idIndex.ts';
import { DEFAULT_INDEX_BYTES } from '../../shared/log/indexMemory.ts';
import { systemEntropy } from '../../shared/runtime/systemRuntime.ts';
import type { TableStore } from '../../shared/tables/tableStore.ts';
import { memoryTableStore } from '../simulator/memoryTableStore.ts';
import { appendGenerated, generatedLine } from '../support/generatedLog.ts';
import { createLogTables, PARTITION } from '../support/logUnderTest.ts';
import { aligned } from './aligned.ts';
import { fillLog } from './fillLog.ts';
import { type GeneratedCheckpoint, generateCheckpoints } from './generateCheckpoints.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'string', default: '.local/bench-memory.json' },
    largest: { type: 'string', default: '100000000' },
  },
});
const ASKED = 1_000_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

interface MemoryResult {
  readonly what: string;
  readonly ids: number;
  readonly checkpoints: number;
  /** By the index's own count, and by what the process grew. */
  readonly countedBytes: number;
  readonly measuredBytes: number;
  readonly bytesAnId: number;
  /** Share of new ids that cost the reading of a page. */
  readonly falsePositives: number;
  readonly nanosecondsToAsk: number;
}

function occupied(): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function measure(
  what: string,
  tables: TableStore,
  ids: number,
  checkpoints: number,
): Promise<MemoryResult> {
  const before = occupied();
  const index = new IdIndex(tables, PARTITION, systemEntropy, DEFAULT_INDEX_BYTES);
  await index.catchUp();
  const measuredBytes = occupied() - before;
  const unknown = Array.from({ length: 1_000 }, (_, number) => generatedLine(2_000_000_000 + number).digest);
  let wrong = 0;
  const start = process.hrtime.bigint();
  for (let round = 0; round < ASKED / unknown.length; round++) {
    for (const digest of unknown) {
      // Another digest each time: the round changes its high bits.
      digest[0] = (digest[0] ?? 0) + 17;
      digest[1] = (digest[1] ?? 0) + round;
      if (index.mayHave(digest)) wrong++;
    }
  }
  const nanosecondsToAsk = Number(process.hrtime.bigint() - start) / ASKED;
  const countedBytes = index.bytes;
  return {
    what,
    ids,
    checkpoints,
    countedBytes,
    measuredBytes,
    bytesAnId: Math.max(countedBytes, measuredBytes) / ids,
    falsePositives: wrong / ASKED,
    nanosecondsToAsk,
  };
}

async function emptyLog(): Promise<TableStore> {
  const tables = memoryTableStore();
  await createLogTables(tables);
  return tables;
}

async function recentIds(ids: number): Promise<MemoryResult> {
  const tables = await emptyLog();
  await appendGenerated(tables, 0, ids);
  return measure('recent ids, no checkpoint', tables, ids, 0);
}

async function writtenIds(ids: number): Promise<MemoryResult> {
  const tables = await emptyLog();
  const checkpoints = await fillLog(tables, ids);
  return measure('checkpoints written and merged, 50,000 recent ids', tables, ids, checkpoints.length);
}

async function generatedIds(ids: number): Promise<MemoryResult> {
  const tables = await emptyLog();
  const chain: readonly GeneratedCheckpoint[] = await generateCheckpoints(tables, ids);
  return measure('generated checkpoints, sizes as merging leaves them', tables, ids, chain.length);
}

const results = [
  await recentIds(100_000),
  await recentIds(1_000_000),
  await writtenIds(10_000_000),
  await generatedIds(Number(values.largest)),
];
await mkdir(dirname(values.json), { recursive: true });
await writeFile(values.json, `${JSON.stringify({ node: process.version, results }, undefined, 2)}\n`);
const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
const rows = results.map((result) => [
  result.what,
  result.ids.toLocaleString('en'),
  mebibytes(result.countedBytes),
  mebibytes(result.measuredBytes),
  result.bytesAnId.toFixed(2),
  `${(100 * result.falsePositives).toFixed(2)} %`,
  result.nanosecondsToAsk.toFixed(0),
]);
const head = [
  '',
  'ids',
  'counted, MiB',
  'measured, MiB',
  'bytes an id',
  'pages read for new ids',
  'ns to ask',
];
console.log(`Node ${process.version}\n\n${aligned([head, ...rows])}\n\nWritten to ${values.json}.`);
