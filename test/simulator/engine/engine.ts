/**
 * The simulator's engine: virtual time, and every call of every port of every process as planned events. Product code
 * runs only between two events, in one thread, until each of its continuations waits for an event again; so the same
 * seed gives the same run, step by step.
 */
import { EventQueue, type Event } from './eventQueue.ts';
import type { Fault, FaultPlan, PortName } from './faults.ts';
import { NO_FAULTS } from './faults.ts';
import type { Prng } from './prng.ts';
import type { Process } from './process.ts';
import type { Trace } from './trace.ts';

/** A call of a port. Both functions either return or throw what the caller is to see. */
export interface PortCall<T> {
  readonly port: PortName;
  readonly label: string;
  readonly writes: boolean;
  /** Does the work. */
  readonly effect: () => T;
  /** What the caller sees when the call fails; `effectPossible` says whether it may have worked all the same. */
  readonly failed: (effectPossible: boolean) => T;
  /** Does the work in an unusual way. */
  readonly odd?: () => T;
  /** How the work is done when it is done `late` milliseconds after now; the effect after that time when absent. */
  readonly landLate?: (late: number) => { readonly after: number; readonly act: () => void };
}

export interface EngineStatistics {
  calls: number;
  faults: number;
  readonly byKind: Map<string, number>;
}

export class Engine {
  readonly trace: Trace;
  readonly statistics: EngineStatistics = { calls: 0, faults: 0, byKind: new Map() };
  faults: FaultPlan = NO_FAULTS;
  /** Called after every effect on the simulated world. */
  afterEffect: (label: string) => void = () => undefined;
  /** Called when a fault happens. */
  onFault: (fault: Fault, call: PortCall<unknown>, process: Process) => void = () => undefined;
  readonly #latency: Prng;
  readonly #events = new EventQueue();
  #now: number;
  #order = 0;

  constructor(prng: Prng, start: number, trace: Trace) {
    this.#latency = prng.fork('latency');
    this.#now = start;
    this.trace = trace;
  }

  /** True time, milliseconds since the Unix epoch. */
  get now(): number {
    return this.#now;
  }

  /** Plans something that belongs to no process: the network's, a model's, a client's, the test's own doing. */
  after(milliseconds: number, label: string, act: () => void, resumes = false): void {
    this.#plan(milliseconds, undefined, label, act, resumes);
  }

  /** Lets time go on until `until` (true time), or until `done` says so. */
  async run(until: number, done: () => boolean = () => false): Promise<void> {
    while (!done()) {
      const event = this.#events.first;
      if (event === undefined || event.time > until) {
        this.#now = Math.max(this.#now, until);
        return;
      }
      this.#events.pop();
      this.#now = Math.max(this.#now, event.time);
      const { process } = event;
      if (process !== undefined) {
        if (!process.alive) continue;
        if (process.pausedUntil > this.#now) {
          this.#events.push({ ...event, time: process.pausedUntil, order: this.#order++ });
          continue;
        }
      }
      this.trace.add(`${this.#now} ${event.label}`);
      event.act();
      if (event.resumes) await settled();
    }
  }

  /** A call of a port by a process. */
  call<T>(process: Process, call: PortCall<T>): Promise<T> {
    if (!process.alive) return new Promise<T>(() => undefined);
    const number = ++this.statistics.calls;
    const fault = this.faults.next({
      number,
      process,
      port: call.port,
      label: call.label,
      writes: call.writes,
    });
    const name = `${process.name} #${number} ${call.label}`;
    if (fault !== undefined) this.#note(fault, call, process, name);
    return new Promise<T>((resolve, reject) => {
      const answer = (outcome: () => T, latency: number): void => {
        this.#plan(
          latency,
          process,
          `${name} answered`,
          () => {
            try {
              resolve(outcome());
            } catch (error) {
              reject(error instanceof Error ? error : new Error(String(error)));
            }
          },
          true,
        );
      };
      // A request on its way needs its process no longer; one that a process has yet to send does.
      const work = (
        latency: number,
        then: (outcome: () => T) => void,
        effect = call.effect,
        sender?: Process,
      ): void => {
        this.#plan(latency, sender, name, () => {
          then(attempted(effect));
          this.afterEffect(name);
        });
      };
      const there = this.#drawLatency();
      const back = this.#drawLatency();
      switch (fault?.kind) {
        case undefined:
          work(there, (outcome) => answer(outcome, back));
          return;
        case 'odd':
          work(there, (outcome) => answer(outcome, back), call.odd ?? call.effect);
          return;
        case 'delay':
          work(there, (outcome) => answer(outcome, back + fault.milliseconds));
          return;
        case 'failBefore':
          answer(() => call.failed(false), there + back);
          return;
        case 'failAfter':
          work(there, () => answer(() => call.failed(true), back));
          return;
        case 'landLate': {
          answer(() => call.failed(true), there + back);
          const late = there + back + fault.milliseconds;
          const { after, act } = call.landLate?.(late) ?? { after: late, act: () => void call.effect() };
          this.#plan(after, undefined, `${name} lands late`, () => {
            attempted(act);
            this.afterEffect(name);
          });
          return;
        }
        case 'crashBefore':
          process.crash();
          return;
        case 'crashAfter':
          work(there, () => process.crash());
          return;
        case 'pauseBefore':
          process.pause(this.#now, this.#now + fault.milliseconds);
          work(there + fault.milliseconds, (outcome) => answer(outcome, back), call.effect, process);
          return;
        case 'pauseAfter':
          work(there, (outcome) => {
            process.pause(this.#now, this.#now + fault.milliseconds);
            answer(outcome, back);
          });
      }
    });
  }

  sleep(process: Process, milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
      this.#plan(milliseconds, process, `${process.name} slept`, resolve, true);
    });
  }

  #note(fault: Fault, call: PortCall<unknown>, process: Process, name: string): void {
    this.statistics.faults++;
    const kind = `${call.port} ${fault.kind}`;
    this.statistics.byKind.set(kind, (this.statistics.byKind.get(kind) ?? 0) + 1);
    this.trace.add(`${this.#now} ${name}: ${fault.kind} ${fault.milliseconds}`);
    this.onFault(fault, call, process);
  }

  #plan(
    milliseconds: number,
    process: Process | undefined,
    label: string,
    act: () => void,
    resumes = false,
  ): void {
    const event: Event = {
      time: this.#now + Math.max(0, Math.ceil(milliseconds)),
      order: this.#order++,
      process,
      label,
      act,
      resumes,
    };
    this.#events.push(event);
  }

  #drawLatency(): number {
    const roll = this.#latency.fraction();
    if (roll < 0.7) return this.#latency.between(1, 12);
    return roll < 0.97 ? this.#latency.between(5, 120) : this.#latency.between(100, 2_000);
  }
}

/** What the function returns or throws, to be returned or thrown later. */
function attempted<T>(act: () => T): () => T {
  try {
    const value = act();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** After so many times, whoever else works in this process gets a turn. */
const TURNS = 512;
let turns = 0;

/**
 * Resolves when no promise has anything left to do: product code waits for nothing but events, and Node comes to what
 * `nextTick` holds when its queue of promise jobs is empty.
 */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    if (++turns % TURNS === 0) setImmediate(resolve);
    else process.nextTick(resolve);
  });
}
