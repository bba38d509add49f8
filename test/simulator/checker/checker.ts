/**
 * The independent checker: everything that the design promises at any moment, held against raw rows, against what
 * Inventory Visibility and the ERP really did, and against what clients were told.
 */
import { Violation } from '../engine/violation.ts';
import type { AppliedEvent } from '../models/inventoryVisibilityModel.ts';
import type { ErpLine } from '../models/supplyChainState.ts';
import { folded } from './arithmetic.ts';
import { type Place, checkChain, checkRuns, checkSyncs, checkUnfinished } from './logChecks.ts';
import { LOG_TABLE, type LogView, type RawTables, viewLog } from './logView.ts';
import { checkErp } from './erpChecks.ts';
import { linesOfBatch, type StoredLine } from './rawRows.ts';
import { checkCommittedRun, type CommittedRunView, type KnownAggregate } from './runChecks.ts';

/** What Inventory Visibility and the ERP really hold, of one environment. */
export interface OtherSide {
  readonly id: string;
  readonly inventoryVisibility: { readonly applied: ReadonlyMap<string, AppliedEvent> };
  readonly supplyChain: { readonly state: { readonly lines: ReadonlyMap<string, ErpLine> } };
}

/** What is checked: the stored rows, and what became of them outside. */
export interface Evidence {
  readonly tables: RawTables;
  readonly environments: readonly OtherSide[];
  /** Whether storage went back in time. */
  readonly rewound: boolean;
}

/** One log, checked, with what was found out about it. */
export interface CheckedLog {
  readonly view: LogView;
  readonly environment: OtherSide;
  readonly places: ReadonlyMap<string, Place>;
  readonly runs: ReadonlyMap<number, CommittedRunView>;
  /** By `journal key/line number`. */
  readonly aggregates: ReadonlyMap<string, KnownAggregate>;
  readonly erpLines: ReadonlyMap<string, ErpLine>;
}

/** Checks all logs. @throws Violation */
export function checkLogs(world: Evidence): CheckedLog[] {
  return world.tables.partitions(LOG_TABLE).map((partitionKey) => {
    const view = viewLog(world.tables, partitionKey);
    const environment = world.environments.find(({ id }) => folded(id) === view.environmentId);
    if (environment === undefined) throw new Violation(`${partitionKey} is of no environment`);
    const places = checkChain(view);
    checkSyncs(view, environment.inventoryVisibility.applied, world.rewound);
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
    const erpLines = checkErp(
      aggregates,
      environment.supplyChain.state.lines.values(),
      view.organizationKey,
      world.rewound,
    );
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
