/** Seeds that once showed a violation: they are run among the tests for ever. */
export interface RegressionSeed {
  readonly kind: 'swarm' | 'rewind';
  readonly seed: number;
  /** What kind of run it is for. */
  readonly why: string;
}

export const REGRESSION_SEEDS: readonly RegressionSeed[] = [
  { kind: 'swarm', seed: 75, why: 'a violation while the swarm was built' },
  { kind: 'swarm', seed: 549, why: 'a violation while the swarm was built' },
  { kind: 'swarm', seed: 1135, why: 'a violation while the swarm was built' },
  { kind: 'swarm', seed: 1393, why: 'a violation while the swarm was built' },
];
