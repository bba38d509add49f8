/** Brings lines to their end, and time past their retention, for tests. */
import { trackJournalsTick } from '../../shared/app/timers.ts';
import { applyRetentionTick } from '../../shared/app/housekeeping.ts';
import { ADJUSTMENT_LOG, LOG_DIRECTORY } from '../../shared/log/rowKeys.ts';
import { SETTINGS_TABLE } from '../../shared/settings/settingsStore.ts';
import type { TableOperation, TableStore } from '../../shared/tables/tableStore.ts';
import { postPackage, syncAndPackage } from './journalSteps.ts';
import { LOG, type ScriptedLayer } from './scriptedLayer.ts';

const DAY_MS = 24 * 3_600_000;
/** The retention that tests set. */
export const DAYS = 40;

/** Stores lines, and lets them pass every hop until SCM has posted them and their run is closed. */
export async function finishLines(
  instance: ScriptedLayer,
  lines: readonly Readonly<Record<string, unknown>>[],
  run: number,
  packages = 1,
): Promise<void> {
  await instance.results(lines);
  await syncAndPackage(instance);
  await finishRun(instance, run, packages);
}

/** Lets SCM get, import and post the packages of a run. */
export async function finishRun(instance: ScriptedLayer, run: number, packages = 1): Promise<void> {
  for (let number = 1; number <= packages; number++) await postPackage(instance, number, run);
  const { supplyChain } = instance.ends;
  supplyChain.sent.forEach((sent, index) => {
    supplyChain.import(sent);
    supplyChain.conclude(`message-${index + 1}`);
  });
  supplyChain.post();
  for (let ticks = 0; ticks < 3; ticks++) {
    instance.ends.clock.advance(60_000);
    await trackJournalsTick(instance.layer);
  }
}

/** Some time later retention ticks. */
export async function retainAfter(instance: ScriptedLayer, days = DAYS + 1): Promise<void> {
  instance.ends.clock.advance(days * DAY_MS);
  await applyRetentionTick(instance.layer);
}

/** The keys of the log. */
export async function keysOf(instance: ScriptedLayer): Promise<string[]> {
  return (await instance.rows('')).map(({ rowKey }) => rowKey);
}

/** The same installation, on tables of its own with the same rows. */
export async function copyOf(instance: ScriptedLayer, tables: TableStore): Promise<ScriptedLayer> {
  await tables.createTables([ADJUSTMENT_LOG, LOG_DIRECTORY, SETTINGS_TABLE]);
  const environmentKey = LOG.slice(0, LOG.indexOf('~'));
  for (const [table, partitionKey] of [
    [SETTINGS_TABLE, 'environments'],
    [LOG_DIRECTORY, environmentKey],
    [ADJUSTMENT_LOG, LOG],
  ] as const) {
    const rows = await instance.tables.query(table, partitionKey, { from: '', before: '\uffff' });
    const inserts = rows.map(({ rowKey, properties }): TableOperation => ({
      kind: 'insert',
      rowKey,
      properties,
    }));
    await tables.transact(table, partitionKey, inserts);
  }
  return instance.another(tables);
}
