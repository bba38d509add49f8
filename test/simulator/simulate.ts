/**
 * The fault simulator: the product in a simulated world in which everything fails, all of it from a seed.
 *
 *   npm run simulate -- --seeds 2000             a swarm of so many seeds, rewinds and the small sweep included
 *   npm run simulate -- --seeds 100 --from 5000  other seeds
 *   npm run simulate -- --seed 17 [--trace]      repeats one run, prints its trace hash
 *   npm run simulate -- --rewind 17 [--trace]    the same for a run in which storage goes back in time
 *   npm run simulate -- --sweep [--pairs 6000]   every fault at every call, and all pairs of faults, or so many
 *   npm run simulate -- --scenario small --faults '[[12,{"kind":"failAfter","milliseconds":0}]]'
 *   npm run simulate -- --planted [--seeds 200]  looks for every planted bug
 *   npm run simulate -- --planted --bug verdict  or for those with this in their names
 */
import { CommandLine } from '../support/commandLine.ts';
import type { Fault } from './engine/faults.ts';
import { findPlantedBug } from './planted/findPlantedBugs.ts';
import { PLANTED_BUGS } from './planted/plantedBugs.ts';
import { runRewind } from './scenario/rewind.ts';
import { type RunResult, runSwarm } from './scenario/swarm.ts';
import { runSweep, type SweepScenario } from './scenario/sweep.ts';
import { SOMETIMES, SometimesCounters } from './sometimes.ts';
import { runOnWorkers } from './workers.ts';
import type { Task, TaskResult } from './workerTasks.ts';

const WORKERS = 2;
const SEEDS_PER_TASK = 10;
/** From so many seeds on, a state that was never reached fails the run. */
const FULL_RUN_SEEDS = 500;
const LINES_SHOWN = 80;
const SCENARIOS: readonly SweepScenario[] = ['tiny', 'small', 'pair'];

const commandLine: CommandLine = new CommandLine(import.meta.filename);
const values = commandLine.read({
  seeds: { type: 'string' },
  from: { type: 'string', default: '1' },
  seed: { type: 'string' },
  rewind: { type: 'string' },
  trace: { type: 'boolean', default: false },
  sweep: { type: 'boolean', default: false },
  pairs: { type: 'string', default: String(1e9) },
  scenario: { type: 'string' },
  faults: { type: 'string', default: '[]' },
  planted: { type: 'boolean', default: false },
  bug: { type: 'string', default: '' },
});
const asked = values.seeds === undefined ? undefined : commandLine.wholeNumber('seeds', values.seeds);
const from = commandLine.wholeNumber('from', values.from);
const mostPairs = commandLine.wholeNumber('pairs', values.pairs);

const write = values.trace ? { write: (line: string): void => console.log(line) } : {};
if (values.seed !== undefined) report(await runSwarm(values.seed, write));
else if (values.rewind !== undefined) report(await runRewind(values.rewind, write));
else if (values.scenario !== undefined) {
  const { scenario, faults } = values;
  if (!isScenario(scenario))
    commandLine.refuse(`--scenario ("${scenario}") is none of ${SCENARIOS.join(', ')}`);
  report(await runSweep(scenario, new Map(JSON.parse(faults) as [number, Fault][]), write));
} else if (values.planted) await lookForPlantedBugs(asked ?? 300);
else if (values.sweep) await runAll([...sweepTasks(SCENARIOS), ...pairTasks(mostPairs)]);
else {
  const seeds = asked ?? 200;
  await runAll(
    [
      ...seedTasks('swarm', from, seeds),
      ...seedTasks('rewind', from, Math.ceil(seeds / 20)),
      ...sweepTasks(['small']),
    ],
    seeds >= FULL_RUN_SEEDS,
  );
}

function isScenario(name: string): name is SweepScenario {
  return SCENARIOS.some((each) => each === name);
}

/** Prints one run. */
function report(result: RunResult): void {
  if (result.failure !== undefined) {
    console.log(result.tail.slice(-LINES_SHOWN).join('\n'));
    console.log(result.failure.stack);
    process.exitCode = 1;
  }
  console.log(
    `seed ${result.seed}: trace hash ${result.hash}, ${result.steps} steps, ${result.calls} port calls, ` +
      `${result.faults} faults, ${result.checks} checks of all rows, ${result.failure ? 'VIOLATION' : 'no violation'}`,
  );
}

function seedTasks(kind: 'swarm' | 'rewind', from: number, count: number): Task[] {
  const tasks: Task[] = [];
  for (let start = from; start < from + count; start += SEEDS_PER_TASK)
    tasks.push({ kind, from: start, to: Math.min(from + count, start + SEEDS_PER_TASK) });
  return tasks;
}

function sweepTasks(scenarios: readonly SweepScenario[]): Task[] {
  return scenarios.flatMap((scenario) =>
    Array.from({ length: WORKERS * 4 }, (_, index): Task => ({
      kind: 'sweep',
      scenario,
      index,
      of: WORKERS * 4,
    })),
  );
}

function pairTasks(most: number): Task[] {
  const of = WORKERS * 10;
  return Array.from({ length: of }, (_, index): Task => ({ kind: 'pairs', index, of, most }));
}

async function runAll(tasks: readonly Task[], needsAllStates = false): Promise<void> {
  const started = performance.now();
  const sums = new Map<string, number>();
  const sometimes = new SometimesCounters();
  let failures = 0;
  await runOnWorkers(WORKERS, tasks, (task, result) => {
    const name = task.kind === 'sweep' ? `sweep ${task.scenario}` : task.kind;
    const size: Partial<TaskResult> =
      result.scenarioCalls === undefined
        ? {}
        : { scenarioCalls: result.scenarioCalls, possible: result.possible ?? 0 };
    for (const [what, value] of Object.entries(size)) sums.set(`${name}: ${what}`, Number(value));
    for (const what of ['runs', 'steps', 'calls', 'faults', 'checks'] as const)
      sums.set(`${name}: ${what}`, (sums.get(`${name}: ${what}`) ?? 0) + result[what]);
    sometimes.add(result.sometimes);
    for (const { repeat, message } of result.failures) {
      failures++;
      console.log(`VIOLATION npm run simulate -- ${repeat}\n  ${message}`);
    }
  });
  for (const [what, value] of sums) console.log(`${what.padEnd(32)} ${value}`);
  for (const what of SOMETIMES) console.log(`${String(sometimes.get(what)).padStart(9)} times ${what}`);
  const never = needsAllStates ? sometimes.never : [];
  for (const what of never) console.log(`NEVER REACHED ${what}`);
  const seconds = (performance.now() - started) / 1000;
  const steps = [...sums]
    .filter(([what]) => what.endsWith(': steps'))
    .reduce((sum, [, value]) => sum + value, 0);
  console.log(
    `${failures} violations, ${seconds.toFixed(0)} s, ${Math.round(steps / seconds)} steps a second`,
  );
  if (failures > 0 || never.length > 0) process.exitCode = 1;
}

async function lookForPlantedBugs(mostSeeds: number): Promise<void> {
  const wanted = PLANTED_BUGS.filter(({ name }) => name.includes(values.bug));
  if (wanted.length === 0) commandLine.refuse(`no planted bug has "${values.bug}" in its name`);
  const waiting = [...wanted];
  let missed = 0;
  await Promise.all(
    Array.from({ length: WORKERS }, async () => {
      for (let bug = waiting.shift(); bug !== undefined; bug = waiting.shift()) {
        const { found, runs, trouble } = await findPlantedBug(bug, mostSeeds);
        if (found) console.log(`found     ${bug.name}\n          ${found.repeat}: ${found.message}`);
        else {
          missed++;
          console.log(`NOT FOUND ${bug.name}, after ${runs} runs ${trouble ?? ''}`);
        }
      }
    }),
  );
  console.log(`${wanted.length - missed} of ${wanted.length} planted bugs found`);
  if (missed > 0) process.exitCode = 1;
}
