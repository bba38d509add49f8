/** A new process that knows nothing: accepts one line of a log and tells how long that took since it was started. */
import { systemClock } from '../../shared/runtime/systemRuntime.ts';
import { LogWriter } from '../../shared/log/logWriter.ts';
import { tableStoreFromSettings } from '../../shared/tables/tableConnection.ts';
import { appendLine, LOG, post } from '../support/logUnderTest.ts';
import { silentRuntime } from './fillLog.ts';

export interface ColdInstanceResult {
  /** Milliseconds since the process was started: its code was loaded; the line was accepted. */
  readonly loadedMs: number;
  readonly acceptedMs: number;
  /** Processor time that this process took for it: what it would last on a machine with nothing else to do, storage aside. */
  readonly processorMs: number;
  readonly indexBytes: number;
  readonly processBytes: number;
  /** Calls to the table service. */
  readonly reads: number;
}

const loadedMs = performance.now();
const tables = tableStoreFromSettings(process.env, systemClock);
const writer = new LogWriter(tables, silentRuntime, LOG);
const { outcomes } = await post(writer, [appendLine(`cold ${process.argv[2] ?? ''}`)]);
const acceptedMs = performance.now();
const { user, system } = process.cpuUsage();
if (outcomes[0]?.kind !== 'accepted')
  throw new Error(`the line was not accepted: ${JSON.stringify(outcomes)}`);
const result: ColdInstanceResult = {
  loadedMs,
  acceptedMs,
  processorMs: (user + system) / 1_000,
  indexBytes: writer.indexBytes,
  processBytes: process.memoryUsage().rss,
  reads: tables.statistics.gets + tables.statistics.queryPages,
};
console.log(JSON.stringify(result));
