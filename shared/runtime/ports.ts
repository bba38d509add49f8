/**
 * Time, chance and diagnostics as ports. Everything in shared/ that would reach for the ambient clock, random
 * numbers or the console takes one of these instead, so that a simulator can own them.
 */

export interface Clock {
  /** Milliseconds since the Unix epoch. A hint: rows, not clocks, decide what is true. */
  now(): number;
  /** Resolves after `milliseconds`, or rejects with the signal's reason as soon as it is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export interface Entropy {
  /** A random UUID, version 4. */
  uuid(): string;
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
  /** A number in [0, 1). */
  fraction(): number;
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** What every part of shared/ that is not pure is given. */
export interface Runtime {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly logger: Logger;
}
