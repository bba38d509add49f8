/** Fires one timer function at its occurrences, one run at a time, for as long as the host runs. */
import type { Clock } from '../../shared/runtime/ports.ts';
import type { RegisteredFunction } from './coreModule.ts';
import type { TypedData } from './coreTypes.ts';
import { describeError } from './hostLog.ts';
import type { HostLog } from './hostLog.ts';
import type { Invoker } from './invoker.ts';
import { nextOccurrence } from './ncrontab.ts';
import type { NcrontabSchedule } from './ncrontab.ts';

/** Longest single wait, so that a clock that was set or a machine that slept is noticed. */
const longestSleepMs = 60_000;

export class TimerTrigger {
  readonly #fn: RegisteredFunction;
  readonly #schedule: NcrontabSchedule;
  readonly #invoker: Invoker;
  readonly #clock: Clock;
  readonly #log: HostLog;
  readonly #stop = new AbortController();
  #lastOccurrence: number | undefined;
  #current: Promise<void> | undefined;
  #runAgain = false;

  constructor(
    fn: RegisteredFunction,
    schedule: NcrontabSchedule,
    parts: { invoker: Invoker; clock: Clock; log: HostLog },
  ) {
    this.#fn = fn;
    this.#schedule = schedule;
    this.#invoker = parts.invoker;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /** Begins to wait for occurrences. */
  start(): void {
    this.#waitAndFire().catch((error: unknown) => {
      if (!this.#stop.signal.aborted) this.#write('error', `the schedule ended: ${describeError(error)}`);
    });
  }

  /** Runs the function now, or as soon as the present run has ended; several requests meanwhile are one. */
  fireNow(): void {
    if (this.#stop.signal.aborted) return;
    if (this.#current) this.#runAgain = true;
    else this.#fire(this.#clock.now());
  }

  /** No further run begins. The present one goes on; `Invoker.idle` waits for it. */
  stop(): void {
    this.#runAgain = false;
    this.#stop.abort();
  }

  async #waitAndFire(): Promise<void> {
    const { signal } = this.#stop;
    let base = this.#clock.now();
    while (!signal.aborted) {
      const next = nextOccurrence(this.#schedule, base);
      if (next === undefined) {
        this.#write('warning', `the schedule "${this.#schedule.expression}" has no occurrence`);
        return;
      }
      for (let left = next - this.#clock.now(); left > 0; left = next - this.#clock.now())
        await this.#clock.sleep(Math.min(left, longestSleepMs), signal);
      // From `next` when the timer was early, from now when it was late: no occurrence twice, none made up for.
      base = Math.max(next, this.#clock.now());
      if (this.#current || this.#invoker.isRunning(this.#fn.metadata.name))
        this.#write('debug', `an occurrence was skipped: the run before it still goes on`);
      else this.#fire(next);
    }
  }

  #fire(occurrence: number): void {
    this.#current = this.#run(occurrence).finally(() => {
      this.#current = undefined;
      const again = this.#runAgain && !this.#stop.signal.aborted;
      this.#runAgain = false;
      if (again) this.#fire(this.#clock.now());
    });
  }

  async #run(occurrence: number): Promise<void> {
    const trigger = this.#timerInput(occurrence);
    this.#lastOccurrence = occurrence;
    try {
      await this.#invoker.invoke(this.#fn, { trigger, triggerMetadata: {} });
    } catch (error) {
      this.#write('error', `failed: ${describeError(error)}`);
    }
  }

  /** The input as the platform's timer extension serializes it; the library lowers the keys' first letters. */
  #timerInput(occurrence: number): TypedData {
    const following = nextOccurrence(this.#schedule, occurrence);
    const oftenerThanEachMinute = following !== undefined && following - occurrence < 60_000;
    const last = this.#lastOccurrence;
    const status = {
      Last: last === undefined ? '0001-01-01T00:00:00' : new Date(last).toISOString(),
      Next: new Date(occurrence).toISOString(),
      LastUpdated: last === undefined ? '0001-01-01T00:00:00' : new Date(last).toISOString(),
    };
    return {
      json: JSON.stringify({
        Schedule: { AdjustForDST: true },
        // The platform keeps no status of schedules that fire more often than once a minute.
        ScheduleStatus: oftenerThanEachMinute ? null : status,
        IsPastDue: false,
      }),
    };
  }

  #write(level: 'debug' | 'warning' | 'error', message: string): void {
    this.#log.write({ level, category: 'system', message, functionName: this.#fn.metadata.name });
  }
}
