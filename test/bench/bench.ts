/**
 * `npm run bench`: how many lines a second the whole system takes in over HTTP, against the same lines stored one
 * entity each, through the same front door and straight into storage, and what ingest asks of the table service.
 * Everything in one run, in turns, because figures of two runs on one machine cannot be compared.
 *
 * Options: --rounds N (5), --json FILE (.local/bench.json).
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { buildFunctions } from '../../build.ts';
import { startAzurite } from '../../local/azurite/startAzurite.ts';
import { LocalSystem } from '../support/localSystem.ts';
import { benchBodies, benchLine } from './benchLines.ts';
import { type BenchResult, benchTable, summary } from './benchTable.ts';
import { measureRequests } from './measureRequests.ts';
import { postBodies } from './postBodies.ts';
import { startRowPerLine } from './rowPerLine/startRowPerLine.ts';
import { storePerLine } from './storePerLine.ts';

const BULK = { requests: 96, size: 512, connections: 4 };
const SINGLE = { requests: 4_000, size: 1, connections: 64 };
/** Rounds before those that count: the code of both hosts is compiled for good after some hundred thousand lines. */
const WARM_UP_ROUNDS = 4;
const PER_LINE = { lines: BULK.requests * BULK.size, inFlight: 4 };

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    json: { type: 'string', default: '.local/bench.json' },
  },
});
const rounds = Math.max(1, Number(values.rounds) || 5);

await buildFunctions();
const result = await measure();
await mkdir(dirname(values.json), { recursive: true });
await writeFile(values.json, `${JSON.stringify(result, undefined, 2)}\n`);
console.log(`${benchTable(result)}\n\nWritten to ${values.json}.`);

async function measure(): Promise<BenchResult> {
  const bulk: number[] = [];
  const single: number[] = [];
  const rows: number[] = [];
  const perLine: number[] = [];
  const system = await LocalSystem.start();
  const rowPerLine = await startRowPerLine();
  const yardstick = await startAzurite();
  try {
    console.log('warming up');
    for (let round = 0; round < WARM_UP_ROUNDS; round++) {
      const bodies = benchBodies(`warm${round}`, BULK.requests, BULK.size);
      await postBodies(system, bodies, BULK.connections);
      await postBodies(rowPerLine, bodies, BULK.connections);
    }
    // Round 0 warms up what is not (a) or (b).
    for (let round = 0; round <= rounds; round++) {
      if (round > 0) console.log(`round ${round} of ${rounds}`);
      const bodies = benchBodies(`bulk${round}`, BULK.requests, BULK.size);
      const bulkSeconds = await postBodies(system, bodies, BULK.connections);
      const rowSeconds = await postBodies(rowPerLine, bodies, BULK.connections);
      const lines = Array.from({ length: PER_LINE.lines }, (_, n) => benchLine(`bulk${round}`, n));
      const table = `Lines${round}`;
      const perLineSeconds = await storePerLine(yardstick.connectionString, table, lines, PER_LINE.inFlight);
      const singles = benchBodies(`single${round}`, SINGLE.requests, SINGLE.size);
      const singleSeconds = await postBodies(system, singles, SINGLE.connections);
      if (round === 0) continue;
      bulk.push((BULK.requests * BULK.size) / bulkSeconds);
      rows.push((BULK.requests * BULK.size) / rowSeconds);
      perLine.push(PER_LINE.lines / perLineSeconds);
      single.push(SINGLE.requests / singleSeconds);
    }
  } finally {
    await Promise.all([system.close(), rowPerLine.close(), yardstick.close()]);
  }
  console.log('counting storage transactions');
  return {
    node: process.version,
    processors: availableParallelism(),
    rounds,
    linesPerSecond: {
      bulk: summary(bulk),
      rows: summary(rows),
      perLine: summary(perLine),
      single: summary(single),
    },
    ratio: {
      toRows: summary(bulk.map((rate, round) => rate / (rows[round] ?? NaN))),
      toPerLine: summary(bulk.map((rate, round) => rate / (perLine[round] ?? NaN))),
    },
    storageRequests: { bulk: await measureRequests(BULK), single: await measureRequests(SINGLE) },
  };
}
