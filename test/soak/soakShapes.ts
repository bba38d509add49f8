/** How long and how hard a soak is. */
import type { SoakShape } from './runSoak.ts';

type Form = Omit<SoakShape, 'seed' | 'report' | 'onSystem'>;

/** Of the time asked for, what it takes to come to rest. */
const REST_SHARE = 0.3;
const LEAST_KILLS_PER_SECOND = 0.35;

/** `npm run soak`. */
export function longForm(seconds: number): Form {
  return {
    hosts: 3,
    clients: 10,
    havocMs: seconds * 1000 * (1 - REST_SHARE),
    restMs: 120_000,
    pace: 4,
    leastKills: Math.ceil(seconds * LEAST_KILLS_PER_SECOND),
    hostPeaceMs: 6_000,
    otherPeaceMs: 3_000,
    longPauseMs: [8_000, 15_000],
    azuritePeaceMs: 8_000,
    longAzuritePauseMs: [2_000, 4_000],
    holdMs: [200, 4_000],
  };
}

/** What the tests run. */
export const SHORT_FORM: Form = {
  hosts: 2,
  clients: 6,
  havocMs: 9_000,
  restMs: 60_000,
  pace: 8,
  leastKills: 6,
  hostPeaceMs: 3_000,
  otherPeaceMs: 1_800,
  longPauseMs: [1_500, 6_000],
  azuritePeaceMs: 4_000,
  longAzuritePauseMs: [1_000, 1_500],
  holdMs: [100, 1_500],
};
