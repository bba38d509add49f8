import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Entropy, Logger, LogFields, Runtime } from './ports.ts';

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    await delay(milliseconds, undefined, signal ? { signal } : {});
  },
};

/** The machine's own randomness. */
export const systemEntropy: Entropy = {
  uuid: () => randomUUID(),
  bytes: (length) => randomBytes(length),
  fraction: () => Math.random(),
};

/** One line of JSON per entry, so that a log collector and a person can both read it. */
export function jsonLogger(write: (line: string) => void): Logger {
  const entry = (level: string) => (message: string, fields?: LogFields) => {
    write(JSON.stringify({ level, message, ...fields }));
  };
  return { debug: entry('debug'), info: entry('info'), warn: entry('warn'), error: entry('error') };
}

/** The runtime of a real process. */
export function systemRuntime(logger: Logger): Runtime {
  return { clock: systemClock, entropy: systemEntropy, logger };
}
