/** A log of many generated ids with the checkpoints that the product itself writes and merges. */
import { readManifests } from '../../shared/log/checkpoints/manifest.ts';
import { LogWriter } from '../../shared/log/logWriter.ts';
import { systemRuntime } from '../../shared/runtime/systemRuntime.ts';
import type { TableStore } from '../../shared/tables/tableStore.ts';
import { appendGenerated } from '../support/generatedLog.ts';
import { LOG, PARTITION } from '../support/logUnderTest.ts';

const IDS_PER_CHECKPOINT = 500_000;
/** Ids that no checkpoint covers yet, as on any day: half of what makes one due. */
const UNCOVERED_IDS = 50_000;

export const silentRuntime = systemRuntime({
  debug: () => undefined,
  info: () => undefined,
  warn: (message, fields) => console.warn(message, fields),
  error: (message, fields) => console.error(message, fields),
});

/** Resolves with the sizes of the checkpoints, those of merged ones included, in order. */
export async function fillLog(tables: TableStore, ids: number): Promise<number[]> {
  const writer = new LogWriter(tables, silentRuntime, LOG);
  for (let written = 0; written < ids;) {
    const left = ids - written;
    const count = Math.min(IDS_PER_CHECKPOINT, left > UNCOVERED_IDS ? left - UNCOVERED_IDS : left);
    await appendGenerated(tables, written, count);
    written += count;
    await writer.noticeRewind();
    await writer.checkpoints.tend(Infinity);
    process.stdout.write(`\r${written.toLocaleString('en')} ids stored `);
  }
  process.stdout.write('\n');
  const manifests = await readManifests(tables, PARTITION);
  return manifests.sort((a, b) => a.fromSeq - b.fromSeq || b.toSeq - a.toSeq).map((one) => one.ids);
}
