/**
 * An instance that stands still while storage goes back in time, and wakes when others have written the log anew, often
 * past the end that it knew: then only the chain of batches tells it that its past is not the log's. Now and then it was
 * about to write the checkpoint of a past that is gone, or was at work on a run, and some of what it had written is gone.
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

  /**
   * From now on the first instance that is at work on a checkpoint or on a run, and on nothing else, falls asleep in the
   * middle of it. `goBackHere` is called when it has written nothing of the run yet.
   */
  growTired(goBackHere: () => void): void {
    const { engine, instances, sometimes } = this.#world;
    const { faults } = engine;
    const isAboutRun = this.#prng.chance(0.4);
    const last = isAboutRun ? this.#prng.pick(['i:package~', 'u:run~']) : 'i:checkpoint~';
    let begun: Instance | undefined;
    engine.faults = {
      next: (call) => {
        const instance = instances.find(({ process }) => process === call.process);
        const isAlone =
          instance?.ticking.size === 1 && instance.ticking.has(isAboutRun ? 'packageJournals' : 'syncCache');
        if (this.#instance !== undefined || !isAlone) return faults.next(call);
        if (isAboutRun && begun === undefined && call.label.includes('i:journal~')) {
          begun = instance;
          goBackHere();
        }
        if (!call.label.includes(last) || (isAboutRun && begun !== instance)) return faults.next(call);
        this.#instance = instance;
        sometimes.note(
          isAboutRun
            ? 'rewind: a run was being computed'
            : 'rewind: a checkpoint of what is gone was on its way',
        );
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
