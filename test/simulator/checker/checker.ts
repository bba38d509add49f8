/**
 * The independent checker: everything that the design promises at any moment, held against raw rows, against what
 * Inventory Visibility and the ERP really did, and against what clients were told.
 */
import { Violation } from '../engine/violation.ts';
import type { ErpLine } from '../models/supplyChainState.ts';
import type { SimulatedEnvironment, World } from '../world.ts';
import { folded } from './arithmetic.ts';
import { type Place, checkChain, checkRuns, checkSyncs, checkUnfinished } from './logChecks.ts';
import { LOG_TABLE, type LogView, viewLog } from './logView.ts';
import { checkErp } from './erpChecks.ts';
import { linesOfBatch, type StoredLine } from './rawRows.ts';
import { checkCommittedRun, type CommittedRunView, type KnownAggregate } from './runChecks.ts';

/** One log, checked, with what was found out about it. */
export interface CheckedLog {
  readonly view: LogView;
  readonly environment: SimulatedEnvironment;
  readonly places: ReadonlyMap<string, Place>;
  readonly runs: ReadonlyMap<number, CommittedRunView>;
  /** By `journal key/line number`. */
  readonly aggregates: ReadonlyMap<string, KnownAggregate>;
  readonly erpLines: ReadonlyMap<string, ErpLine>;
}

/** Checks all logs. @throws Violation */
export function checkLogs(world: World): CheckedLog[] {
  return world.tables.partitions(LOG_TABLE).map((partitionKey) => {
    const view = viewLog(world.tables, partitionKey);
    const environment = world.environments.find(({ id }) => folded(id) === view.environmentId);
    if (environment === undefined) throw new Violation(`${partitionKey} is of no environment`);
    const places = checkChain(view);
    checkSyncs(view, environment.inventoryVisibility.applied);
    checkRuns(view, world.rewound);
    checkUnfinished(view);
    const runs = new Map<number, CommittedRunView>();
    const aggregates = new Map<string, KnownAggregate>();
    for (const [number, run] of view.runs) {
      if (run.status !== 'Committed') continue;
      const checked = checkCommittedRun(view, number, run);
      runs.set(number, checked);
      for (const aggregate of checked.aggregates)
        aggregates.set(`${aggregate.journalKey}/${aggregate.position + 1}`, aggregate);
    }
    const erpLines = world.rewound
      ? new Map<string, ErpLine>()
      : checkErp(aggregates, environment.supplyChain.state.lines.values(), view.organizationKey);
    return { view, environment, places, runs, aggregates, erpLines };
  });
}

/** The stored line at a place. */
export function storedLine(view: LogView, { seq, position }: Place): StoredLine {
  const batch = view.batches.get(seq);
  const line = batch && linesOfBatch(batch)[position];
  if (line === undefined) throw new Violation(`${view.partitionKey}: no line ${seq}/${position}`);
  return line;
}
