/** When people decide, and when the timers that keep the logs in order tick. */
import type { Prng } from '../engine/prng.ts';
import { HOUSEKEEPING, tick } from '../host.ts';
import type { World } from '../world.ts';
import type { LongQuiet } from './longQuiet.ts';
import type { Humans } from './humans.ts';

const MINUTE = 60_000;

/** Plans both for as long as faults go on. */
export function planPeople(
  world: World,
  prng: Prng,
  {
    humans,
    isTidied,
    quiet,
  }: { readonly humans: Humans | undefined; readonly isTidied: boolean; readonly quiet: LongQuiet },
): void {
  const { engine } = world;
  const { faults } = engine;
  const repeat = (label: string, milliseconds: number, act: () => void): void =>
    engine.after(
      // The timers that keep the logs in order tick often enough to be at work in the quiet, too.
      milliseconds * Math.max(1, quiet.slowness / 8),
      label,
      () => {
        if (engine.faults !== faults) return;
        act();
        repeat(label, milliseconds, act);
      },
      true,
    );
  if (humans) {
    repeat('somebody decides', prng.fork('people').pick([1, 1, 3]) * MINUTE, () => humans.act());
    for (const { supplyChain } of world.environments) supplyChain.isSentAgain = true;
  }
  if (!isTidied) return;
  const own = prng.fork('housekeeping');
  for (const name of Object.keys(HOUSEKEEPING))
    repeat(`timer ${name}`, 5 * MINUTE, () => {
      if (world.awake.length > 0) tick(own.pick(world.awake), name);
    });
}
