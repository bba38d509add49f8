/**
 * An instance that stands still while storage goes back in time, and wakes when others have written the log anew, often
 * past the end that it knew: then only the chain of batches tells it that its past is not the log's. Now and then it is
 * about to write a checkpoint, and writes that of a past that is gone. It sleeps between two hops: one that is in flight
 * has read what it writes conditions on, and its conditions may come back with the rows.
 */
import type { Prng } from '../engine/prng.ts';
import type { Instance, World } from '../world.ts';

const MINUTE = 60_000;

export class Sleeper {
  readonly #world: World;
  readonly #prng: Prng;
  #instance: Instance | undefined;

  constructor(world: World, prng: Prng) {
    this.#world = world;
    this.#prng = prng;
  }

  /** From now on the first instance that is about to write a checkpoint, and does nothing else, falls asleep before it. */
  growTired(): void {
    const { engine, instances } = this.#world;
    const { faults } = engine;
    engine.faults = {
      next: (call) => {
        const instance = instances.find(({ process }) => process === call.process);
        const isAlone = instance?.ticking.size === 1 && instance.ticking.has('syncCache');
        if (this.#instance !== undefined || !isAlone || !call.label.includes('i:checkpoint~'))
          return faults.next(call);
        this.#instance = instance;
        this.#world.sometimes.note('rewind: a checkpoint of what is gone was on its way');
        return { kind: 'pauseBefore', milliseconds: this.#prng.between(2.5 * MINUTE, 3 * MINUTE) };
      },
    };
  }

  /**
   * Storage has gone back: somebody sleeps by now. Returns when they wake, true time.
   * @param tails how far each log had come
   */
  sleepThrough(tails: ReadonlyMap<string, { readonly tail: number }>): number {
    const { engine, sometimes, awake, onLog } = this.#world;
    const { process } = (this.#instance ??= this.#prng.pick(awake));
    process.pause(engine.now, engine.now + this.#prng.between(MINUTE, 3 * MINUTE));
    this.#world.onLog = (entry, by) => {
      onLog(entry, by);
      if (by !== process || !entry.message.startsWith('The log went back in time')) return;
      const { tail = Infinity } = tails.get(String(entry.fields['log'])) ?? {};
      if (Number(entry.fields['tail']) > tail) sometimes.note('rewind: met in a log that had grown past it');
    };
    return process.pausedUntil;
  }
}
