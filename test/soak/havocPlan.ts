/** What is done to the parts of a soak, and when: drawn from its seed beforehand, so that a seed repeats it. */
import type { Prng } from '../simulator/engine/prng.ts';

/** Times in milliseconds of the machine's clock, from the start of the havoc. */
export type Moment =
  /** SIGKILL, and a new start at once. */
  | { readonly kind: 'kill'; readonly at: number }
  /** SIGSTOP, and SIGCONT later. */
  | { readonly kind: 'pause'; readonly at: number; readonly forMs: number }
  /** Every connection to the part is cut, and each new one for a while. */
  | { readonly kind: 'cutOff'; readonly at: number; readonly forMs: number };

/** What one part goes through, in the order of time. */
export interface Lane {
  readonly part: string;
  readonly moments: readonly Moment[];
}

export interface HavocShape {
  readonly hosts: number;
  readonly durationMs: number;
  /** Average time between two kills of a part. */
  readonly killHostEveryMs: number;
  readonly killOtherEveryMs: number;
  /** Of pauses and of being cut off: most are short, some are longer than any lease. */
  readonly longPauseMs: readonly [number, number];
}

const SHORT_PAUSE_MS = [50, 1_500] as const;
const EVERY_MS = 5_000;

export function havocPlan(prng: Prng, shape: HavocShape): Lane[] {
  const hosts = Array.from({ length: shape.hosts }, (_, index) => `host${index + 1}`);
  return [
    ...hosts.map((part) => lane(prng.fork(part), part, shape, shape.killHostEveryMs)),
    ...['broker', 'dynamics'].map((part) => lane(prng.fork(part), part, shape, shape.killOtherEveryMs)),
    lane(prng.fork('azurite'), 'azurite', shape, undefined),
  ];
}

/** `killEveryMs` undefined: the part is never killed. */
function lane(prng: Prng, part: string, shape: HavocShape, killEveryMs: number | undefined): Lane {
  const moments: Moment[] = [];
  const step = Math.min(killEveryMs ?? EVERY_MS, shape.durationMs / 3);
  for (let at = step * prng.fraction(); at < shape.durationMs; at += step * (0.6 + 0.8 * prng.fraction())) {
    if (killEveryMs !== undefined) moments.push({ kind: 'kill', at: Math.round(at) });
    const other = at + step * 0.5;
    if (prng.chance(killEveryMs === undefined ? 0.9 : 0.3)) {
      const isLong = prng.chance(0.08);
      const forMs = prng.between(...(isLong ? shape.longPauseMs : SHORT_PAUSE_MS));
      moments.push({ kind: prng.chance(0.6) ? 'pause' : 'cutOff', at: Math.round(other), forMs });
    }
  }
  return { part, moments };
}
