/**
 * Retention of one legal entity's log: sweeps what given-up attempts left behind, and, where the settings name a number
 * of days, removes runs that have been finished for so long, oldest first.
 */
import { DamagedRowError, UnknownRowVersionError } from '../log/packedRow.ts';
import { type CommittedRun, isCommitted, readRun } from '../log/runRow.ts';
import type { Runtime } from '../runtime/ports.ts';
import type { RetentionSettings } from '../settings/environmentSettings.ts';
import type { TableStore } from '../tables/tableStore.ts';
import { RetentionTurn, TurnLostError } from './retentionTurn.ts';
import { retireRun } from './retireRun.ts';
import { sweepAttempts, sweepSyncs } from './sweep.ts';

const DAY_MS = 24 * 3_600_000;
/** Runs that are kept although they are old; with more of them, somebody has to look first. */
const MOST_KEPT = 1_000;

export interface RetentionDependencies {
  readonly tables: TableStore;
  readonly runtime: Runtime;
  readonly partitionKey: string;
}

/**
 * Stops at `deadline` (milliseconds since the Unix epoch) and goes on at the next tick. The clock only decides how long
 * things can be read: only what is finished is ever removed. @throws TableError, UnknownRowVersionError
 */
export async function applyRetention(
  dependencies: RetentionDependencies,
  { days }: RetentionSettings,
  deadline: number,
): Promise<void> {
  const { tables, partitionKey, runtime } = dependencies;
  const now = runtime.clock.now();
  try {
    const turn = await RetentionTurn.begin(tables, runtime, partitionKey);
    await sweepGivenUp(turn, runtime, now - DAY_MS, deadline);
    if (days === 0) return;
    const cutoff = now - days * DAY_MS;
    await retireRuns(turn, runtime, cutoff, deadline);
    await sweepSyncs(turn, cutoff, () => runtime.clock.now(), deadline);
  } catch (error) {
    if (!(error instanceof TurnLostError)) throw error;
    runtime.logger.info(error.message, { log: partitionKey });
  }
}

async function sweepGivenUp(
  turn: RetentionTurn,
  { clock }: Runtime,
  cutoff: number,
  deadline: number,
): Promise<void> {
  const { sweptThrough } = turn.state;
  let number = sweptThrough;
  for (; clock.now() < deadline; number++) {
    const run = await runBefore(turn, number + 1, cutoff);
    if (run === undefined) break;
    await sweepAttempts(turn, run);
  }
  if (number > sweptThrough) await turn.write([], { sweptThrough: number });
}

async function retireRuns(
  turn: RetentionTurn,
  runtime: Runtime,
  cutoff: number,
  deadline: number,
): Promise<void> {
  for (const number of turn.state.kept) {
    if (runtime.clock.now() >= deadline) return;
    const run = await runBefore(turn, number, cutoff);
    if (run !== undefined && (await retire(turn, runtime, run, cutoff)))
      await turn.write([], { kept: turn.state.kept.filter((each) => each !== number) });
  }
  while (runtime.clock.now() < deadline && turn.state.kept.length < MOST_KEPT) {
    const run = await runBefore(turn, turn.state.through + 1, cutoff);
    if (run === undefined) return;
    const isRetired = await retire(turn, runtime, run, cutoff);
    await turn.write([], {
      through: run.number,
      kept: isRetired ? turn.state.kept : [...turn.state.kept, run.number],
    });
  }
}

/** A run whose rows cannot be read is left alone, and keeps no other waiting. */
async function retire(
  turn: RetentionTurn,
  { clock, logger }: Runtime,
  run: CommittedRun,
  cutoff: number,
): Promise<boolean> {
  try {
    return await retireRun(turn, run, clock.now(), cutoff);
  } catch (error) {
    if (!(error instanceof UnknownRowVersionError || error instanceof DamagedRowError)) throw error;
    logger.error('A run is kept past its retention, because its rows cannot be read.', {
      log: turn.partitionKey,
      run: run.number,
      reason: error.message,
    });
    return false;
  }
}

/** The run, if it was committed before `cutoff`. Runs are numbered without gaps, in the order of their commits. */
async function runBefore(
  { tables, partitionKey }: RetentionTurn,
  number: number,
  cutoff: number,
): Promise<CommittedRun | undefined> {
  const run = await readRun(tables, partitionKey, number);
  return run !== undefined && isCommitted(run) && run.state.commit.at <= cutoff ? run : undefined;
}
