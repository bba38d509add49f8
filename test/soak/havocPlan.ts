/** What is done to the parts of a soak, and when: drawn from its seed alone, so that a seed repeats it. */
import type { Prng } from '../simulator/engine/prng.ts';

/** `afterMs`: how long the part is left in peace before, milliseconds of the machine's clock. */
export type Moment =
  /** SIGKILL, and a new start at once. */
  | { readonly kind: 'kill'; readonly afterMs: number }
  /** SIGSTOP, and SIGCONT later. */
  | { readonly kind: 'pause'; readonly afterMs: number; readonly forMs: number }
  /** Every connection to the part is cut, and each new one for a while. */
  | { readonly kind: 'cutOff'; readonly afterMs: number; readonly forMs: number };

/** What one part goes through, one after another, for as long as the havoc lasts. */
export interface Lane {
  readonly part: string;
  readonly moments: Iterable<Moment>;
}

export interface HavocShape {
  readonly hosts: number;
  /** How long a part is left in peace on average. */
  readonly hostPeaceMs: number;
  readonly otherPeaceMs: number;
  /** Of pauses and of being cut off: most are short, some are longer than any lease. */
  readonly longPauseMs: readonly [number, number];
  /** The same of the storage, without which nobody gets anything done. */
  readonly azuritePeaceMs: number;
  readonly longAzuritePauseMs: readonly [number, number];
}

const SHORT_PAUSE_MS = [50, 1_500] as const;

export function havocPlan(prng: Prng, shape: HavocShape): Lane[] {
  const hosts = Array.from({ length: shape.hosts }, (_, index) => `host${index + 1}`);
  const lane = (part: string, peaceMs: number, kills: number, longPauseMs = shape.longPauseMs): Lane => ({
    part,
    moments: drawnMoments(prng.fork(part), peaceMs, kills, longPauseMs),
  });
  return [
    ...hosts.map((part) => lane(part, shape.hostPeaceMs, 0.8)),
    lane('broker', shape.otherPeaceMs, 0.8),
    lane('dynamics', shape.otherPeaceMs, 0.8),
    // What it has acknowledged it keeps in memory for some seconds, so killing it is a rewind, and no part of a soak.
    lane('azurite', shape.azuritePeaceMs, 0, shape.longAzuritePauseMs),
  ];
}

/** @param kills share of moments that are kills */
function* drawnMoments(
  prng: Prng,
  peaceMs: number,
  kills: number,
  longPauseMs: readonly [number, number],
): Generator<Moment> {
  for (;;) {
    const afterMs = Math.round(peaceMs * (0.3 + 1.4 * prng.fraction()));
    const isKill = prng.chance(kills);
    const forMs = prng.between(...(prng.chance(0.1) ? longPauseMs : SHORT_PAUSE_MS));
    const kind = prng.chance(0.6) ? 'pause' : 'cutOff';
    yield isKill ? { kind: 'kill', afterMs } : { kind, afterMs, forMs };
  }
}
