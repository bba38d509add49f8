import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock, Entropy, Logger, LogFields, Runtime } from './ports.ts';

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // Not the platform's own, which makes an error with a stack for every sleep that is given up, as most are.
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const giveUp = (): void => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      }, milliseconds);
      if (signal?.aborted) giveUp();
      else signal?.addEventListener('abort', giveUp, { once: true });
    }),
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
