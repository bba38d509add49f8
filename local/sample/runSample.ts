/** Posts a day against a running system, follows it to its end and shows whether everything adds up. */
import { directionOf, foldingRules } from '../../shared/aggregation/foldingRules.ts';
import { systemClock } from '../../shared/runtime/systemRuntime.ts';
import { SettingsStore } from '../../shared/settings/settingsStore.ts';
import { tableStoreFromSettings } from '../../shared/tables/tableConnection.ts';
import type { RunningFile } from '../start/runningFile.ts';
import { AdjustmentApi } from './adjustmentApi.ts';
import { type DirectionOf, isBalanced } from './balance.ts';
import { type DayOptions, sampleDay } from './day.ts';
import { readTotals } from './dynamicsTotals.ts';
import { postAgain, postInvalid, postRequests } from './post.ts';
import { ProgressLine, type Screen } from './progressLine.ts';
import { settledBalance } from './settle.ts';
import { balanceTable } from './table.ts';
import { LineWatch, type Progress } from './watch.ts';

export interface SampleOptions extends DayOptions {
  readonly running: RunningFile;
  /** How long the lines may take to their end once they are posted. Milliseconds. */
  readonly settleWithinMs: number;
  readonly screen: Screen;
}

/** How long a request is repeated while the system does not answer. */
const PATIENCE_MS = 60_000;

/** Whether everything added up in time. @throws Error when the system answers what it must not */
export async function runSample(options: SampleOptions): Promise<boolean> {
  const { running, tag, screen } = options;
  const print = (text: string): unknown => screen.write(`${text}\n`);
  const { requests, invalid } = sampleDay(options);
  const api = new AdjustmentApi(running, PATIENCE_MS);
  const before = await readTotals(running.dynamicsUrl, tag);

  print(
    `Posting ${options.lineCount.toLocaleString('en')} lines in ${requests.length} requests (day ${tag}, seed ${options.seed}).`,
  );
  const progress = new ProgressLine(screen, () => systemClock.now());
  const stored = await postRequests(api, requests, (lines) =>
    progress.show(`accepted ${lines.toLocaleString('en')}`),
  );
  progress.end();

  const again = stored.reduce((largest, lines) => (lines.length > largest.length ? lines : largest), []);
  await postAgain(api, again);
  print(`Posted ${again.length} of them twice: all answered as duplicates.`);
  const problems = await postInvalid(api, invalid);
  print(
    `Posted ${invalid.length} lines that are not all valid: refused, nothing written. ${problems.length} problems:`,
  );
  for (const problem of problems) print(`  ${shortened(problem)}`);

  const watch = new LineWatch(api, stored.flat());
  const rows = await settledBalance(watch, {
    before,
    // The first request has seeded the settings.
    directionOf: await mappedDirections(running),
    deadline: systemClock.now() + options.settleWithinMs,
    readTotals: () => readTotals(running.dynamicsUrl, tag),
    onProgress: (now) => progress.show(progressText(now)),
  });
  progress.end();
  print(`\n${balanceTable(rows)}\n`);
  const equal = isBalanced(rows);
  print(`${equal ? 'Everything adds up' : 'It does NOT add up'} after ${progress.seconds} s.`);
  return equal;
}

function progressText({ lines, ivPosted, aggregated, inErp, held, doNotSync, parked }: Progress): string {
  const counts = {
    accepted: lines,
    IVPosted: ivPosted,
    Aggregated: aggregated,
    Posted: inErp,
    held,
    DoNotSync: doNotSync,
  };
  const texts = Object.entries({ ...counts, ...(parked > 0 ? { parked } : {}) });
  return texts.map(([name, count]) => `${name} ${count.toLocaleString('en')}`).join(' · ');
}

function shortened(text: string): string {
  return text.length > 150 ? `${text.slice(0, 149)}…` : text;
}

/** The directions of the environment's mappings as they are stored now. */
async function mappedDirections({ tablesConnection, environmentId }: RunningFile): Promise<DirectionOf> {
  const tables = tableStoreFromSettings({ TABLES_CONNECTION: tablesConnection }, systemClock);
  const store = new SettingsStore({ tables, clock: systemClock, maximumAgeMs: 0 });
  const stored = await store.read(environmentId);
  if (!stored) throw new Error(`environment ${environmentId} has no settings`);
  const rules = foldingRules(stored.settings);
  return (dataSource, physicalMeasure) => directionOf(rules.mappingOf(dataSource, physicalMeasure));
}
