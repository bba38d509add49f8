/** Seeds that once showed a violation: they are run among the tests for ever. */
export interface RegressionSeed {
  readonly kind: 'swarm' | 'rewind';
  readonly seed: number;
  /** What went wrong in it. */
  readonly why: string;
}

export const REGRESSION_SEEDS: readonly RegressionSeed[] = [
  { kind: 'swarm', seed: 75, why: 'a fault of the simulated world itself' },
  { kind: 'swarm', seed: 549, why: 'a call to the cache that no synchronization seemed to have recorded' },
  { kind: 'swarm', seed: 1135, why: 'a call to the cache that no synchronization seemed to have recorded' },
  { kind: 'swarm', seed: 1393, why: 'a call to the cache that no synchronization seemed to have recorded' },
];
