/** What can go wrong with a call of a port, and who decides that it does. */
import type { Prng } from './prng.ts';
import type { Process } from './process.ts';

/**
 * `failBefore`: no effect, the caller sees an error. `failAfter`: the effect happened, the caller sees an error.
 * `landLate`: the caller sees an error, the effect comes later. `delay`: both come late. `crash…`: the process ends
 * before or after the effect. `pause…`: the process stands still and goes on later, as a zombie. `odd`: the other side
 * answers in a way of its own (some results missing, a part applied).
 */
export type FaultKind =
  | 'failBefore'
  | 'failAfter'
  | 'landLate'
  | 'delay'
  | 'crashBefore'
  | 'crashAfter'
  | 'pauseBefore'
  | 'pauseAfter'
  | 'odd';

export interface Fault {
  readonly kind: FaultKind;
  /** Length of the delay or pause, or how much later the effect lands. */
  readonly milliseconds: number;
}

export type PortName = 'tables' | 'iv' | 'scm' | 'queue';

export interface CallSite {
  /** From 1, over the whole run. */
  readonly number: number;
  readonly process: Process;
  readonly port: PortName;
  readonly label: string;
  readonly writes: boolean;
}

export interface FaultPlan {
  next(call: CallSite): Fault | undefined;
}

export const NO_FAULTS: FaultPlan = { next: () => undefined };

/** Faults at given calls, by number. */
export function scriptedFaults(script: ReadonlyMap<number, Fault>): FaultPlan {
  return { next: ({ number }) => script.get(number) };
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export type FaultRates = Readonly<Record<FaultKind, number>>;

/** Rates of a run: most kinds rare, some absent, now and then a storm of one kind. */
export function drawnRates(prng: Prng): FaultRates {
  const level = prng.pick([0.002, 0.006, 0.015, 0.04]);
  const rate = (weight: number): number => (prng.chance(0.3) ? 0 : level * weight * prng.fraction() * 2);
  return {
    failBefore: rate(2),
    failAfter: rate(2),
    landLate: rate(1.5),
    delay: rate(2),
    crashBefore: rate(0.3),
    crashAfter: rate(0.4),
    pauseBefore: rate(0.4),
    pauseAfter: rate(0.3),
    odd: rate(12),
  };
}

/** A time in which most calls of one port fail or take very long. */
export interface Outage {
  readonly port: PortName;
  readonly from: number;
  readonly until: number;
}

/** Shares of the packages that go out. */
export interface SendTrouble {
  /** They get no answer, and arrive some time later. */
  readonly late: number;
  /** The instance stands still as it sends them, so that its answer is noted when much has happened since. */
  readonly asleep: number;
}

/** Faults of a plan, and more of them where packages go out, of which there are few. */
export function withSendTrouble(plan: FaultPlan, prng: Prng, { late, asleep }: SendTrouble): FaultPlan {
  const sleep = prng.fork('asleep');
  return {
    next(call) {
      if (!call.label.startsWith('scm send')) return plan.next(call);
      if (sleep.chance(asleep)) {
        const longest = sleep.pick([10 * MINUTE, 10 * MINUTE, HOUR, 4 * HOUR, 20 * DAY]);
        const kind = sleep.pick(['pauseBefore', 'pauseAfter', 'pauseAfter'] as const);
        return { kind, milliseconds: sleep.between(MINUTE, longest) };
      }
      if (!prng.chance(late)) return plan.next(call);
      return { kind: 'landLate', milliseconds: prng.between(MINUTE, prng.pick([5, 5, 60]) * MINUTE) };
    },
  };
}

function duringOutage(prng: Prng): Fault | undefined {
  const roll = prng.fraction();
  if (roll < 0.5) return { kind: 'failBefore', milliseconds: 0 };
  if (roll < 0.65) return { kind: 'failAfter', milliseconds: 0 };
  if (roll < 0.85) return { kind: 'delay', milliseconds: lengthOf('delay', prng) };
  return undefined;
}

/** Faults by chance. @param now true time. */
export function randomFaults(
  prng: Prng,
  rates: FaultRates,
  now: () => number = () => 0,
  outages: readonly Outage[] = [],
): FaultPlan {
  const kinds = Object.entries(rates) as [FaultKind, number][];
  return {
    next({ port, writes }) {
      if (outages.some((outage) => outage.port === port && outage.from <= now() && now() < outage.until))
        return duringOutage(prng);
      const roll = prng.fraction();
      let sum = 0;
      for (const [kind, rate] of kinds) {
        sum += kind === 'odd' && port === 'tables' ? 0 : rate;
        if (roll >= sum) continue;
        if (kind === 'landLate' && !writes) return { kind: 'failBefore', milliseconds: 0 };
        return { kind, milliseconds: lengthOf(kind, prng) };
      }
      return undefined;
    },
  };
}

function lengthOf(kind: FaultKind, prng: Prng): number {
  switch (kind) {
    case 'delay':
      return prng.between(200, 9_000);
    case 'landLate':
      return prng.pick([
        prng.between(1, 2_000),
        prng.between(1, 2 * MINUTE),
        prng.between(MINUTE, 2 * HOUR),
        prng.between(HOUR, 20 * DAY),
      ]);
    case 'pauseBefore':
    case 'pauseAfter':
      return prng.pick([
        prng.between(1_000, MINUTE),
        prng.between(MINUTE, 30 * MINUTE),
        prng.between(MINUTE, 30 * MINUTE),
        prng.between(HOUR, 30 * HOUR),
        prng.between(DAY, 21 * DAY),
      ]);
    case 'failBefore':
    case 'failAfter':
    case 'crashBefore':
    case 'crashAfter':
    case 'odd':
      return 0;
  }
}
