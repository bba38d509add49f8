/** Lets the simulator look for each planted bug. */
import type { Task, TaskResult } from '../workerTasks.ts';
import { Worker } from '../workers.ts';
import type { PlantedBug } from './plantedBug.ts';

export interface Finding {
  readonly bug: string;
  /** How it was found; undefined when it was not. */
  readonly found: { readonly repeat: string; readonly message: string } | undefined;
  readonly runs: number;
  /** Why it could not be planted. */
  readonly trouble?: string;
}

/** Seeds tried for one bug, a few at a time, before it counts as not found. */
const SEEDS_AT_ONCE = 10;

export async function findPlantedBug(bug: PlantedBug, mostSeeds: number): Promise<Finding> {
  const worker = new Worker(bug.name);
  let runs = 0;
  try {
    for (let from = 1; from <= mostSeeds; from += SEEDS_AT_ONCE) {
      const task: Task = {
        kind: bug.needsRewind ? 'rewind' : 'swarm',
        from,
        to: Math.min(mostSeeds + 1, from + SEEDS_AT_ONCE),
        untilFailure: true,
      };
      const result: TaskResult = await worker.run(task);
      runs += result.runs;
      if (result.failures[0]) return { bug: bug.name, found: result.failures[0], runs };
    }
    return { bug: bug.name, found: undefined, runs };
  } catch (error) {
    return { bug: bug.name, found: undefined, runs, trouble: String(error) };
  } finally {
    worker.end();
  }
}
