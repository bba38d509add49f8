/**
 * `npm run bench`: how many lines a second the whole system takes in over HTTP, against the same lines stored one
 * entity each, through the same front door and straight into storage, and what ingest asks of the table service.
 * Everything in one run, in turns, because figures of two runs on one machine cannot be compared. The emulator takes entities
 * faster the fewer a table holds and the better their keys are in order, so the ratios hold for lines as they are here: ids
 * are GUIDs, and every round has an empty table for its hundred thousand lines.
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
import { emptyTable, storePerLine } from './storePerLine.ts';

/** A round is long enough that no host is measured while it wakes up. */
const BULK = { requests: 192, size: 512, connections: 8 };
const BULK_LINES = BULK.requests * BULK.size;
const SINGLE = { requests: 4_000, size: 1, connections: 64 };
/** Rounds before round 0: the code of both hosts is compiled for good after some hundred thousand lines. */
const WARM_UP_ROUNDS = 2;
const TRANSACTIONS_IN_FLIGHT = 4;

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
    for (let round = -WARM_UP_ROUNDS; round <= rounds; round++) {
      if (round > 0) console.log(`round ${round} of ${rounds}`);
      const bodies = benchBodies(`bulk${round}`, BULK.requests, BULK.size);
      const bulkSeconds = await postBodies(system, bodies, BULK.connections);
      await emptyTable(rowPerLine.azurite.running.connectionString);
      const rowSeconds = await postBodies(rowPerLine, bodies, BULK.connections);
      // Round 0 warms up what is not (a) or (b).
      if (round < 0) continue;
      const lines = Array.from({ length: BULK_LINES }, (_, n) => benchLine(`bulk${round}`, n));
      await emptyTable(yardstick.connectionString);
      const perLineSeconds = await storePerLine(yardstick.connectionString, lines, TRANSACTIONS_IN_FLIGHT);
      const singles = benchBodies(`single${round}`, SINGLE.requests, SINGLE.size);
      const singleSeconds = await postBodies(system, singles, SINGLE.connections);
      if (round === 0) continue;
      bulk.push(BULK_LINES / bulkSeconds);
      rows.push(BULK_LINES / rowSeconds);
      perLine.push(BULK_LINES / perLineSeconds);
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
    connections: { bulk: BULK.connections, single: SINGLE.connections },
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
