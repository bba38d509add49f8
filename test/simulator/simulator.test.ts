/** The short form of the simulator: a few seeds, a sweep of the small scenario, and that a run repeats exactly. */
import { expect, test } from 'vitest';
import { REGRESSION_SEEDS } from './regressionSeeds.ts';
import { runTask } from './runTask.ts';
import { runSwarm } from './scenario/swarm.ts';
import type { Task } from './workerTasks.ts';

async function expectNoViolation(task: Task): Promise<void> {
  const result = await runTask(task);
  expect(result.failures).toEqual([]);
  expect(result.faults).toBeGreaterThan(0);
  expect(result.checks).toBeGreaterThan(result.runs);
}

test('a seed gives the same run twice, and another seed another run', async () => {
  const [first, second, other] = [await runSwarm('5'), await runSwarm('5'), await runSwarm('6')];
  expect(second.hash).toBe(first.hash);
  expect(second.steps).toBe(first.steps);
  expect(other.hash).not.toBe(first.hash);
});

test('a swarm of seeds', () => expectNoViolation({ kind: 'swarm', from: 1, to: 13 }));

test.each(REGRESSION_SEEDS)('$kind $seed: $why', ({ kind, seed }) =>
  expectNoViolation({ kind, from: seed, to: seed + 1 }),
);

test('storage that goes back in time', () => expectNoViolation({ kind: 'rewind', from: 1, to: 7 }));

test('every kind of fault, spread over the calls of the small scenario', () =>
  expectNoViolation({ kind: 'sweep', scenario: 'small', index: 0, of: 11 }));

test('faults of one line’s way from the door to the ERP', () =>
  expectNoViolation({ kind: 'sweep', scenario: 'tiny', index: 0, of: 5 }));

test('pairs of faults of one line’s way, some of all', () =>
  expectNoViolation({ kind: 'pairs', index: 0, of: 1, most: 100 }));
