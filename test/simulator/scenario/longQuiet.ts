/**
 * Two months in which little happens, in the middle of the faults: timers tick once or twice a day, retention removes what
 * has been over for long, and an instance that was about to append sleeps through it. Now and then SCM is away for most
 * of the time: then what is over in SCM, but could not be looked at there, grows older than retention keeps things.
 */
import type { CallSite, Fault, FaultPlan } from '../engine/faults.ts';
import type { Prng } from '../engine/prng.ts';
import type { World } from '../world.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LENGTH_MS = 60 * DAY;
/** Longer than things are kept, and over before the quiet is. */
const SLEEP_MS = 45 * DAY;
const TICK_MS = 12 * HOUR;
/** Longer than things are kept. */
const SCM_AWAY_MS = 50 * DAY;

export class LongQuiet {
  /** By how much everything that happens again and again is slower now. */
  slowness = 1;
  #isSleeperDue = false;
  #isScmAway = false;

  /** The faults of a run, and in the quiet two more: the next append sleeps before it goes out, and SCM is away. */
  faults(plan: FaultPlan): FaultPlan {
    return {
      next: (call: CallSite): Fault | undefined => {
        if (this.#isScmAway && call.port === 'scm') return { kind: 'failBefore', milliseconds: 0 };
        if (!this.#isSleeperDue || !call.label.includes('i:batch~')) return plan.next(call);
        this.#isSleeperDue = false;
        return { kind: 'pauseBefore', milliseconds: SLEEP_MS };
      },
    };
  }

  /** @param pace how long after each other timers tick otherwise */
  async pass(world: World, prng: Prng, pace: number, done: () => boolean): Promise<void> {
    const { engine } = world;
    this.slowness = TICK_MS / pace;
    const sleepsFrom = prng.between(0, 3 * DAY);
    engine.after(sleepsFrom, 'whoever appends next is about to sleep', () => (this.#isSleeperDue = true));
    // Whoever sleeps is to wake before the quiet is over.
    engine.after(
      LENGTH_MS - SLEEP_MS - DAY,
      'nobody falls asleep any more',
      () => (this.#isSleeperDue = false),
    );
    this.#isScmAway = prng.fork('SCM').chance(0.5);
    engine.after(SCM_AWAY_MS, 'SCM is back', () => (this.#isScmAway = false));
    await engine.run(engine.now + LENGTH_MS, done);
    this.slowness = 1;
  }
}
