/** Takes the place of the machine's clock while mutants are tried: time passes twenty times as fast, so that what cannot succeed gives up soon. */
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Entropy, Logger, Runtime } from '../../shared/runtime/ports.ts';

const SPEED = 20;
const BEGAN = Date.now();

export const systemClock: Clock = {
  now: () => BEGAN + (Date.now() - BEGAN) * SPEED,
  sleep: (milliseconds) => delay(milliseconds / SPEED),
};

export const systemEntropy: Entropy = {
  uuid: () => randomUUID(),
  bytes: (length) => randomBytes(length),
  fraction: () => Math.random(),
};

export function systemRuntime(logger: Logger): Runtime {
  return { clock: systemClock, entropy: systemEntropy, logger };
}
