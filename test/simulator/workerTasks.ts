/** What a worker process of the simulator is asked to do, and what it answers. */
import type { SweepScenario } from './scenario/sweep.ts';

export type Task =
  | {
      readonly kind: 'swarm' | 'rewind';
      readonly from: number;
      readonly to: number;
      /** Whether the first failed run is the last one. */
      readonly untilFailure?: true;
    }
  /** Every `of`-th fault of the sweep, beginning with the one at `index`. */
  | { readonly kind: 'sweep'; readonly scenario: SweepScenario; readonly index: number; readonly of: number }
  | { readonly kind: 'pairs'; readonly index: number; readonly of: number; readonly most: number };

export interface FailedRun {
  /** Options that repeat the run. */
  readonly repeat: string;
  readonly message: string;
}

export interface TaskResult {
  readonly runs: number;
  readonly steps: number;
  readonly calls: number;
  readonly faults: number;
  readonly checks: number;
  readonly failures: readonly FailedRun[];
  readonly sometimes: Readonly<Record<string, number>>;
  /** For a sweep: the calls of its scenario, and how many faults there are to try. */
  readonly scenarioCalls?: number;
  readonly possible?: number;
}
