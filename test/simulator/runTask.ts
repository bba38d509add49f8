/** Carries out one task of the simulator in this process. */
import type { Fault } from './engine/faults.ts';
import type { Plant } from './plant.ts';
import { runRewind } from './scenario/rewind.ts';
import { runSwarm, type RunResult } from './scenario/swarm.ts';
import { faultsFor, pairFaultsFor, runSweep, type SweepCall } from './scenario/sweep.ts';
import { SometimesCounters } from './sometimes.ts';
import type { FailedRun, Task, TaskResult } from './workerTasks.ts';

type Script = readonly (readonly [number, Fault])[];

export async function runTask(task: Task, plant?: Plant): Promise<TaskResult> {
  const total = new Total();
  const options = plant ? { plant } : {};
  switch (task.kind) {
    case 'swarm':
    case 'rewind':
      for (let seed = task.from; seed < task.to; seed++) {
        const result = await (task.kind === 'swarm' ? runSwarm : runRewind)(String(seed), options);
        total.add(result, task.kind === 'swarm' ? `--seed ${seed}` : `--rewind ${seed}`);
        if (result.failure && task.untilFailure) break;
      }
      return total.result();
    case 'sweep': {
      const base = await runSweep(task.scenario, new Map(), options);
      total.add(base, `--scenario ${task.scenario}`);
      const scripts = singles(base.scenario);
      for (let index = task.index; index < scripts.length; index += task.of) {
        const script = scripts[index] ?? [];
        total.add(await runSweep(task.scenario, new Map(script), options), repeatOf(task.scenario, script));
      }
      return { ...total.result(), scenarioCalls: base.scenario.length, possible: scripts.length };
    }
    case 'pairs': {
      const base = await runSweep('tiny', new Map(), options);
      const scripts = pairs(base.scenario);
      const stride = Math.max(1, scripts.length / task.most);
      for (let number = task.index; number * stride < scripts.length; number += task.of) {
        const script = scripts[Math.floor(number * stride)] ?? [];
        total.add(await runSweep('tiny', new Map(script), options), repeatOf('tiny', script));
      }
      return { ...total.result(), scenarioCalls: base.scenario.length, possible: scripts.length };
    }
  }
}

function singles(calls: readonly SweepCall[]): Script[] {
  return calls.flatMap((call) => faultsFor(call).map((fault): Script => [[call.number, fault]]));
}

function pairs(calls: readonly SweepCall[]): Script[] {
  return calls.flatMap((first, index) =>
    calls.slice(index + 1).flatMap((second) =>
      pairFaultsFor(first).flatMap((one) =>
        pairFaultsFor(second).map((other): Script => [
          [first.number, one],
          [second.number, other],
        ]),
      ),
    ),
  );
}

function repeatOf(scenario: string, script: Script): string {
  return `--scenario ${scenario} --faults '${JSON.stringify(script)}'`;
}

class Total {
  #runs = 0;
  #steps = 0;
  #calls = 0;
  #faults = 0;
  #checks = 0;
  readonly #failures: FailedRun[] = [];
  readonly #sometimes = new SometimesCounters();

  add(result: RunResult, repeat: string): void {
    this.#runs++;
    this.#steps += result.steps;
    this.#calls += result.calls;
    this.#faults += result.faults;
    this.#checks += result.checks;
    this.#sometimes.add(result.sometimes);
    if (result.failure) this.#failures.push({ repeat, message: result.failure.message });
  }

  result(): TaskResult {
    return {
      runs: this.#runs,
      steps: this.#steps,
      calls: this.#calls,
      faults: this.#faults,
      checks: this.#checks,
      failures: this.#failures,
      sometimes: this.#sometimes.toJSON(),
    };
  }
}
