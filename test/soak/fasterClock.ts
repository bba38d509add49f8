/**
 * Preloaded into every part of the soak (`node --import`): its clock and its timers go several times as fast as the
 * machine's, the same in all processes, so that time-outs, leases and back-offs that take minutes fit into seconds.
 * SOAK_CLOCK is a `SoakClock` as JSON.
 */
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';

export interface SoakClock {
  /** When the clocks agreed, milliseconds since the Unix epoch. */
  readonly from: number;
  /** Seconds of the parts' clock per second of the machine's. */
  readonly pace: number;
  /** How far the parts' clock is set ahead besides. */
  readonly aheadMs: number;
}

const text = process.env['SOAK_CLOCK'];
if (text !== undefined) hurry(JSON.parse(text) as SoakClock);

function hurry({ from, pace, aheadMs }: SoakClock): void {
  const machine = Date;
  const now = (): number => Math.round(from + (machine.now() - from) * pace + aheadMs);
  globalThis.Date = new Proxy(machine, {
    construct: (target, given: unknown[], newTarget) =>
      Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget) as Date,
    apply: () => new machine(now()).toString(),
    get: (target, name, receiver) =>
      name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown),
  });
  // The first argument of a timer's promise form is the time, of the other form the second.
  globalThis.setTimeout = sooner(globalThis.setTimeout, 1, pace);
  globalThis.setInterval = sooner(globalThis.setInterval, 1, pace);
  timersPromises.setTimeout = sooner(timersPromises.setTimeout, 0, pace);
  syncBuiltinESMExports();
}

/** The same function, with its time divided by the pace. */
function sooner<Timer extends object>(timer: Timer, position: number, pace: number): Timer {
  return new Proxy(timer, {
    apply: (target, self, given: unknown[]) => {
      const changed = [...given];
      if (typeof changed[position] === 'number') changed[position] = changed[position] / pace;
      return Reflect.apply(target as (...all: unknown[]) => unknown, self, changed);
    },
  });
}
