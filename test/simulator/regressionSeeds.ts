/** Seeds that once showed a violation: they are run among the tests for ever. */
export interface RegressionSeed {
  readonly kind: 'swarm' | 'rewind';
  readonly seed: number;
  /** What went wrong in it. */
  readonly why: string;
}

export const REGRESSION_SEEDS: readonly RegressionSeed[] = [
  { kind: 'swarm', seed: 75, why: 'a fault of the simulated world itself' },
  { kind: 'swarm', seed: 206, why: 'a fault of the simulated world itself: a sleeper woke after the end' },
  { kind: 'swarm', seed: 549, why: 'a call to the cache that no synchronization seemed to have recorded' },
  { kind: 'swarm', seed: 1135, why: 'a call to the cache that no synchronization seemed to have recorded' },
  { kind: 'swarm', seed: 1393, why: 'a call to the cache that no synchronization seemed to have recorded' },
  {
    kind: 'swarm',
    seed: 408,
    why: 'a closed line that SCM brings in after all, because its failed import is run again by hand, is an alarm, no fault',
  },
  { kind: 'swarm', seed: 621, why: 'a failed import run again by hand meets the line as it was sent later' },
  {
    kind: 'swarm',
    seed: 916,
    why: 'a line that moved to another journal of SCM was called not posted for ever',
  },
  {
    kind: 'swarm',
    seed: 1102,
    why: 'a blank column, and a file that leaves the column out, say the same of a line',
  },
  {
    kind: 'swarm',
    seed: 1201,
    why: 'a closed line came in after all, and SCM was away until nobody watched it any more',
  },
  {
    kind: 'swarm',
    seed: 2290,
    why: 'a corrected line that SCM refused to take falls back to the verdict that it was not posted',
  },
  {
    kind: 'rewind',
    seed: 351,
    why: 'a run that storage brought back unfinished, under one that had been opened meanwhile, was finished by nobody',
  },
];
